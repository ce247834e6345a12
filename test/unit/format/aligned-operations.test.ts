/** What is the same at the same place of a basis (aligned-operations.ts). */
import { describe, expect, test } from "bun:test";
import { AlignedBasis, alignedOperations } from "../../../src/format/aligned-operations.ts";
import { noise } from "../../support/make-tree.ts";

const BLOCK_BYTES = 4096;
const PIECE_BYTES = 64 * 1024;
const basis = noise(10 * PIECE_BYTES + 100, 1);

describe("of a content beside its basis", () => {
  test("blocks that are the same are copied, those that differ are literals", () => {
    const content = new Uint8Array(basis);
    content[3 * BLOCK_BYTES + 17]! ^= 1;
    content[PIECE_BYTES + 5 * BLOCK_BYTES]! ^= 1;
    expect(merged(content)).toEqual([
      ["copy", 0, 3 * BLOCK_BYTES],
      ["literal", 3 * BLOCK_BYTES, BLOCK_BYTES],
      ["copy", 4 * BLOCK_BYTES, PIECE_BYTES + BLOCK_BYTES],
      ["literal", PIECE_BYTES + 5 * BLOCK_BYTES, BLOCK_BYTES],
      ["copy", PIECE_BYTES + 6 * BLOCK_BYTES, basis.length - PIECE_BYTES - 6 * BLOCK_BYTES],
    ]);
  });

  test("what goes on behind the end of the basis is a literal", () => {
    const content = Buffer.concat([basis, noise(1000, 2)]);
    expect(merged(content)).toEqual([
      ["copy", 0, basis.length],
      ["literal", basis.length, 1000],
    ]);
  });

  test("what is shorter is copied as far as it goes", () => {
    expect(merged(basis.subarray(0, 10_000))).toEqual([["copy", 0, 10_000]]);
    expect(merged(basis.subarray(0, 0))).toEqual([]);
  });
});

describe("that content moved is noticed", () => {
  test("after an insertion, and after something was taken out", () => {
    const inserted = noise(2 * BLOCK_BYTES, 2);
    expect(hasMoved(Buffer.concat([inserted, basis]))).toBe(true);
    expect(hasMoved(basis.subarray(2 * BLOCK_BYTES))).toBe(true);
  });

  test("but not where it moved within its block: what it replaces is beside it", () => {
    expect(hasMoved(Buffer.concat([Buffer.from("some bytes"), basis]))).toBe(false);
  });

  test("nor where all is new, or only changed here and there", () => {
    expect(hasMoved(noise(basis.length, 3))).toBe(false);
    const content = new Uint8Array(basis);
    for (let start = 0; start < content.length; start += BLOCK_BYTES) content[start]! ^= 1;
    expect(hasMoved(content)).toBe(false);
  });

  test("nor where it was overwritten by zeroes, of which there are elsewhere", () => {
    const zeroes = Buffer.alloc(PIECE_BYTES);
    using beside = new AlignedBasis([Buffer.concat([basis, zeroes])], basis.length + PIECE_BYTES);
    for (const _operation of alignedOperations([Buffer.alloc(basis.length)], beside));
    expect(beside.hasMoved).toBe(false);
  });

  function hasMoved(content: Uint8Array): boolean {
    using beside = new AlignedBasis(cut(basis), basis.length);
    for (const _operation of alignedOperations(cut(content), beside));
    return beside.hasMoved;
  }
});

test("the basis is read to its end, where it may turn out to be damaged", () => {
  function* damaged(): Generator<Uint8Array, void> {
    yield* cut(basis);
    throw new RangeError("that was not what it should be");
  }
  using beside = new AlignedBasis(damaged(), basis.length);
  const operations = alignedOperations([basis.subarray(0, 10)], beside);
  expect(() => Array.from(operations)).toThrow("that was not what it should be");
});

test("who stops early lets go of both", () => {
  const left: string[] = [];
  function* noted(name: string): Generator<Uint8Array, void> {
    try {
      yield* cut(basis);
    } finally {
      left.push(name);
    }
  }
  {
    using beside = new AlignedBasis(noted("basis"), basis.length);
    for (const _operation of alignedOperations(noted("content"), beside)) break;
  }
  expect(left).toEqual(["content", "basis"]);
});

test("of the basis, only the piece that was taken last can be read", () => {
  using beside = new AlignedBasis(cut(basis), basis.length);
  beside.take(BLOCK_BYTES);
  expect(beside.read(10, 20)).toEqual(basis.subarray(10, 30));
  for (let taken = BLOCK_BYTES; taken <= PIECE_BYTES; taken += BLOCK_BYTES)
    beside.take(BLOCK_BYTES);
  expect(() => beside.read(10, 20)).toThrow(RangeError);
  expect(beside.read(PIECE_BYTES, 20)).toEqual(basis.subarray(PIECE_BYTES, PIECE_BYTES + 20));
});

/** Operations as [kind, place in the content, length]; what goes on is one. */
function merged(content: Uint8Array): [string, number, number][] {
  using beside = new AlignedBasis(cut(basis), basis.length);
  const found: [string, number, number][] = [];
  let position = 0;
  for (const operation of alignedOperations(cut(content), beside)) {
    const isCopy = operation.kind === "copy";
    if (isCopy) expect(operation.start).toBe(position);
    const length = isCopy ? operation.length : operation.bytes.length;
    const last = found.at(-1);
    if (last?.[0] === operation.kind) last[2] += length;
    else found.push([operation.kind, position, length]);
    position += length;
  }
  expect(position).toBe(content.length);
  return found;
}

function cut(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    pieces.push(bytes.subarray(start, start + PIECE_BYTES));
  }
  return pieces;
}
