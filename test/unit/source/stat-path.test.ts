import { describe, expect, test } from "bun:test";
import { lstatSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { type FilePath, ROOT_PATH } from "../../../src/core/byte-string.ts";
import { lookAt, resolveRoot, statPath } from "../../../src/source/stat-path.ts";
import { entryAt, filePath } from "../../support/source-paths.ts";
import { TempDir } from "../../support/temp-dir.ts";

describe("statPath", () => {
  test("says what lstat says", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "12345");
    const seen = lstatSync(folder.join("file"), { bigint: true });
    const { name, kind, permissions, sizeBytes, mtimeNs, ctimeNs, inode, links, device } = entryAt(
      folder.join("file"),
    );
    expect({ name: name as string, kind, sizeBytes, links, device }).toEqual({
      name: "file",
      kind: "file",
      sizeBytes: 5,
      links: 1,
      device: Number(seen.dev),
    });
    expect({ permissions, mtimeNs, ctimeNs, inode }).toEqual({
      permissions: Number(seen.mode) & 0o7777,
      mtimeNs: seen.mtimeNs,
      ctimeNs: seen.ctimeNs,
      inode: seen.ino,
    });
  });

  test("knows times before 1970", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("old"), "");
    Bun.spawnSync(["touch", "-d", "@-1.25", folder.join("old")]);
    expect(entryAt(folder.join("old")).mtimeNs).toBe(-1_250_000_000n);
  });

  test("knows devices by their numbers, and holes by what is not allocated", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("sparse"), "");
    truncateSync(folder.join("sparse"), 2 ** 33);
    expect(entryAt("/dev/null")).toMatchObject({
      kind: "character-device",
      deviceNumber: 1 * 2 ** 20 + 3,
    });
    expect(entryAt(folder.join("sparse"))).toMatchObject({ sizeBytes: 2 ** 33, isSparse: true });
  });

  test("of what is not there is a problem", () => {
    expect(statPath(filePath("/nowhere/at/all"))).toMatchObject({
      problem: "no such file or directory",
      code: "ENOENT",
    });
  });
});

describe("lookAt", () => {
  test("tells kinds, and nothing from what it cannot tell", () => {
    using folder = new TempDir();
    symlinkSync("nowhere", folder.join("link"));
    writeFileSync(folder.join("file"), "");
    expect(lookAt(ROOT_PATH)).toBe("directory");
    expect(lookAt(filePath(folder.join("link")))).toBe("symlink");
    expect(lookAt(filePath(folder.join("none")))).toBe("nothing");
    expect(lookAt(filePath(folder.join("file/none")))).toBe("nothing");
    expect(() => lookAt(filePath(folder.join("n".repeat(300))))).toThrow("file name too long");
  });
});

describe("the root a user names", () => {
  test("is absolute, without dots, and its parents are no symlinks", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("real/inner"), { recursive: true });
    symlinkSync("real", folder.join("link"));
    const here = filePath(folder.path);
    const resolved = (text: string) => resolveRoot(filePath(text), here);
    const real = filePath(folder.join("real"));
    expect(resolved("real")).toBe(real);
    expect(resolved("./real/../real//")).toBe(real);
    expect(resolved(folder.join("real"))).toBe(real);
    expect(resolved("link/inner")).toBe(`${real}/inner` as FilePath);
    expect(resolved("link/inner/..")).toBe(real);
    expect(resolved(".")).toBe(here);
    expect(resolved("/")).toBe(ROOT_PATH);
    expect(resolved("/etc")).toBe(filePath("/etc"));
  });

  test("is a symlink itself, unless a slash follows", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("real"));
    symlinkSync("real", folder.join("link"));
    symlinkSync("nowhere", folder.join("dangling"));
    const here = filePath(folder.path);
    expect(resolveRoot(filePath("link"), here)).toBe(filePath(folder.join("link")));
    expect(resolveRoot(filePath("link/"), here)).toBe(filePath(folder.join("real")));
    expect(resolveRoot(filePath("dangling"), here)).toBe(filePath(folder.join("dangling")));
  });

  test("must be there", () => {
    const found = resolveRoot(filePath("/nowhere/at/all"), ROOT_PATH);
    expect(found).toMatchObject({ problem: "no such file or directory", code: "ENOENT" });
  });
});
