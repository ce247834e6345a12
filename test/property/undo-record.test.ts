/** Records of restores in place: what is written is read again, names of any bytes included. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { FilePath } from "../../src/core/byte-string.ts";
import { type UndoRecord, decodeRecord, encodeRecord } from "../../src/engine/undo-record.ts";

const path = fc
  .string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) })
  .map((text) => text as FilePath);
const kind = fc.constantFrom("file", "directory", "symlink", "fifo");
const record: fc.Arbitrary<UndoRecord> = fc.record({
  id: fc.string(),
  keep: fc.record({
    mark: fc.string(),
    areas: fc.array(fc.record({ device: fc.nat(), path })),
  }),
  folders: fc.array(
    fc.record({
      folder: path,
      permissions: fc.nat(0o7777),
      uid: fc.nat(),
      gid: fc.nat(),
      mtimeNs: fc.bigInt().map(String),
      attributes: fc.option(fc.base64String()),
    }),
  ),
  entries: fc.array(
    fc.record({
      entry: path,
      old: fc.option(kind),
      new: fc.option(fc.record({ kind, sizeBytes: fc.nat(), mtimeNs: fc.bigInt().map(String) })),
    }),
  ),
});

test("a record is read as it was written", () => {
  fc.assert(
    fc.property(record, (written) => {
      expect(decodeRecord(encodeRecord(written), "here")).toEqual(written);
    }),
  );
});

test("a record that is none, or of another version, is damaged", () => {
  for (const text of ["", "{}\n", "not JSON\n", '{"version":2,"keep":{},"id":"x"}\n'])
    expect(() => decodeRecord(text, "here")).toThrow("here is not what was written");
});
