import { describe, expect, test } from "bun:test";
import {
  closeSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { type AttributeBundle, decodeBundle } from "../../../src/source/attribute-bundle.ts";
import {
  type AttributePolicy,
  attributesOfFile,
  attributesOfPath,
} from "../../../src/source/attributes.ts";
import { OpenHandle } from "../../../src/source/entry-handle.ts";
import { openForReading } from "../../../src/source/read-file.ts";
import { entryAt, fileName, filePath } from "../../support/source-paths.ts";
import { TempDir } from "../../support/temp-dir.ts";

const SAVE: AttributePolicy = { accessLists: "save", extendedAttributes: "save" };
const COMMENT = fileName("user.comment");
const ACCESS_LIST = fileName("system.posix_acl_access");
/** rw- for the owner, r-- for uid 1 and the group, a mask of r--, nothing for others. */
const LIST = Uint8Array.from(
  [
    [2, 0, 0, 0],
    [1, 6, -1],
    [2, 4, 1],
    [4, 4, -1],
    [16, 4, -1],
    [32, 0, -1],
  ].flatMap((entry) => {
    const [tag = 0, permissions = 0, id = 0] = entry;
    if (entry.length === 4) return entry;
    return [tag, 0, permissions, 0, ...(id < 0 ? [255, 255, 255, 255] : [id, 0, 0, 0])];
  }),
);

function setAttribute(path: string, name: string, value: Uint8Array): void {
  const descriptor = openSync(path, "r");
  const answer = new OpenHandle(descriptor).setAttribute(fileName(name), value);
  closeSync(descriptor);
  expect(answer).toBe(0);
}

function decoded(bundle: ReturnType<typeof attributesOfPath>): AttributeBundle | undefined {
  if (bundle === undefined) return undefined;
  if ("problem" in bundle) throw new Error(bundle.problem);
  return decodeBundle(bundle);
}

function ofFile(path: string, policy = SAVE): AttributeBundle | undefined {
  using file = openForReading(filePath(path));
  if ("problem" in file) throw new Error(file.problem);
  return decoded(attributesOfFile(file, entryAt(path), policy));
}

function ofPath(path: string, policy = SAVE): AttributeBundle | undefined {
  return decoded(attributesOfPath(filePath(path), policy));
}

describe("the attribute bundle of a file", () => {
  test("is none where there is nothing to keep", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("plain"), "text");
    expect(ofFile(folder.join("plain"))).toBeUndefined();
    expect(ofPath(folder.join("plain"))).toBeUndefined();
    expect(ofPath("/proc/self/status")).toBeUndefined();
  });

  test("has extended attributes and the ACL, by name", () => {
    using folder = new TempDir();
    const path = folder.join("file");
    writeFileSync(path, "");
    setAttribute(path, COMMENT, Uint8Array.of(0, 255, 10));
    setAttribute(path, "user.a", new Uint8Array(0));
    setAttribute(path, ACCESS_LIST, LIST);
    const expected = [
      { name: ACCESS_LIST, value: LIST },
      { name: fileName("user.a"), value: new Uint8Array(0) },
      { name: COMMENT, value: Uint8Array.of(0, 255, 10) },
    ];
    expect(ofFile(path)).toEqual({ attributes: expected, data: undefined });
    expect(ofPath(path)).toEqual({ attributes: expected, data: undefined });
  });

  test("leaves out what is not wanted", () => {
    using folder = new TempDir();
    const path = folder.join("file");
    writeFileSync(path, "");
    setAttribute(path, COMMENT, Uint8Array.of(1));
    setAttribute(path, ACCESS_LIST, LIST);
    const names = (policy: AttributePolicy) =>
      ofFile(path, policy)?.attributes.map(({ name }) => name);
    expect(names({ ...SAVE, accessLists: "leave-out" })).toEqual([COMMENT]);
    expect(names({ ...SAVE, extendedAttributes: "leave-out" })).toEqual([ACCESS_LIST]);
    expect(names({ accessLists: "leave-out", extendedAttributes: "leave-out" })).toBeUndefined();
  });

  test("has the extents of a sparse file that hold data", () => {
    using folder = new TempDir();
    const path = folder.join("sparse");
    const descriptor = openSync(path, "w");
    writeSync(descriptor, Buffer.alloc(65_536, 1), 0, 65_536, 1_048_576);
    closeSync(descriptor);
    truncateSync(path, 4_194_304);
    expect(ofFile(path)?.data).toEqual([{ start: 1_048_576, length: 65_536 }]);
  });

  test("knows a file that is one hole", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("hole"), "");
    truncateSync(folder.join("hole"), 1_000_000);
    expect(ofFile(folder.join("hole"))?.data).toEqual([]);
  });

  test("says nothing of extents of a file that has only just been written", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("full"), Buffer.alloc(100_000, 1));
    expect(ofFile(folder.join("full"))).toBeUndefined();
  });
});

describe("the attribute bundle of other entries", () => {
  test("of a directory has its default ACL", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("dir"));
    setAttribute(folder.join("dir"), "system.posix_acl_default", LIST);
    expect(ofPath(folder.join("dir"))?.attributes.map(({ name }) => name as string)).toEqual([
      "system.posix_acl_default",
    ]);
  });

  test("of a symlink is its own, not its target's", () => {
    using folder = new TempDir();
    writeFileSync(folder.join("file"), "");
    setAttribute(folder.join("file"), COMMENT, Uint8Array.of(1));
    symlinkSync("file", folder.join("link"));
    expect(ofPath(folder.join("link"))).toBeUndefined();
  });

  test("of what is not there is a problem", () => {
    expect(attributesOfPath(filePath("/nowhere"), SAVE)).toMatchObject({ code: "ENOENT" });
  });
});
