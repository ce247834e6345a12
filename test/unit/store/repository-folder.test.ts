import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { NoRepository, RepositoryCorrupt, TardisError } from "../../../src/core/errors.ts";
import { thisProcess } from "../../../src/store/process-identity.ts";
import { RepositoryFolder } from "../../../src/store/repository-folder.ts";
import { TempDir } from "../../support/temp-dir.ts";

describe("the folder of a repository", () => {
  test("is made with all its parents, and opened again", () => {
    using temporary = new TempDir();
    const path = temporary.join("base", "client");
    using made = RepositoryFolder.create(path, "client");
    expect(existsSync(made.packsPath)).toBe(true);
    expect(readFileSync(temporary.join("base", "client", "README.txt"), "utf8")).toContain(
      "client",
    );
    using _opened = RepositoryFolder.open(path);
    using _madeAgain = RepositoryFolder.create(path, "client");
  });

  test("that is none is told by what is there instead", () => {
    using temporary = new TempDir();
    mkdirSync(temporary.join("empty"));
    mkdirSync(temporary.join("photos"));
    writeFileSync(temporary.join("photos", "tree.jpg"), "");
    mkdirSync(temporary.join("python"));
    writeFileSync(temporary.join("python", "tardis.db"), "");
    expect(hintOf(() => RepositoryFolder.open(temporary.join("none")))).toContain("no such folder");
    expect(hintOf(() => RepositoryFolder.open(temporary.join("empty")))).toContain("empty");
    expect(hintOf(() => RepositoryFolder.open(temporary.join("photos")))).toContain("tree.jpg");
    expect(hintOf(() => RepositoryFolder.open(temporary.join("python")))).toContain("no packs");
    const file = temporary.join("photos", "tree.jpg");
    expect(hintOf(() => RepositoryFolder.open(file))).toContain("not a folder");
  });

  test("is not made among other files", () => {
    using temporary = new TempDir();
    writeFileSync(temporary.join("tree.jpg"), "");
    expect(() => RepositoryFolder.create(temporary.path, "client")).toThrow(NoRepository);
  });

  test("loses its temporary files to the next that writes", () => {
    using temporary = new TempDir();
    using folder = RepositoryFolder.create(temporary.path, "client");
    mkdirSync(temporary.join("tmp", "left"));
    writeFileSync(temporary.join("tmp", "left", "over"), "");
    using _lock = folder.lock({
      identity: thisProcess(),
      command: "backup",
      now: () => 0,
      takeover: "refuse",
    });
    expect(existsSync(temporary.join("tmp", "left"))).toBe(false);
    expect(existsSync(temporary.join("tmp"))).toBe(true);
  });

  test("sets damaged files aside under names that are free", () => {
    using temporary = new TempDir();
    using folder = RepositoryFolder.create(temporary.path, "client");
    for (const number of [1, 2]) {
      writeFileSync(folder.catalogPath, "damaged");
      expect(folder.setAside(folder.catalogPath)).toBe(`${folder.catalogPath}.damaged-${number}`);
    }
    expect(existsSync(folder.catalogPath)).toBe(false);
  });

  test("knows whether it can be written", () => {
    using temporary = new TempDir();
    using folder = RepositoryFolder.create(temporary.path, "client");
    expect(folder.isWritable).toBe(true);
  });
});

describe("the seal of the catalog", () => {
  test("holds until a byte of the catalog or of the seal changes", () => {
    using temporary = new TempDir();
    using folder = RepositoryFolder.create(temporary.path, "client");
    writeFileSync(folder.catalogPath, "rows and rows");
    expect(folder.seal.verify()).toEqual({ kind: "none" });
    folder.seal.write();
    expect(folder.seal.verify()).toEqual({ kind: "whole" });
    writeFileSync(folder.catalogPath, "rows and cows");
    expect(folder.seal.verify()).toEqual({ kind: "broken", detail: "its checksum is wrong" });
    writeFileSync(folder.catalogPath, "rows");
    expect(folder.seal.verify()).toEqual({ kind: "broken", detail: "it has 4 bytes, not 13" });
    writeFileSync(folder.seal.path, "# 4 bytes\n");
    expect(folder.seal.verify()).toEqual({ kind: "broken", detail: "its seal cannot be read" });
    folder.seal.remove();
    folder.seal.remove();
    expect(folder.seal.verify()).toEqual({ kind: "none" });
  });

  test("is taken at a glance for a catalog that was not written since, and only for that", () => {
    using temporary = new TempDir();
    using folder = RepositoryFolder.create(temporary.path, "client");
    writeFileSync(folder.catalogPath, "rows and rows");
    expect(folder.seal.glance()).toEqual({ kind: "none" });
    folder.seal.write();
    utimesSync(folder.catalogPath, 1, 1000);
    utimesSync(folder.seal.path, 1, 1000);
    expect(folder.seal.glance()).toEqual({ kind: "whole" });
    writeFileSync(folder.catalogPath, "rows and cows");
    utimesSync(folder.catalogPath, 1, 1001);
    expect(folder.seal.glance()).toEqual({ kind: "broken", detail: "its checksum is wrong" });
    truncateSync(folder.catalogPath, 4);
    utimesSync(folder.catalogPath, 1, 999);
    expect(folder.seal.glance()).toEqual({ kind: "broken", detail: "it has 4 bytes, not 13" });
  });

  test("is one that sha256sum checks", () => {
    using temporary = new TempDir();
    using folder = RepositoryFolder.create(temporary.path, "client");
    writeFileSync(folder.catalogPath, "rows and rows");
    folder.seal.write();
    const check = Bun.spawnSync(["sha256sum", "-c", "tardis.db.sum"], { cwd: temporary.path });
    expect(check.stdout.toString()).toBe("tardis.db: OK\n");
    expect(check.exitCode).toBe(0);
  });
});

describe("copies of the catalog", () => {
  test("are kept up to a number, the newest first", async () => {
    using temporary = new TempDir();
    using folder = RepositoryFolder.create(temporary.path, "client");
    for (const state of ["one", "two", "three", "four"]) {
      writeFileSync(folder.catalogPath, state.repeat(1000));
      await folder.copies.rotate(3);
    }
    expect(folder.copies.numbers()).toEqual([1, 2, 3]);
    const target = temporary.join("tmp", "extracted");
    for (const [index, state] of ["four", "three", "two"].entries()) {
      await folder.copies.extract(index + 1, target);
      expect(readFileSync(target, "utf8")).toBe(state.repeat(1000));
    }
    await folder.copies.rotate(1);
    expect(folder.copies.numbers()).toEqual([1]);
    await folder.copies.rotate(0);
    expect(folder.copies.numbers()).toEqual([]);
  });

  test("that are damaged or missing are named", async () => {
    using temporary = new TempDir();
    using folder = RepositoryFolder.create(temporary.path, "client");
    writeFileSync(folder.catalogPath, "rows".repeat(1000));
    await folder.copies.rotate(1);
    const whole = readFileSync(folder.copies.pathOf(1));
    writeFileSync(folder.copies.pathOf(1), whole.subarray(0, whole.length - 8));
    for (const number of [1, 2]) {
      const failure = await folder.copies
        .extract(number, temporary.join("tmp", "extracted"))
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(RepositoryCorrupt);
      expect(String(failure)).toContain(folder.copies.pathOf(number));
    }
    expect(existsSync(temporary.join("tmp", "extracted"))).toBe(false);
  });
});

function hintOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof TardisError) return error.hint;
    throw error;
  }
  throw new Error("nothing was thrown");
}
