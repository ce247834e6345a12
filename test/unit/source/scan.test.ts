import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type FileName, byteString } from "../../../src/core/byte-string.ts";
import { type DirectoryListing, DirectoryScanner } from "../../../src/source/scan.ts";
import type { EntryFilter } from "../../../src/source/select.ts";
import { testAsRoot } from "../../support/as-root.ts";
import { entryAt, fileName, filePath } from "../../support/source-paths.ts";
import { TempDir } from "../../support/temp-dir.ts";

const scanner = new DirectoryScanner();

function scan(path: string, filter?: EntryFilter): DirectoryListing {
  using opened = scanner.open(filePath(path));
  if ("problem" in opened) throw new Error(opened.problem);
  return opened.stat(filter);
}

describe("a scan", () => {
  test("lists every entry once, by the bytes of its name, as lstat sees it", () => {
    using folder = new TempDir();
    for (const name of ["b", "a", "B", "ab", "a.b", "é", "~", "-"]) {
      writeFileSync(folder.join(name), name);
    }
    mkdirSync(folder.join("sub"));
    symlinkSync("nowhere", folder.join("link"));
    const listing = scan(folder.path);
    const names = listing.entries().map(({ name }) => name);
    expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(names).toHaveLength(10);
    expect(listing.entries()).toEqual(
      names.map((name) => entryAt(`${folder.path}/${Buffer.from(name, "latin1").toString()}`)),
    );
    expect(listing.tally).toEqual({ files: 8, directories: 1, others: 1, bytes: 12 });
    expect(listing.count).toBe(10);
  });

  test("keeps names that are no text, and those with a newline", () => {
    using folder = new TempDir();
    const names = [[0x01], [0x0a, 0x41], [0x80], [0xc3, 0x28], [0xff, 0xfe]].map((bytes) =>
      byteString(Uint8Array.from(bytes)),
    );
    for (const name of names) {
      writeFileSync(
        Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from(name, "latin1")]),
        "",
      );
    }
    using opened = scanner.open(filePath(folder.path));
    if ("problem" in opened) throw new Error(opened.problem);
    expect([...opened.names()]).toEqual(names as FileName[]);
    expect(names.every((name) => opened.has(name))).toBe(true);
    expect(
      opened
        .stat(undefined)
        .entries()
        .map(({ name }) => name),
    ).toEqual(names);
  });

  test("of an empty directory is empty", () => {
    using folder = new TempDir();
    const listing = scan(folder.path);
    expect(listing.entries()).toEqual([]);
    expect(listing.subdirectories()).toEqual([]);
    expect(listing.newestCtimeNs).toBe(0n);
  });

  test("has() knows what is there and what is not", () => {
    using folder = new TempDir();
    for (const name of ["a", "ab", "abc", "b"]) writeFileSync(folder.join(name), "");
    using opened = scanner.open(filePath(folder.path));
    if ("problem" in opened) throw new Error(opened.problem);
    const asked = ["", "a", "ab", "abc", "abcd", "b", "c", "A", "ac"];
    expect(asked.filter((name) => opened.has(fileName(name)))).toEqual(["a", "ab", "abc", "b"]);
  });

  test("leaves out what the filter does not want, and tells it what is a directory", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("keep"), "12345");
    writeFileSync(folder.join("drop"), "123");
    mkdirSync(folder.join("dir"));
    symlinkSync("dir", folder.join("link"));
    const directories: string[] = [];
    const listing = scan(folder.path, {
      wants(name, isDirectory) {
        if (isDirectory) directories.push(name);
        return name !== "drop";
      },
    });
    expect(directories).toEqual(["dir"]);
    expect(listing.entries().map(({ name }) => name as string)).toEqual(["dir", "keep", "link"]);
    expect(listing.tally).toEqual({ files: 1, directories: 1, others: 1, bytes: 5 });
  });

  test("leaves out what vanishes while it is looked at, and keeps the rest whole", () => {
    using folder = new TempDir();
    for (const name of ["a", "bb", "ccc", "dddd"]) writeFileSync(folder.join(name), name);
    const listing = scan(folder.path, {
      wants(name) {
        if (name === "bb") rmSync(folder.join(name));
        return true;
      },
    });
    const left = ["a", "ccc", "dddd"].map((name) => entryAt(folder.join(name)));
    expect(listing.entries()).toEqual(left);
    expect(listing.failures).toEqual([]);
    expect(listing.digest).toEqual(scan(folder.path).digest);
  });

  test("says what its subdirectories are known by", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("one"));
    mkdirSync(folder.join("two"));
    writeFileSync(folder.join("three"), "");
    const expected = ["one", "two"].map((name) => {
      const { inode, birthNs, device } = entryAt(folder.join(name));
      return { name: fileName(name), inode, birthNs, onDevice: device };
    });
    expect(scan(folder.path).subdirectories()).toEqual(expected);
  });

  test("tells a directory that something is mounted on by its own device", () => {
    const proc = scan("/")
      .subdirectories()
      .find(({ name }) => name === "proc");
    expect(proc?.onDevice).toBe(entryAt("/proc").device);
    expect(proc?.onDevice).not.toBe(entryAt("/").device);
  });

  test("of 20,000 entries gives them in order", () => {
    using folder = new TempDir();
    // Names of one file: far quicker to make than files.
    writeFileSync(folder.join("0"), "");
    for (let index = 1; index < 20_000; index += 1) {
      linkSync(folder.join("0"), folder.join(`${(index * 7919) % 20_000}`));
    }
    const listing = scan(folder.path);
    const names = listing.entries().map(({ name }) => name as string);
    expect(names).toEqual(readdirSync(folder.path).toSorted((a, b) => (a < b ? -1 : 1)));
    expect(scan(folder.path).digest).toEqual(listing.digest);
  });

  test("reads small files of the directory, and nothing else", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("rules"), "*.o\n");
    symlinkSync("rules", folder.join("link"));
    mkdirSync(folder.join("dir"));
    using opened = scanner.open(filePath(folder.path));
    if ("problem" in opened) throw new Error(opened.problem);
    expect(opened.readFile(fileName("rules"))).toEqual(new Uint8Array(Buffer.from("*.o\n")));
    for (const name of ["link", "dir", "none"]) {
      expect(opened.readFile(fileName(name))).toBeUndefined();
    }
  });

  test("of what is no directory, or a symlink to one, is a problem", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "");
    symlinkSync(".", folder.join("link"));
    const codes = ["file", "link", "none"].map((name) => {
      using opened = scanner.open(filePath(folder.join(name)));
      return "problem" in opened ? opened.code : undefined;
    });
    expect(codes).toEqual(["ENOTDIR", "ENOTDIR", "ENOENT"]);
  });

  test("works where the path is longer than the system takes", () => {
    using folder = new TempDir();
    const part = "d".repeat(200);
    let path = folder.path;
    let there = folder.path;
    // node:fs cannot reach that deep either: each half is made elsewhere and moved into place.
    for (let level = 0; level < 15; level += 1) path += `/${part}`;
    mkdirSync(path, { recursive: true });
    const half = folder.join("half");
    let deep = half;
    for (let level = 0; level < 15; level += 1) deep += `/${part}`;
    mkdirSync(deep, { recursive: true });
    writeFileSync(`${deep}/file`, "deep");
    renameSync(half, `${path}/half`);
    there = `${path}/half${deep.slice(half.length)}`;
    expect(there.length).toBeGreaterThan(4096);
    expect(scan(there).entries()).toEqual([entryAt(`${there}/file`)]);
  });
});

describe("the digest of a scan", () => {
  const changes: Record<string, (path: (name: string) => string) => void> = {
    content: (path) => writeFileSync(path("file"), "other"),
    size: (path) => truncateSync(path("file"), 2),
    permissions: (path) => chmodSync(path("file"), 0o600),
    mtime: (path) => utimesSync(path("file"), 5, 6),
    name: (path) => renameSync(path("file"), path("flie")),
    links: (path) => linkSync(path("file"), path("../other")),
    "a new entry": (path) => writeFileSync(path("new"), ""),
    "an entry of a subdirectory": (path) => writeFileSync(path("sub/new"), ""),
  };

  for (const [what, change] of Object.entries(changes)) {
    test(`changes with ${what}`, () => {
      using folder = new TempDir();
      mkdirSync(folder.join("here/sub"), { recursive: true });
      writeFileSync(folder.join("here/file"), "first");
      const before = scan(folder.join("here")).digest;
      expect(scan(folder.join("here")).digest).toEqual(before);
      change((name) => folder.join("here", name));
      expect(scan(folder.join("here")).digest).not.toEqual(before);
    });
  }

  testAsRoot("changes with the owner", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "first");
    const before = scan(folder.path).digest;
    chownSync(folder.join("file"), 12, 34);
    expect(scan(folder.path).digest).not.toEqual(before);
  });

  test("is of 16 bytes, and not changed by reading", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "first");
    const before = scan(folder.path).digest;
    expect(before).toHaveLength(16);
    utimesSync(folder.join("file"), 1, 2);
    const touched = scan(folder.path).digest;
    expect(touched).not.toEqual(before);
    readdirSync(folder.path);
    expect(scan(folder.path).digest).toEqual(touched);
  });
});
