import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ByteReader } from "../../../src/format/byte-reader.ts";
import { ByteWriter } from "../../../src/format/byte-writer.ts";
import { ContentIds, contentIdOf } from "../../../src/format/checksum.ts";
import { isCompressible, isCompressibleName } from "../../../src/format/compressible.ts";
import {
  compress,
  compressWith,
  decompress,
  decompressWith,
  Dictionary,
} from "../../../src/format/compress.ts";
import { unzigzag, zigzag } from "../../../src/format/varint.ts";

describe("numbers", () => {
  test("are read back as they were written, up to 2^53 - 1", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        const writer = new ByteWriter(1);
        writer.varint(number);
        expect(writer.length).toBeLessThanOrEqual(8);
        writer.u64(number);
        const reader = new ByteReader(writer.written);
        expect([reader.varint(), reader.u64(), reader.remaining]).toEqual([number, number, 0]);
      }),
    );
  });

  test("are short near zero, whatever their sign", () => {
    expect([0, -1, 1, -2, 2].map(zigzag)).toEqual([0, 1, 2, 3, 4]);
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }), (number) => {
        expect(unzigzag(zigzag(number))).toBe(number);
      }),
    );
  });

  test("of 300 is ac 02, as LEB128 has it", () => {
    const writer = new ByteWriter();
    writer.varint(300);
    expect(writer.written.toHex()).toBe("ac02");
  });

  test("that are too large or have no end are damage", () => {
    for (const bytes of ["", "80", "ffffffffffffffff", "ffffffffffffffffff01", "8000"]) {
      expect(() => new ByteReader(Uint8Array.fromHex(bytes)).varint()).toThrow(RangeError);
    }
    expect(() => new ByteReader(new Uint8Array(8).fill(255)).u64()).toThrow(RangeError);
    for (const number of [-1, 0.5, 2 ** 53]) {
      expect(() => new ByteWriter().varint(number)).toThrow(RangeError);
    }
  });
});

describe("a reader of damaged bytes", () => {
  test("never reads past their end", () => {
    const reader = new ByteReader(new Uint8Array(20).subarray(3, 6));
    expect(() => reader.u32()).toThrow("4 bytes are wanted at 0, 3 are left");
    expect(() => reader.bytes(2 ** 40)).toThrow(RangeError);
    reader.bytes(3);
    expect(() => reader.u8()).toThrow(RangeError);
  });
});

describe("a content id", () => {
  test("is the SHA-256 of the content, in one piece or several", () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(contentIdOf(new TextEncoder().encode("abc"))).toBe(abc as never);
    const hasher = new ContentIds(undefined).hasher();
    for (const piece of ["a", "", "bc"]) hasher.update(new TextEncoder().encode(piece));
    expect(hasher.finish()).toBe(abc as never);
  });
});

describe("compression", () => {
  const text = new TextEncoder().encode("all work and no play makes jack a dull boy\n".repeat(999));

  test("is undone, with and without a dictionary", () => {
    expect(decompress(compress(text, 3), text.length)).toEqual(Buffer.from(text));
    const dictionary = Dictionary.of(text);
    const frame = compressWith(dictionary, text, 3);
    expect(decompressWith(dictionary, frame, text.length)).toEqual(Buffer.from(text));
  });

  test("reaches back to the first byte of a dictionary of a MiB", () => {
    const random = randomBytes(2 ** 20);
    const dictionary = Dictionary.of(random);
    for (const level of [1, 3, 6, 9, 19]) {
      const frame = compressWith(dictionary, random, level);
      expect(frame.length).toBeLessThan(1000);
      expect(Buffer.compare(decompressWith(dictionary, frame, random.length), random)).toBe(0);
    }
  });

  test("takes a dictionary that looks like a trained one as it is", () => {
    const trained = new Uint8Array([0x37, 0xa4, 0x30, 0xec, ...text.subarray(0, 1000)]);
    const dictionary = Dictionary.of(trained);
    const frame = compressWith(dictionary, trained, 3);
    expect(decompressWith(dictionary, frame, trained.length)).toEqual(Buffer.from(trained));
  });

  test("of any size but the expected one is damage, and is not decompressed", () => {
    const bomb = compress(new Uint8Array(2 ** 26), 3);
    for (const sizeBytes of [0, 1, 2 ** 26 - 1, 2 ** 26 + 1]) {
      expect(() => decompress(bomb, sizeBytes)).toThrow(RangeError);
    }
    expect(() => decompress(compress(text, 3).subarray(0, -10), text.length)).toThrow(RangeError);
    expect(() => decompress(new Uint8Array(0), 1)).toThrow(RangeError);
  });

  test("is not tried on what is compressed already", () => {
    expect(isCompressible(text)).toBe(true);
    expect(isCompressible(randomBytes(2 ** 20))).toBe(false);
    expect(isCompressible(randomBytes(1000))).toBe(false);
    const half = randomBytes(2 ** 20);
    half.fill(7, 2 ** 19);
    expect(isCompressible(half)).toBe(true);
    expect(["a.JPG", "b.tar.gz", "c.woff2"].some(isCompressibleName)).toBe(false);
    expect(["a.txt", "README", "jpg", "b.gz.txt"].every(isCompressibleName)).toBe(true);
  });
});

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65_536));
  }
  return bytes;
}
