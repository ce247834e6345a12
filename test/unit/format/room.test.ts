/** Memory that is used again. */
import { describe, expect, test } from "bun:test";
import { SEGMENT_BYTES } from "../../../src/core/limits.ts";
import { Room, borrowRoom } from "../../../src/format/room.ts";

describe("a room", () => {
  test("gives as many bytes as are asked for, in the same memory while it is large enough", () => {
    const room = new Room();
    const { buffer } = room.take(1_000_000);
    for (const length of [0, 1, 999_999, 1_000_000]) {
      const bytes = room.take(length);
      expect(bytes.length).toBe(length);
      expect(bytes.buffer).toBe(buffer);
    }
  });

  test("has up to a quarter more, so that it does for things of about that size", () => {
    for (const length of [1, 5, 4096, 4097, 1_000_000, SEGMENT_BYTES, SEGMENT_BYTES + 1]) {
      const room = new Room();
      room.take(length);
      expect(room.sizeBytes).toBeGreaterThanOrEqual(length);
      expect(room.sizeBytes).toBeLessThanOrEqual(1.25 * length);
    }
  });

  test("gives its memory back when it is disposed, and what was taken of it is empty", () => {
    const room = new Room();
    const bytes = room.take(100);
    room[Symbol.dispose]();
    expect(bytes.length).toBe(0);
    expect(room.sizeBytes).toBe(0);
  });
});

describe("a borrowed room", () => {
  test("is lent again with its memory", () => {
    let buffer: ArrayBufferLike;
    {
      using room = borrowRoom();
      ({ buffer } = room.take(SEGMENT_BYTES));
    }
    using again = borrowRoom();
    expect(again.take(SEGMENT_BYTES).buffer).toBe(buffer);
  });

  test("is nobody else's meanwhile", () => {
    using one = borrowRoom();
    using other = borrowRoom();
    expect(one.take(10).buffer).not.toBe(other.take(10).buffer);
  });

  test("is given back once, and is no use afterwards", () => {
    const room = borrowRoom();
    room.take(10);
    room[Symbol.dispose]();
    using next = borrowRoom();
    room[Symbol.dispose]();
    using other = borrowRoom();
    expect(other.take(10).buffer).not.toBe(next.take(10).buffer);
    expect(() => room.take(10)).toThrow();
  });

  test("is not kept when it has become large", () => {
    let bytes: Uint8Array;
    {
      using room = borrowRoom();
      bytes = room.take(4 * SEGMENT_BYTES);
    }
    expect(bytes.length).toBe(0);
  });
});
