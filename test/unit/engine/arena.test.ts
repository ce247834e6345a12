import { describe, expect, test } from "bun:test";
import { Arena } from "../../../src/engine/arena.ts";

const KEPT_BYTES = 2 * 1024 * 1024;

function filled(bytes: Uint8Array, value: number): Uint8Array {
  return bytes.fill(value);
}

describe("contents of a batch, joined", () => {
  test("are not moved where they lie side by side", () => {
    const arena = new Arena();
    arena.begin(6);
    const pieces = [filled(arena.at(0, 2), 1), filled(arena.at(2, 4), 2)];
    const joined = arena.join(pieces);
    expect([...joined]).toEqual([1, 1, 2, 2, 2, 2]);
    expect(joined.buffer).toBe(pieces[0]?.buffer as ArrayBuffer);
  });

  test("leave out what lies between them", () => {
    const arena = new Arena();
    arena.begin(9);
    const pieces = [1, 2, 3].map((value) => filled(arena.at(3 * (value - 1), 2), value));
    const taken = filled(arena.take(2), 4);
    expect([...arena.join([...pieces, taken])]).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  });

  test("do no harm to those that lie after them", () => {
    const arena = new Arena();
    arena.begin(8);
    const pieces = [0, 2, 4, 6].map((start) => filled(arena.at(start, 2), start));
    arena.join([pieces[0], pieces[1]] as Uint8Array[]);
    expect([...arena.join([pieces[2], pieces[3]] as Uint8Array[])]).toEqual([4, 4, 6, 6]);
  });

  test("may be apart, which is sorted last and harms none that is in the block", () => {
    const arena = new Arena();
    arena.begin(6);
    const pieces = [filled(arena.at(0, 2), 1), filled(arena.apart(5), 2)];
    const others = [filled(arena.at(2, 4), 3)];
    const sorted = pieces.toSorted((a, b) => arena.placeOf(a) - arena.placeOf(b));
    expect(sorted).toEqual(pieces);
    expect([...arena.join(sorted)]).toEqual([1, 1, 2, 2, 2, 2, 2]);
    expect([...arena.join(others)]).toEqual([3, 3, 3, 3]);
  });

  test("of nothing are nothing", () => {
    const arena = new Arena();
    arena.begin(0);
    expect(arena.join([])).toHaveLength(0);
    expect(arena.join([arena.take(0)])).toHaveLength(0);
  });
});

test("a batch larger than what is kept has a block of its own, and what is taken besides", () => {
  const arena = new Arena();
  arena.begin(KEPT_BYTES + 10);
  const laidOut = filled(arena.at(KEPT_BYTES, 10), 1);
  const taken = filled(arena.take(3), 2);
  expect([...arena.join([laidOut, taken])].join("")).toBe("1111111111222");
  arena.clear();
  expect(laidOut).toHaveLength(0);
  arena.begin(2);
  expect([...filled(arena.at(0, 2), 3)]).toEqual([3, 3]);
});

test("what is taken stays what it was, however much there is", () => {
  const arena = new Arena();
  arena.begin(0);
  const taken = [1, 2, 3, 4].map((value) => filled(arena.take(KEPT_BYTES / 2), value));
  for (const [index, bytes] of taken.entries()) {
    expect(bytes[0]).toBe(index + 1);
    expect(bytes.at(-1)).toBe(index + 1);
  }
});
