import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import type { FilePath } from "../../../src/core/byte-string.ts";
import type { Version } from "../../../src/core/entry.ts";
import type { Problem } from "../../../src/core/progress.ts";
import type { OverwritePolicy } from "../../../src/core/restore-options.ts";
import type { Extent } from "../../../src/source/extents.ts";
import type { Metadata } from "../../../src/source/metadata.ts";
import { SourceFailed } from "../../../src/source/problem.ts";
import { RestoreTarget, type Verdict } from "../../../src/source/restore-target.ts";
import { testAsRoot } from "../../support/as-root.ts";
import { ALL_ATTRIBUTES, entryAt, filePath, versionWith } from "../../support/source-paths.ts";
import { TempDir } from "../../support/temp-dir.ts";

const PLAIN: Metadata = { version: versionWith({}), attributes: undefined };

function open(folder: TempDir, existing: OverwritePolicy = "never"): RestoreTarget {
  return RestoreTarget.open(filePath(folder.join("out")), { existing, attributes: ALL_ATTRIBUTES });
}

/** Restores a file of that text. */
function restore(
  target: RestoreTarget,
  path: string,
  text: string,
  version: Partial<Version> = {},
): readonly Problem[] {
  const metadata = { version: versionWith(version), attributes: undefined };
  using file = target.createFile(filePath(path), text.length, metadata);
  file.write(Buffer.from(text), 0);
  return target.finish(file, metadata);
}

function restoreSparse(
  target: RestoreTarget,
  path: string,
  content: Uint8Array,
  data: Extent[],
): void {
  const metadata = { version: versionWith({}), attributes: { attributes: [], data } };
  using file = target.createFile(filePath(path), content.length, metadata);
  for (let position = 0; position < content.length; position += 70_000) {
    file.write(content.subarray(position, position + 70_000), position);
  }
  target.finish(file, metadata);
}

describe("a restored file", () => {
  test("has its content and its name, and nothing else is left", () => {
    using folder = new TempDir();
    using target = open(folder);
    expect(target.makeDirectory(filePath("a")).problem).toBeUndefined();
    expect(restore(target, "a/file", "hello")).toEqual([]);
    expect(restore(target, "top", "")).toEqual([]);
    expect(readFileSync(folder.join("out/a/file"), "utf8")).toBe("hello");
    expect(readdirSync(folder.join("out")).toSorted()).toEqual(["a", "top"]);
    expect(readdirSync(folder.join("out/a"))).toEqual(["file"]);
  });

  test("is not there before it is finished, and leaves nothing when it never is", () => {
    using folder = new TempDir();
    using target = open(folder);
    {
      using file = target.createFile(filePath("file"), 4, PLAIN);
      file.write(Buffer.from("half"), 0);
      expect(existsSync(folder.join("out/file"))).toBe(false);
      expect(lstatSync(folder.join("out", readdirSync(folder.join("out"))[0]!)).mode & 0o777).toBe(
        0o600,
      );
    }
    expect(readdirSync(folder.join("out"))).toEqual([]);
  });

  test("may be written in pieces, in any order", () => {
    using folder = new TempDir();
    using target = open(folder);
    using file = target.createFile(filePath("file"), 6, PLAIN);
    file.write(Buffer.from("def"), 3);
    file.write(Buffer.from("abc"), 0);
    target.finish(file, PLAIN);
    expect(readFileSync(folder.join("out/file"), "utf8")).toBe("abcdef");
  });

  test("keeps its holes, one at its end too", () => {
    using folder = new TempDir();
    using target = open(folder);
    const content = Buffer.alloc(3_000_000);
    content.fill(7, 1_048_576, 1_114_112);
    restoreSparse(target, "sparse", content, [{ start: 1_048_576, length: 65_536 }]);
    restoreSparse(target, "hole", Buffer.alloc(500_000), []);
    expect(readFileSync(folder.join("out/sparse")).equals(content)).toBe(true);
    expect(readFileSync(folder.join("out/hole")).equals(Buffer.alloc(500_000))).toBe(true);
    expect(lstatSync(folder.join("out/sparse")).blocks).toBe(128);
    expect(lstatSync(folder.join("out/hole")).blocks).toBe(0);
  });

  test("has every byte that is not zero, though its holes were said to be there", () => {
    using folder = new TempDir();
    using target = open(folder);
    const content = Buffer.alloc(300_000);
    for (const position of [0, 99_999, 100_000, 199_999, 200_000, 299_999]) content[position] = 1;
    restoreSparse(target, "sparse", content, [{ start: 100_000, length: 100_000 }]);
    expect(readFileSync(folder.join("out/sparse")).equals(content)).toBe(true);
  });

  test("can have any name of bytes", () => {
    using folder = new TempDir();
    using target = open(folder);
    const name = "\u00ff\u0080\n" as FilePath;
    using file = target.createFile(name, 0, PLAIN);
    target.finish(file, PLAIN);
    const [found] = readdirSync(folder.join("out"), { encoding: "buffer" });
    expect([...found!]).toEqual([0xff, 0x80, 0x0a]);
  });
});

describe("other restored entries", () => {
  testAsRoot("are symlinks with their targets, FIFOs, sockets and devices", () => {
    using folder = new TempDir();
    using target = open(folder);
    using link = target.createSymlink(filePath("link"), Buffer.from("../\xff", "latin1"));
    target.finish(link, { version: versionWith({ kind: "symlink" }), attributes: undefined });
    const specials = [
      ["fifo", 0],
      ["socket", 0],
      ["character-device", 1 * 2 ** 20 + 3],
      ["block-device", 259 * 2 ** 20 + 0xabcde],
    ] as const;
    for (const [kind, deviceNumber] of specials) {
      using special = target.createSpecial(filePath(kind), kind, deviceNumber);
      target.finish(special, { version: versionWith({ kind }), attributes: undefined });
      expect(entryAt(folder.join("out", kind))).toMatchObject({
        kind,
        deviceNumber,
        permissions: 0o644,
      });
    }
    const found = readlinkSync(folder.join("out/link"), { encoding: "buffer" });
    expect([...found]).toEqual([0x2e, 0x2e, 0x2f, 0xff]);
  });

  test("a symlink that cannot be is refused", () => {
    using folder = new TempDir();
    using target = open(folder);
    for (const bytes of [Buffer.alloc(0), Buffer.from("a\0b"), Buffer.alloc(5000, 65)]) {
      expect(() => target.createSymlink(filePath("link"), bytes)).toThrow(SourceFailed);
    }
  });

  test("hard links are names of one file", () => {
    using folder = new TempDir();
    using target = open(folder);
    target.makeDirectory(filePath("a"));
    restore(target, "a/first", "text");
    expect(target.link(filePath("a/first"), filePath("second"))).toBe("linked");
    expect(entryAt(folder.join("out/second")).inode).toBe(
      entryAt(folder.join("out/a/first")).inode,
    );
    expect(target.link(filePath("none"), filePath("third"))).toBe("failed");
    expect(target.link(filePath("a"), filePath("third"))).toBe("failed");
    expect(readdirSync(folder.join("out")).toSorted()).toEqual(["a", "second"]);
  });

  test("a link to what is the same file already leaves nothing behind", () => {
    using folder = new TempDir();
    using target = open(folder, "always");
    restore(target, "first", "text");
    expect(target.link(filePath("first"), filePath("second"))).toBe("linked");
    expect(target.link(filePath("first"), filePath("second"))).toBe("linked");
    expect(readdirSync(folder.join("out")).toSorted()).toEqual(["first", "second"]);
  });
});

describe("what is there already", () => {
  const times = { older: 100, same: 200, newer: 300 };
  const verdicts: Record<OverwritePolicy, readonly Verdict[]> = {
    always: ["restore", "restore", "restore"],
    never: ["keep", "keep", "keep"],
    newer: ["restore", "keep", "keep"],
    older: ["keep", "keep", "restore"],
  };
  for (const [existing, expected] of Object.entries(verdicts)) {
    test(`is kept or replaced as the policy "${existing}" says`, () => {
      using folder = new TempDir();
      mkdirSync(folder.join("out"));
      using target = open(folder, existing as OverwritePolicy);
      const found = Object.entries(times).map(([name, seconds]) => {
        writeFileSync(folder.join("out", name), "");
        utimesSync(folder.join("out", name), seconds, seconds);
        return target.verdict(filePath(name), 200n * 1_000_000_000n);
      });
      expect(found).toEqual([...expected]);
      expect(target.verdict(filePath("none"), 0n)).toBe("restore");
    });
  }

  test("is never replaced by the policy that keeps it, however late it came", () => {
    using folder = new TempDir();
    using target = open(folder, "never");
    using file = target.createFile(filePath("file"), 0, PLAIN);
    writeFileSync(folder.join("out/file"), "mine");
    expect(() => target.finish(file, PLAIN)).toThrow("file exists");
    file[Symbol.dispose]();
    expect(readFileSync(folder.join("out/file"), "utf8")).toBe("mine");
    expect(readdirSync(folder.join("out"))).toEqual(["file"]);
  });

  test("is replaced, a symlink itself, where the policy says so", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("out"));
    writeFileSync(folder.join("victim"), "safe");
    symlinkSync("../victim", folder.join("out/file"));
    using target = open(folder, "always");
    restore(target, "file", "new");
    expect(readFileSync(folder.join("victim"), "utf8")).toBe("safe");
    expect(lstatSync(folder.join("out/file")).isFile()).toBe(true);
  });

  test("as a directory is in the way of a file", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("out/file"), { recursive: true });
    using target = open(folder, "always");
    expect(() => restore(target, "file", "new")).toThrow("directory");
    expect(readdirSync(folder.join("out"))).toEqual(["file"]);
  });

  test("as a directory is used for a directory", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("out/dir"), { recursive: true });
    writeFileSync(folder.join("out/dir/mine"), "");
    using target = open(folder);
    expect(target.makeDirectory(filePath("dir")).problem).toBeUndefined();
    expect(readdirSync(folder.join("out/dir"))).toEqual(["mine"]);
  });

  test("as a file gives way to a directory only where everything is overwritten", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("out"));
    writeFileSync(folder.join("out/dir"), "");
    using careful = open(folder, "newer");
    expect(careful.makeDirectory(filePath("dir")).problem).toBe("a file is in its place");
    using bold = open(folder, "always");
    expect(bold.makeDirectory(filePath("dir")).problem).toBeUndefined();
    expect(lstatSync(folder.join("out/dir")).isDirectory()).toBe(true);
  });
});

describe("nothing is written outside the output", () => {
  const escapes = ["..", "../x", "a/../../x", ".", "a/.", "a//b", "", "/", "x\0y"];
  for (const path of escapes) {
    test(`by the path ${JSON.stringify(path)}`, () => {
      using folder = new TempDir();
      using target = open(folder, "always");
      target.makeDirectory(filePath("a"));
      expect(() => restore(target, path, "bad")).toThrow(SourceFailed);
      expect(readdirSync(folder.path)).toEqual(["out"]);
      expect(readdirSync(folder.join("out"))).toEqual(["a"]);
    });
  }

  for (const existing of ["never", "newer", "always"] as const) {
    test(`through symlinks at any level (${existing})`, () => {
      using folder = new TempDir();
      mkdirSync(folder.join("outside/deep"), { recursive: true });
      mkdirSync(folder.join("out/a/b"), { recursive: true });
      symlinkSync("../outside", folder.join("out/one"));
      symlinkSync("../../../outside", folder.join("out/a/b/three"));
      symlinkSync(folder.join("outside"), folder.join("out/a/two"));
      using target = open(folder, existing);
      for (const path of ["one/f", "one/deep/f", "a/two/f", "a/two/deep/f", "a/b/three/f"]) {
        expect(() => restore(target, path, "bad")).toThrow(SourceFailed);
        expect(() => target.createSymlink(filePath(path), Buffer.from("x"))).toThrow(SourceFailed);
        expect(target.makeDirectory(filePath(path)).problem).toBeString();
      }
      expect(readdirSync(folder.join("outside"))).toEqual(["deep"]);
      expect(readdirSync(folder.join("outside/deep"))).toEqual([]);
    });
  }

  test("through a symlink that was restored itself", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("outside"));
    using target = open(folder, "always");
    using link = target.createSymlink(filePath("dir"), Buffer.from("../outside"));
    target.finish(link, { version: versionWith({ kind: "symlink" }), attributes: undefined });
    expect(() => restore(target, "dir/file", "bad")).toThrow(SourceFailed);
    // It takes the symlink's place.
    expect(target.makeDirectory(filePath("dir")).problem).toBeUndefined();
    restore(target, "dir/file", "good");
    expect(readdirSync(folder.join("outside"))).toEqual([]);
  });

  testAsRoot("by metadata of a symlink", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("victim"), "");
    chmodSync(folder.join("victim"), 0o640);
    const before = entryAt(folder.join("victim"));
    using target = open(folder);
    using link = target.createSymlink(filePath("link"), Buffer.from("../victim"));
    const version = versionWith({
      kind: "symlink",
      permissions: 0o777,
      mtimeNs: 5n,
      owner: { uid: 7, gid: 8, userName: "", groupName: "" },
    });
    expect(target.finish(link, { version, attributes: undefined })).toEqual([]);
    expect(entryAt(folder.join("victim"))).toEqual(before);
    expect(entryAt(folder.join("out/link"))).toMatchObject({ mtimeNs: 5n, uid: 7, gid: 8 });
  });
});

describe("the output", () => {
  test("is made with the folders above it, and may be reached through a symlink", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("real"));
    symlinkSync("real", folder.join("link"));
    const settings = { existing: "never", attributes: ALL_ATTRIBUTES } as const;
    using target = RestoreTarget.open(filePath(folder.join("link/x/y")), settings);
    restore(target, "file", "text");
    expect(readFileSync(folder.join("real/x/y/file"), "utf8")).toBe("text");
  });

  test("that is a file is refused", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("out"), "");
    expect(() => open(folder)).toThrow("not a directory");
  });

  test("can be deeper than the system's longest path, with more folders than are kept open", () => {
    using folder = new TempDir();
    using target = open(folder);
    let path = "";
    for (let level = 0; level < 100; level += 1) {
      path += `${path === "" ? "" : "/"}${"d".repeat(100)}`;
      expect(target.makeDirectory(filePath(path)).problem).toBeUndefined();
    }
    expect(path.length).toBeGreaterThan(4096);
    restore(target, `${path}/file`, "deep", { mtimeNs: 77n });
    expect(entryAt(`${folder.join("out")}/${path}/file`)).toMatchObject({
      mtimeNs: 77n,
      sizeBytes: 4,
    });
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const metadata = {
        version: versionWith({ kind: "directory", permissions: 0o700 }),
        attributes: undefined,
      };
      expect(target.finishDirectory(filePath(path.slice(0, end)), metadata)).toEqual([]);
    }
  });
});
