import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type ReadFile, openForReading, readLink } from "../../../src/source/read-file.ts";
import { entryAt, filePath } from "../../support/source-paths.ts";
import { TempDir } from "../../support/temp-dir.ts";

function open(path: string): ReadFile {
  const file = openForReading(filePath(path));
  if ("problem" in file) throw new Error(file.problem);
  return file;
}

function makeFifo(path: string): void {
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
}

describe("a file that is read", () => {
  test("gives any piece of it, fewer bytes only at its end", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "0123456789");
    using file = open(folder.join("file"));
    const buffer = new Uint8Array(8);
    const read = (position: number, length: number) => {
      const count = file.readInto(buffer, position, length);
      return typeof count === "number" ? Buffer.from(buffer.subarray(0, count)).toString() : count;
    };
    expect(read(0, 8)).toBe("01234567");
    expect(read(3, 2)).toBe("34");
    expect(read(8, 8)).toBe("89");
    expect(read(10, 8)).toBe("");
    expect(read(0, 0)).toBe("");
  });

  test("notices that it changes", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "first");
    const before = entryAt(folder.join("file"));
    using file = open(folder.join("file"));
    expect(file.isUnchangedSince(before)).toBe(true);
    appendFileSync(folder.join("file"), "!");
    expect(file.isUnchangedSince(before)).toBe(false);
    expect(file.stat().sizeBytes).toBe(6);
  });

  test("notices that its times were set back", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "first");
    utimesSync(folder.join("file"), 1, 1);
    const before = entryAt(folder.join("file"));
    using file = open(folder.join("file"));
    writeFileSync(folder.join("file"), "other");
    utimesSync(folder.join("file"), 1, 1);
    expect(file.isUnchangedSince(before)).toBe(false);
  });

  test("is another when the one that was scanned has been replaced", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "first");
    const before = entryAt(folder.join("file"));
    writeFileSync(folder.join("new"), "first");
    renameSync(folder.join("new"), folder.join("file"));
    using file = open(folder.join("file"));
    expect(file.isUnchangedSince(before)).toBe(false);
  });

  test("may be given advice, and be closed twice", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "text");
    const file = open(folder.join("file"));
    file.expectSequentialReading();
    file[Symbol.dispose]();
    file[Symbol.dispose]();
    expect(() => file.readInto(new Uint8Array(1), 0, 1)).toThrow("assertion failed");
  });
});

describe("opening for reading", () => {
  test("refuses what is no regular file, and never waits for it", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("dir"));
    writeFileSync(folder.join("file"), "");
    symlinkSync("file", folder.join("link"));
    makeFifo(folder.join("fifo"));
    for (const name of ["dir", "link", "fifo"]) {
      expect(openForReading(filePath(folder.join(name)))).toMatchObject({
        problem: "is no longer a regular file",
      });
    }
    expect(openForReading(filePath(folder.join("none")))).toMatchObject({ code: "ENOENT" });
  });
});

describe("the target of a symlink", () => {
  test("is its bytes, whatever they are", () => {
    using folder = new TempDir();
    const target = Buffer.from([0x2e, 0x2e, 0x2f, 0xff, 0x0a]);
    symlinkSync(target, folder.join("link"));
    expect(readLink(filePath(folder.join("link")))).toEqual(new Uint8Array(target));
  });

  test("is a problem where there is no symlink", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "");
    expect(readLink(filePath(folder.join("file")))).toMatchObject({
      problem: "is no longer a symlink",
    });
    expect(readLink(filePath(folder.join("none")))).toMatchObject({ code: "ENOENT" });
  });
});
