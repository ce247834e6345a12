/** When an entry is unchanged, and when a changed one may be a delta. */
import { describe, expect, test } from "bun:test";
import type { KnownVersion } from "../../../src/catalog/versions.ts";
import type { FileEntry } from "../../../src/core/entry.ts";
import { isUnchanged, mayBeDelta } from "../../../src/engine/decide.ts";
import { FakeTree, REQUEST, entryOf, name } from "../../support/fake-tree.ts";

const tree = new FakeTree();
const ENTRY: FileEntry = {
  ...entryOf(name("f"), tree.add(tree.root, name("f"), "file", "x".repeat(1000))),
  inode: 2n ** 63n + 1n,
};
const KNOWN = {
  fileName: name("f"),
  isCurrent: true,
  flags: 0,
  kind: 1,
  permissions: ENTRY.permissions,
  owner: 1,
  uid: ENTRY.uid,
  gid: ENTRY.gid,
  sizeBytes: ENTRY.sizeBytes,
  mtimeNs: ENTRY.mtimeNs,
  ctimeNs: ENTRY.ctimeNs,
  inode: BigInt.asIntN(64, ENTRY.inode),
  links: 1,
  deviceNumber: 0,
  content: 5,
  attributes: null,
  child: null,
  chainLength: 0,
} as KnownVersion & { readonly chainLength: number };

const ALL = { leavesOut: [] } as const;

describe("an entry", () => {
  test("is unchanged when all is as it was, to the nanosecond", () => {
    expect(isUnchanged(ENTRY, KNOWN, ALL)).toBe(true);
  });

  for (const change of [
    { mtimeNs: ENTRY.mtimeNs + 1n },
    { ctimeNs: ENTRY.ctimeNs - 1n },
    { inode: 7n },
    { sizeBytes: 999 },
    { permissions: 0o4755 },
    { uid: 1 },
    { gid: 1 },
    { links: 2 },
    { deviceNumber: 1 },
    { kind: "symlink" as const },
  ]) {
    test(`is changed when its ${Object.keys(change).join()} is another`, () => {
      expect(isUnchanged({ ...ENTRY, ...change }, KNOWN, ALL)).toBe(false);
    });
  }

  test("is changed when its last version was not saved whole", () => {
    for (const flags of [1, 2, 4]) expect(isUnchanged(ENTRY, { ...KNOWN, flags }, ALL)).toBe(false);
    expect(isUnchanged(ENTRY, { ...KNOWN, content: null }, ALL)).toBe(false);
  });

  test("is changed when attributes are wanted that were left out of its last version", () => {
    const known = { ...KNOWN, flags: 8 };
    expect(isUnchanged(ENTRY, known, ALL)).toBe(false);
    expect(isUnchanged(ENTRY, known, { leavesOut: ["extended-attributes"] })).toBe(false);
    expect(isUnchanged(ENTRY, known, { leavesOut: ["access-lists"] })).toBe(true);
  });
});

describe("a changed file", () => {
  const policy = { ...REQUEST.policy, chainLengthMax: 3, changePercentMax: 50, sizeBytesMin: 100 };
  const may = (change: Partial<FileEntry>, known: Partial<typeof KNOWN> = {}): boolean =>
    mayBeDelta({ ...ENTRY, ...change }, { ...KNOWN, ...known }, policy);

  test("may be a delta while its size changed by less than the limit", () => {
    expect(may({ sizeBytes: 501 })).toBe(true);
    expect(may({ sizeBytes: 500 })).toBe(false);
    expect(may({ sizeBytes: 1999 })).toBe(true);
    expect(may({ sizeBytes: 2000 })).toBe(false);
  });

  test("is sent whole when the chain is long enough, it is small, or either is no file", () => {
    expect(may({}, { chainLength: 2 })).toBe(true);
    expect(may({}, { chainLength: 3 })).toBe(false);
    expect(may({ sizeBytes: 99 }, { sizeBytes: 99 })).toBe(false);
    expect(may({}, { kind: 3 })).toBe(false);
    expect(may({ kind: "symlink" })).toBe(false);
  });
});
