/** zstd in contexts and memory that are used again, and what that may not let through. */
import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  compress,
  compressInto,
  decompressInto,
  frameBytesMax,
} from "../../../src/format/compress.ts";
import { ZstdDecoder, ZstdEncoder } from "../../../src/format/zstd-context.ts";

const LEVELS = [1, 2, 5, 19];
const SIZES = [0, 1, 100, 128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 2 ** 21, 2 ** 22];

/** Half of it repeats itself. */
function plaintextOf(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(randomBytes(sizeBytes));
  bytes.copyWithin(sizeBytes / 2, 0);
  return bytes;
}

function inMemory(plaintext: Uint8Array, level: number): Uint8Array {
  const target = new Uint8Array(frameBytesMax(plaintext.length)).fill(0xee);
  return compressInto(target, plaintext, level);
}

test("this runtime has contexts: without them all of this is slower", () => {
  expect(ZstdEncoder.of(2)).toBeDefined();
  expect(ZstdDecoder.of()).toBeDefined();
});

describe("a frame made in a context", () => {
  for (const level of LEVELS) {
    test(`is the one that is made without, at level ${level}`, () => {
      for (const size of SIZES) {
        const plaintext = plaintextOf(size);
        const same = Buffer.compare(inMemory(plaintext, level), compress(plaintext, level));
        expect({ size, same }).toEqual({ size, same: 0 });
      }
    });
  }

  test("does not depend on the levels and frames before it", () => {
    const squares = Array.from({ length: 50_000 }, (_, index) => (index * index) % 9973);
    const plaintext = new TextEncoder().encode(squares.join(" "));
    const frames = [2, 5, 2, 1, 2].map((level) => Buffer.from(inMemory(plaintext, level)));
    expect(frames[2]).toEqual(frames[0] as never);
    expect(frames[4]).toEqual(frames[0] as never);
    expect(frames[1]?.length).not.toBe(frames[0]?.length);
  });

  test("that has no room is an error, and not a frame that was cut off", () => {
    const random = new Uint8Array(randomBytes(100_000));
    for (const room of [10, 50_000, random.length]) {
      expect(() => ZstdEncoder.of(2)?.encode(random, new Uint8Array(room))).toThrow(RangeError);
    }
  });

  test("has room where nothing can be compressed", () => {
    for (const size of SIZES) {
      const random = new Uint8Array(randomBytes(size));
      const target = new Uint8Array(size);
      decompressInto(target, inMemory(random, 1));
      expect(Buffer.compare(target, random)).toBe(0);
    }
  });
});

describe("decompressing into memory", () => {
  const plaintext = plaintextOf(500_000);
  const frame = Buffer.from(compress(plaintext, 2));

  function expectWhole(): void {
    const target = new Uint8Array(plaintext.length).fill(0xee);
    decompressInto(target, frame);
    expect(Buffer.compare(target, plaintext)).toBe(0);
  }

  test("fills a view of a larger buffer and nothing beyond", () => {
    const memory = new Uint8Array(plaintext.length + 20).fill(0xee);
    decompressInto(memory.subarray(10, 10 + plaintext.length), frame);
    expect(Buffer.compare(memory.subarray(10, -10), plaintext)).toBe(0);
    expect([...memory.subarray(0, 10), ...memory.subarray(-10)]).toEqual(Array(20).fill(0xee));
  });

  const damaged: Readonly<Record<string, Uint8Array>> = {
    "that is cut short": frame.subarray(0, -5),
    "that is cut in half": frame.subarray(0, frame.length / 2),
    "with bytes behind its end": Buffer.concat([frame, Buffer.from("more")]),
    "with another frame behind its end": Buffer.concat([frame, frame]),
    "of another size": Buffer.from(compress(plaintext.subarray(1), 2)),
    "with a block of a kind there is none of": withByte(frame, 9, 0xff),
    "of nothing": new Uint8Array(0),
  };
  for (const [what, bytes] of Object.entries(damaged)) {
    test(`refuses a frame ${what}, and the next is read as ever`, () => {
      const target = new Uint8Array(plaintext.length);
      expect(() => decompressInto(target, bytes)).toThrow(RangeError);
      expectWhole();
    });
  }

  test("reads of a frame with any byte changed what it may, or refuses it", () => {
    for (let position = 0; position < frame.length; position += 1 + (position >>> 6)) {
      try {
        decompressInto(new Uint8Array(plaintext.length), withByte(frame, position, 0x5a));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
    expectWhole();
  });
});

function withByte(bytes: Uint8Array, position: number, mask: number): Uint8Array {
  const changed = new Uint8Array(bytes);
  changed[position] = (changed[position] ?? 0) ^ mask;
  return changed;
}
