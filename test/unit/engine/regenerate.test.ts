/** Contents made again of what is stored (regenerate.ts). */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import wasm from "../../../native/build/librsync.wasm" with { type: "file" };
import { RepositoryCorrupt } from "../../../src/core/errors.ts";
import { packName } from "../../../src/core/ids.ts";
import { LARGE_CONTENT_BYTES } from "../../../src/core/limits.ts";
import type { BlobLocation, DeltaChain } from "../../../src/core/repository.ts";
import type { PackBytes } from "../../../src/engine/parcel-cache.ts";
import { Regenerator } from "../../../src/engine/regenerate.ts";
import { AlignedBasis, alignedOperations } from "../../../src/format/aligned-operations.ts";
import { contentIdOf } from "../../../src/format/checksum.ts";
import { contentCrypto } from "../../../src/format/content-crypto.ts";
import { encodePlainDelta, encodeWindowsDelta } from "../../../src/format/delta.ts";
import { encodeDeltaParcel } from "../../../src/format/delta-parcel.ts";
import { encodeLargeParcel } from "../../../src/format/large-parcel.ts";
import { loadLibrsync } from "../../../src/format/librsync.ts";
import type { DeltaOperation } from "../../../src/format/librsync-delta.ts";
import { encodeSolidParcel } from "../../../src/format/solid-parcel.ts";
import { noise } from "../../support/make-tree.ts";
import { Random } from "../../support/random.ts";
import { TempDir } from "../../support/temp-dir.ts";

const MIB = 1024 * 1024;
const PAGE_BYTES = 4096;
const librsync = loadLibrsync(readFileSync(wasm));
const PACK = packName("00".repeat(16));
const small = Buffer.alloc(1_000, "small");
const large = Buffer.alloc(LARGE_CONTENT_BYTES + 500_000, "large");

describe("a content is lent", () => {
  test("as a view of what is kept for others, which stays", () => {
    const { regenerator, chain } = storedIn(solid(small), small, 0);
    {
      using lent = regenerator.borrow(chain);
      expect(Buffer.from(lent.bytes).equals(small)).toBe(true);
    }
    expect(Buffer.from(regenerator.bytes(chain)).equals(small)).toBe(true);
  });

  test("in memory of its own where it is large, which is given back", () => {
    const parcel = encodeLargeParcel(contentIdOf(large), large, 2);
    const { regenerator, chain } = storedIn(parcel, large, 0);
    const lent = regenerator.borrow(chain);
    expect(Buffer.from(lent.bytes).equals(large)).toBe(true);
    lent[Symbol.dispose]();
    expect(lent.bytes.length).toBe(0);
  });
});

test("a large content that shares its parcel is damage, which is named", () => {
  const { regenerator, chain } = storedIn(solid(small, large), large, 1);
  expect(() => regenerator.bytes(chain)).toThrow(RepositoryCorrupt);
  expect(() => regenerator.bytes(chain)).toThrow("not alone in its parcel");
});

describe("a large content is read through its deltas", () => {
  const states = changedInPlace(12);

  test("with no scratch file where they copy from front to end", () => {
    const { regenerator, chain } = stored(states.slice(0, 6), "/nowhere");
    expect(contentIdOf(joined(regenerator.pieces(chain)))).toBe(contentIdOf(states[5]!));
  });

  test("and with one where there are many of them", () => {
    using folder = new TempDir();
    const { regenerator, chain } = stored(states, folder.path);
    expect(contentIdOf(joined(regenerator.pieces(chain)))).toBe(contentIdOf(states[11]!));
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("and where pages come from all over", () => {
    using folder = new TempDir();
    const shuffled = shuffledPages(states[0]!);
    const after = Buffer.concat([shuffled.content, Buffer.from("more")]);
    const { regenerator, chain } = stored([states[0]!, shuffled.content, after], folder.path, [
      shuffled.operations,
    ]);
    expect(contentIdOf(joined(regenerator.pieces(chain)))).toBe(contentIdOf(after));
    using opened = regenerator.open(chain);
    expect(contentIdOf(opened.read(0, opened.sizeBytes))).toBe(contentIdOf(after));
  });

  test("and where one is a librsync delta, which cannot be read anywhere in", () => {
    using folder = new TempDir();
    const [oldest, newest] = [states[0]!, states[1]!];
    const delta = encoded((emit) => encodePlainDelta(librsyncDelta(oldest, newest), 3, emit));
    const { regenerator, chain } = storedAs(oldest, [{ content: newest, delta }], folder.path);
    expect(contentIdOf(joined(regenerator.pieces(chain)))).toBe(contentIdOf(newest));
  });

  test("and what is not what it should be is named: here the oldest basis", () => {
    const [oldest, middle, newest] = [states[0]!, states[1]!, states[2]!];
    const other = Buffer.from(oldest);
    other[3 * MIB]! ^= 1;
    const { regenerator, chain } = storedAs(
      other,
      [
        { content: middle, delta: windows(oldest, middle) },
        { content: newest, delta: windows(middle, newest) },
      ],
      "/nowhere",
      contentIdOf(oldest),
    );
    const wrong = contentIdOf(oldest).slice(0, 12);
    expect(() => joined(regenerator.pieces(chain))).toThrow(RepositoryCorrupt);
    expect(() => joined(regenerator.pieces(chain))).toThrow(wrong);
  });
});

function solid(...contents: readonly Uint8Array[]): Uint8Array {
  const members = contents.map((bytes) => ({
    content: contentIdOf(bytes),
    sizeBytes: bytes.length,
  }));
  return encodeSolidParcel(Buffer.concat(contents), members, 2);
}

/** Contents of five megabytes of which in each a few pages differ from the one before. */
function changedInPlace(count: number): Buffer[] {
  const random = new Random(7);
  let content = noise(5 * MIB + 123, 1);
  const states = [content];
  while (states.length < count) {
    content = Buffer.from(content);
    for (let change = 0; change < 20; change += 1) {
      content.set(noise(50, states.length * 100 + change), random.below(5 * MIB));
    }
    states.push(content);
  }
  return states;
}

function shuffledPages(basis: Uint8Array) {
  const pages = Math.floor(basis.length / PAGE_BYTES);
  const operations: DeltaOperation[] = [];
  for (let page = 0; page < pages; page += 1) {
    const start = ((page * 7919) % pages) * PAGE_BYTES;
    operations.push({ kind: "copy", start, length: PAGE_BYTES });
  }
  const parts = operations.map((one) => {
    return one.kind === "copy" ? basis.subarray(one.start, one.start + one.length) : one.bytes;
  });
  return { content: Buffer.concat(parts), operations };
}

/** The first is stored whole, the others as deltas of the one before: of `operations` if given. */
function stored(
  states: readonly Uint8Array[],
  folder: string,
  operations: readonly (readonly DeltaOperation[])[] = [],
) {
  const [oldest = Buffer.of(), ...later] = states;
  const deltas = later.map((content, index) => {
    return { content, delta: windows(states[index] ?? oldest, content, operations[index]) };
  });
  return storedAs(oldest, deltas, folder);
}

function storedAs(
  oldest: Uint8Array,
  deltas: readonly { readonly content: Uint8Array; readonly delta: Uint8Array }[],
  folder: string,
  oldestId = contentIdOf(oldest),
) {
  const parcels = [encodeLargeParcel(oldestId, oldest, 2)];
  const blobs = [{ content: oldestId, sizeBytes: oldest.length }];
  for (const { content, delta } of deltas) {
    const blob = { content: contentIdOf(content), sizeBytes: content.length };
    const basis = blobs.at(-1)?.content ?? oldestId;
    parcels.push(encodeDeltaParcel([{ ...blob, basis, delta }]));
    blobs.push(blob);
  }
  const chain = blobs.map((blob, index): BlobLocation => {
    const pack = packName(index.toString(16).padStart(32, "0"));
    const length = parcels[index]?.length ?? 0;
    return { ...blob, parcel: { pack, position: 0, length }, member: 0 };
  });
  const bytesOf = (pack: string): Uint8Array => parcels[parseInt(pack, 16)] ?? Buffer.of();
  const packs: PackBytes = {
    read: (pack, position, length) => bytesOf(pack).slice(position, position + length),
    readInto(pack, position, target) {
      target.set(bytesOf(pack).subarray(position, position + target.length));
    },
  };
  const regenerator = new Regenerator(packs, folder, contentCrypto(undefined));
  return { regenerator, chain: chain.toReversed() };
}

function windows(
  basis: Uint8Array,
  content: Uint8Array,
  operations?: readonly DeltaOperation[],
): Uint8Array {
  return encoded((emit) => {
    using beside = new AlignedBasis([basis], basis.length);
    const found = operations ?? alignedOperations([content], beside);
    encodeWindowsDelta(found, { basis: beside, level: 3 }, emit);
  });
}

function librsyncDelta(basis: Uint8Array, content: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const signature = librsync.signature([basis], { blockBytes: PAGE_BYTES, strongBytes: 16 });
  librsync.delta(signature, [content], (piece) => void pieces.push(piece.slice()));
  return pieces;
}

function encoded(work: (emit: (piece: Uint8Array) => void) => void): Uint8Array {
  const pieces: Uint8Array[] = [];
  work((piece) => void pieces.push(piece));
  return Buffer.concat(pieces);
}

function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  return Buffer.concat(Array.from(pieces, (piece) => piece.slice()));
}

/** `content` is the member of that number in `parcel`, which is all there is of its pack. */
function storedIn(parcel: Uint8Array, content: Uint8Array, member: number) {
  const packs: PackBytes = {
    read: (_pack, position, length) => parcel.slice(position, position + length),
    readInto(_pack, position, target) {
      target.set(parcel.subarray(position, position + target.length));
    },
  };
  const blob: BlobLocation = {
    content: contentIdOf(content),
    sizeBytes: content.length,
    parcel: { pack: PACK, position: 0, length: parcel.length },
    member,
  };
  const chain: DeltaChain = [blob];
  return { regenerator: new Regenerator(packs, "/nowhere", contentCrypto(undefined)), chain };
}
