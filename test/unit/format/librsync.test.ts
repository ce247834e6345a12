import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import wasm from "../../../native/build/librsync.wasm" with { type: "file" };
import { parseDelta } from "../../../src/format/librsync-delta.ts";
import {
  BLOCK_BYTES_MAX,
  type ReadBasis,
  blockBytesFor,
  loadLibrsync,
} from "../../../src/format/librsync.ts";

const librsync = loadLibrsync(readFileSync(wasm));
const OPTIONS = { blockBytes: 512, strongBytes: 32 };
const KIB = 1024;
const DELTA_MAGIC = [0x72, 0x73, 0x02, 0x36];

describe("signature", () => {
  test("is librsync's format with RabinKarp and BLAKE2b sums", () => {
    const signature = librsync.signature([text("abc")], { blockBytes: 512, strongBytes: 8 });
    // Header: magic "rs\x01G", block length, hash length. Block: the rolling sum, which is 1 and
    // for each byte becomes 0x08104225 times itself plus the byte; the start of `b2sum -l 256`.
    expect(Buffer.from(signature).toString("hex")).toBe(
      "72730147" + "00000200" + "00000008" + "66298923" + "bddd813c63423972",
    );
  });

  test("has 12 bytes and 4 + strongBytes for each block, however the file is cut", () => {
    const file = noise(10 * KIB + 1);
    const whole = librsync.signature([file], OPTIONS);
    expect(whole.length).toBe(12 + 21 * 36);
    expect(librsync.signature(cut(file, 7), OPTIONS)).toEqual(whole);
  });

  test("of an empty file is a header", () => {
    expect(librsync.signature([], OPTIONS).length).toBe(12);
  });

  test.each([0, -1, 1.5, Number.NaN, BLOCK_BYTES_MAX + 1])(
    "has no blocks of %p bytes",
    (blockBytes) => {
      expect(() => librsync.signature([], { blockBytes, strongBytes: 32 })).toThrow("block length");
    },
  );

  test.each([0, 7, 33])("has no hashes of %p bytes", (strongBytes) => {
    expect(() => librsync.signature([], { blockBytes: 512, strongBytes })).toThrow("hash length");
  });
});

describe("blockBytesFor", () => {
  test.each([
    [0, 512],
    [200 * KIB, 512],
    [100 * KIB * KIB, 10_240],
    [1024 ** 4, 1024 * KIB],
    [Number.MAX_SAFE_INTEGER, BLOCK_BYTES_MAX],
  ])("a file of %p bytes has blocks of %p", (sizeBytes, blockBytes) => {
    expect(blockBytesFor(sizeBytes)).toBe(blockBytes);
  });
});

describe("delta and patch", () => {
  test("a file that has not changed is one copy", () => {
    const file = noise(100 * KIB);
    expect([...parseDelta(delta(file, file))]).toEqual([
      { kind: "copy", start: 0, length: file.length },
    ]);
  });

  test("an inserted byte costs about a block", () => {
    const basis = noise(100 * KIB);
    const changed = Buffer.concat([basis.subarray(0, 50_000), text("!"), basis.subarray(50_000)]);
    const pieces = delta(basis, changed);
    expect(Buffer.concat(pieces).length).toBeLessThan(600);
    expect(patch(basis, pieces)).toEqual(new Uint8Array(changed));
  });

  test.each([
    ["an empty basis", 0, 3000],
    ["an empty file", 3000, 0],
    ["nothing from nothing", 0, 0],
    ["more than the buffers hold", 300 * KIB, 400 * KIB],
  ])("%s", (_what, basisBytes, fileBytes) => {
    const basis = noise(basisBytes);
    const file = noise(fileBytes, 2);
    expect(patch(basis, delta(basis, file))).toEqual(file);
  });

  test("blocks longer than the buffers work too", () => {
    const basis = noise(700 * KIB);
    const file = new Uint8Array([...noise(10, 2), ...basis]);
    const signature = librsync.signature([basis], { blockBytes: 200 * KIB, strongBytes: 32 });
    const pieces = collect((emit) => librsync.delta(signature, [file], emit));
    expect(Buffer.concat(pieces).length).toBeLessThan(110 * KIB);
    expect(patch(basis, pieces)).toEqual(file);
  });

  test("a basis that gives a byte at a time is read to the end", () => {
    const basis = noise(2000);
    const one: ReadBasis = (offset, into) => readFrom(basis)(offset, into.subarray(0, 1));
    expect(patch(basis, delta(basis, basis), one)).toEqual(basis);
  });

  test("the reader of the basis may itself apply a delta", () => {
    const basis = noise(5000);
    const pieces = delta(basis, basis);
    const nested: ReadBasis = (offset, into) => readFrom(patch(basis, pieces))(offset, into);
    expect(patch(basis, pieces, nested)).toEqual(basis);
  });

  test("what the reader of the basis throws comes out of patch, and the next patch works", () => {
    const basis = noise(5000);
    const pieces = delta(basis, basis);
    const broken: ReadBasis = () => {
      throw new Error("disk on fire");
    };
    expect(() => patch(basis, pieces, broken)).toThrow("disk on fire");
    expect(patch(basis, pieces)).toEqual(basis);
  });

  test("offsets beyond 4 GiB reach the reader of the basis whole", () => {
    const bytes = [...DELTA_MAGIC, 0x51, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0];
    const offsets: number[] = [];
    const read: ReadBasis = (offset, into) => {
      offsets.push(offset);
      return into.length;
    };
    librsync.patch(read, [new Uint8Array(bytes)], () => undefined);
    expect(offsets).toEqual([Number.MAX_SAFE_INTEGER]);
  });

  test("the output of a delta that asks for the earth stops when the caller says so", () => {
    const bytes = [...DELTA_MAGIC, 0x48, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
    let emitted = 0;
    const bounded = (): void =>
      librsync.patch(
        (_offset, into) => into.length,
        [new Uint8Array(bytes)],
        (piece) => {
          emitted += piece.length;
          if (emitted > 1_000_000) throw new RangeError("more than was announced");
        },
      );
    expect(bounded).toThrow("more than was announced");
    expect(emitted).toBeLessThan(1_100_000);
  });
});

describe("damage is a RangeError", () => {
  const noBasis: ReadBasis = () => 0;

  test.each([
    ["no bytes", [], "ends too early"],
    ["half a magic number", DELTA_MAGIC.slice(0, 2), "ends too early"],
    ["another magic number", [0x72, 0x73, 0x01, 0x47, 0], "not a librsync delta|result 104"],
    ["no end", [...DELTA_MAGIC, 1, 65], "ends too early"],
    ["a literal cut short", [...DELTA_MAGIC, 3, 65], "ends too early"],
    ["an empty literal", [...DELTA_MAGIC, 0x41, 0, 0], "damaged"],
    ["an empty copy", [...DELTA_MAGIC, 0x45, 0, 0, 0], "damaged"],
    ["a number cut short", [...DELTA_MAGIC, 0x44, 0, 0], "ends too early"],
    ["a negative number", [...DELTA_MAGIC, 0x44, 255, 0, 0, 0, 0, 0, 0, 0, 0], "damaged"],
    ["a reserved command", [...DELTA_MAGIC, 0x55, 0], "damaged"],
    ["bytes behind the end", [...DELTA_MAGIC, 0, 0], "bytes follow its end"],
  ])("a delta with %s", (_what, bytes, message) => {
    const delta_ = new Uint8Array(bytes);
    const apply = (): void => librsync.patch(noBasis, [delta_], () => undefined);
    const parse = (): unknown => [...parseDelta([delta_])];
    for (const read of [apply, parse]) {
      expect(read).toThrow(RangeError);
      expect(read).toThrow(new RegExp(message));
    }
  });

  test("a copy from outside the basis", () => {
    const bytes = new Uint8Array([...DELTA_MAGIC, 0x45, 4, 2, 0]);
    expect(() => patch(new Uint8Array(5), [bytes])).toThrow("outside its basis");
  });

  test.each([
    ["no bytes", () => new Uint8Array(0), "ends too early"],
    ["another magic number", () => changed(0, 0), "not a librsync signature"],
    ["MD4 sums", () => changed(3, 0x46), "not a librsync signature"],
    ["blocks of 2 GiB", () => changed(4, 0x7f), "block length"],
    ["hashes of a byte", () => changed(11, 1), "hash length"],
    ["a block cut short", () => sound().subarray(0, -1), "inside a block"],
  ])("a signature with %s", (_what, make, message) => {
    const apply = (): void => librsync.delta(make(), [noise(10)], () => undefined);
    expect(apply).toThrow(RangeError);
    expect(apply).toThrow(message);
  });

  function sound(): Uint8Array {
    return librsync.signature([noise(3 * KIB)], OPTIONS);
  }

  function changed(index: number, value: number): Uint8Array {
    return sound().with(index, value);
  }
});

test("memory stays bounded over many large operations", () => {
  const chunk = noise(KIB * KIB);
  const large = function* (): Generator<Uint8Array> {
    for (let count = 0; count < 32; count += 1) yield chunk;
  };
  const signature = librsync.signature(large(), { blockBytes: 8192, strongBytes: 32 });
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 4; round += 1) librsync.delta(signature, large(), () => undefined);
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * KIB * KIB);
});

function delta(basis: Uint8Array, file: Uint8Array): Uint8Array[] {
  const signature = librsync.signature([basis], OPTIONS);
  return collect((emit) => librsync.delta(signature, [file], emit));
}

function patch(
  basis: Uint8Array,
  pieces: readonly Uint8Array[],
  read: ReadBasis = readFrom(basis),
): Uint8Array {
  return new Uint8Array(Buffer.concat(collect((emit) => librsync.patch(read, pieces, emit))));
}

function readFrom(basis: Uint8Array): ReadBasis {
  return (offset, into) => {
    const part = basis.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  };
}

function collect(work: (emit: (piece: Uint8Array) => void) => void): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  work((piece) => pieces.push(piece));
  return pieces;
}

function* cut(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length)
    yield bytes.subarray(start, start + length);
}

function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

/** Bytes without any pattern, the same at every run. */
function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
