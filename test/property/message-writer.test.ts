/** What MessageWriter writes, a decoder of MessagePack by others reads. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Unpackr } from "msgpackr";
import { MessageWriter } from "../../src/format/message-writer.ts";

type Cell = number | string | Uint8Array | null;

const unpackr = new Unpackr({ useRecords: false, int64AsType: "number" });
/** Where a form of a number gives way to the next. */
const EDGES = [5, 7, 8, 15, 16, 31, 32, 52].flatMap((bits) =>
  [-1, 0, 1].flatMap((step) => [2 ** bits + step, -(2 ** bits) + step]),
);
const cell = fc.oneof<fc.Arbitrary<Cell>[]>(
  fc.constantFrom(...EDGES),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).map((value) => value + 0), // no negative zero: it is written as 0
  fc.string({ unit: "grapheme" }),
  fc.uint8Array(),
  fc.constant(null),
);

function written(columns: readonly (readonly Cell[])[]): Uint8Array {
  const writer = new MessageWriter();
  writer.array(columns.length);
  for (const cells of columns) {
    writer.array(cells.length);
    for (const value of cells) {
      if (typeof value === "number") writer.number(value);
      else if (typeof value === "string") writer.text(value);
      else if (value === null) writer.nothing();
      else writer.bytes(value);
    }
  }
  return writer.written.slice();
}

test("columns of cells come back as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.array(cell)), (columns) => {
      expect(asPlain(unpackr.unpack(written(columns)))).toEqual(asPlain(columns));
    }),
  );
});

test("so do arrays, texts and bytes of every length at which their form changes", () => {
  for (const length of [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
    const columns = [Array(length).fill(1), ["x".repeat(length)], [new Uint8Array(length).fill(7)]];
    expect(asPlain(unpackr.unpack(written(columns)))).toEqual(asPlain(columns));
  }
});

test("a writer that was cleared begins anew", () => {
  const writer = new MessageWriter();
  writer.text("before");
  writer.clear();
  writer.number(-33);
  expect(writer.written).toEqual(Uint8Array.of(0xd0, 0xdf));
});

/** Buffers compare as arrays of bytes, whatever their class. */
function asPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asPlain);
  return value instanceof Uint8Array ? { bytes: [...value] } : value;
}
