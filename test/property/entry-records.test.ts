/** Packed entries: whatever an entry is, its record says the same. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { EntryRecords } from "../../src/core/entry-records.ts";
import { type FileEntry, type FileKind, KIND_CODES } from "../../src/core/entry.ts";
import type { FileName } from "../../src/core/byte-string.ts";
import { contentId } from "../../src/core/ids.ts";
import { Seals } from "../../src/format/entry-seals.ts";

const KINDS = Object.keys(KIND_CODES) as FileKind[];
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/** Far before 1970 and far behind 2106, and much between. */
const time = fc.oneof(
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  fc.bigInt({ min: 0n, max: 2n ** 32n * 1_000_000_000n + 5n }),
  fc.constantFrom(
    -1n,
    0n,
    1n,
    999_999_999n,
    4_294_967_295_999_999_999n,
    4_294_967_296_000_000_000n,
  ),
);
const nameOfBytes = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Buffer.from(bytes).toString("latin1") as FileName);

const entry: fc.Arbitrary<FileEntry> = fc
  .record({
    name: nameOfBytes,
    kind: fc.constantFrom(...KINDS),
    permissions: fc.integer({ min: 0, max: 0o7777 }),
    uid: word,
    gid: word,
    sizeBytes: fc.maxSafeNat(),
    mtimeNs: time,
    ctimeNs: time,
    inode: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    links: word,
    deviceNumber: word,
    device: fc.integer({ min: 0, max: 3 }),
    birthNs: time,
    isSparse: fc.boolean(),
  })
  // What no file system says of one kind or the other has no place in a record.
  .map((any) =>
    any.kind === "directory" ? { ...any, sizeBytes: 0, deviceNumber: 0 } : { ...any, birthNs: 0n },
  );

describe("records of entries", () => {
  test("say what the entries are, one by one and all together", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const records = EntryRecords.of(entries);
        expect(records.count).toBe(entries.length);
        expect(records.entries()).toEqual(entries);
        expect(records.names()).toEqual(entries.map(({ name }) => name));
        for (const [index, one] of entries.entries()) {
          expect(records.kindCode(index)).toBe(KIND_CODES[one.kind]);
          expect(records.isFile(index)).toBe(one.kind === "file");
          expect(records.isDirectory(index)).toBe(one.kind === "directory");
          expect(records.signedInode(index)).toBe(BigInt.asIntN(64, one.inode));
        }
      }),
    );
  });

  test("have the seals that the entries have", () => {
    const seals = new Seals(new Uint8Array(32));
    const said = {
      owner: { uid: 1, gid: 2 ** 32 - 1, userName: "dQ", groupName: "" },
      flags: { isRacy: true, isTorn: false, isUnreadable: false, leftOut: [] },
      content: contentId("ab".repeat(32)),
      attributes: undefined,
    };
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const records = EntryRecords.of(entries);
        for (const [index, one] of entries.entries()) {
          const seal = seals.entry({ ...one, ...said });
          expect(seals.packedEntry(records, index, said)).toEqual(seal);
        }
      }),
    );
  });

  test("that are picked are the same, or what they are now", () => {
    const some = fc.array(entry, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(some, fc.array(fc.nat(), { maxLength: 12 }), entry, (entries, picks, now) => {
        const indices = picks.map((pick) => pick % entries.length);
        const changed = indices[0];
        const stats = new Map(changed === undefined ? [] : [[changed, now]]);
        const picked = EntryRecords.of(entries).pick(indices, stats);
        expect(picked.entries()).toEqual(
          indices.map((index) => {
            const name = entries[index]?.name as FileName;
            return { ...((stats.get(index) ?? entries[index]) as FileEntry), name };
          }),
        );
      }),
    );
  });

  test("under other names are the same otherwise", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, nameOfBytes), { maxLength: 12 }), (pairs) => {
        const records = EntryRecords.of(pairs.map(([one]) => one));
        const renamed = records.renamed(pairs.map(([, name]) => name));
        expect(renamed.entries()).toEqual(pairs.map(([one, name]) => ({ ...one, name })));
        expect(records.entries()).toEqual(pairs.map(([one]) => one));
      }),
    );
  });
});
