/** Whether a basis can be made piece by piece as a delta reads it (read-order.ts). */
import { expect, test } from "bun:test";
import type { Range } from "../../../src/format/delta-window.ts";
import { ReadOrder } from "../../../src/format/read-order.ts";

const MIB = 1024 * 1024;
const BASIS_BYTES = 200 * MIB;
const PAGE_BYTES = 4096;

test("copies from front to end are in order, with what literals replace between them, too", () => {
  const order = new ReadOrder(BASIS_BYTES);
  for (let start = 0; start < BASIS_BYTES; start += MIB) {
    const replaced = { start: start + MIB - PAGE_BYTES, length: PAGE_BYTES };
    order.add(window([{ start, length: MIB - PAGE_BYTES }], [replaced]));
  }
  expect(order.isInOrder).toBe(true);
});

test("one long copy is in order", () => {
  const order = new ReadOrder(BASIS_BYTES);
  order.add(window([{ start: 0, length: BASIS_BYTES }]));
  expect(order.isInOrder).toBe(true);
});

test("halves that changed places are in order: that is one jump", () => {
  const order = new ReadOrder(BASIS_BYTES);
  const length = BASIS_BYTES / 2;
  order.add(
    window([
      { start: length, length },
      { start: 0, length },
    ]),
  );
  expect(order.isInOrder).toBe(true);
});

test("pages from all over are not", () => {
  const order = new ReadOrder(BASIS_BYTES);
  const pages = BASIS_BYTES / PAGE_BYTES;
  const step = 7919; // prime to the number of pages
  for (let page = 0; page < pages; page += 1) {
    order.add(window([{ start: ((page * step) % pages) * PAGE_BYTES, length: PAGE_BYTES }]));
  }
  expect(order.isInOrder).toBe(false);
});

function window(copies: readonly Range[], ranges: readonly Range[] = []) {
  const literals = ranges.map(({ length }) => length);
  const literalBytes = literals.reduce((sum, length) => sum + length, 0);
  const copiedBytes = copies.reduce((sum, { length }) => sum + length, 0);
  const sizeBytes = copiedBytes + literalBytes;
  return { operations: [...copies, ...literals], sizeBytes, literalBytes, ranges };
}
