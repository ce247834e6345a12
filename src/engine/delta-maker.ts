/**
 * Makes a delta of a changed content against the one it was before, and says whether it is worth
 * the chain it makes longer. Small contents are compressed with their basis as the dictionary.
 * Large ones are compared with it place by place; where that does not do, librsync finds what is
 * the same.
 */
import type { ContentId } from "../core/ids.ts";
import { OWN_PACK_BYTES } from "../core/limits.ts";
import type { DeltaChain } from "../core/repository.ts";
import { type CompressionLevel, compress, release } from "../format/compress.ts";
import { AlignedBasis, alignedOperations } from "../format/aligned-operations.ts";
import { WHOLE_DELTA_BYTES_MAX, encodeWholeDelta, encodeWindowsDelta } from "../format/delta.ts";
import type { WindowSizes } from "../format/delta-windows.ts";
import type { Librsync } from "../format/librsync.ts";
import { parseDelta } from "../format/librsync-delta.ts";
import { type RandomAccess, randomAccessOf } from "../format/read-at.ts";
import { ScratchFile } from "../store/scratch-file.ts";
import { piecesOf, scratchAccess } from "./content-pieces.ts";
import type { ReadableContent, Regenerator } from "./regenerate.ts";

/** A delta this much smaller than its plaintext beats any compression: nothing is compared. */
const CLEARLY_SMALL = 1 / 16;
const MIB = 1024 * 1024;
/** Pages of databases and file systems: what changes at once in a large file. */
const PAGE_BYTES = 4096;
/** Blocks of one signature, which holds 20 bytes of each: 5 MB. */
const BLOCKS_MAX = 256 * 1024;
/**
 * What is new at its place takes at most this share of the basis, or it is searched for elsewhere.
 * Chunk stores save whole chunks for each change, which is more.
 */
const UNLIKE_SHARE = 32;
/** Kept of each block's hash. Accidents of 128 bits do not happen, and the result is checked. */
const STRONG_BYTES = 16;

export type SmallDelta = { readonly basis: ContentId; readonly delta: Uint8Array };

export type DeltaSettings = {
  readonly level: CompressionLevel;
  readonly deltaPercentMax: number;
  readonly temporaryFolder: string;
};

export class DeltaMaker {
  readonly #regenerator: Regenerator;
  readonly #librsync: Librsync;
  readonly #settings: DeltaSettings;

  constructor(regenerator: Regenerator, librsync: Librsync, settings: DeltaSettings) {
    this.#regenerator = regenerator;
    this.#librsync = librsync;
    this.#settings = settings;
  }

  /**
   * The delta of a content in memory, a new buffer; undefined when it is not worth it. Throws
   * RepositoryCorrupt when the basis is damaged.
   */
  small(content: Uint8Array, chain: DeltaChain): SmallDelta | undefined {
    const [newest] = chain;
    if (newest === undefined || !this.#regenerator.fitsInMemory(chain)) return undefined;
    using basis = this.#regenerator.borrow(chain);
    const delta = this.#smallDelta(basis.bytes, content);
    return this.#isWorthIt(delta, content) ? { basis: newest.content, delta } : undefined;
  }

  /**
   * The delta of a content that is read once, from front to end: what is the same at the same place
   * is copied, what differs is compressed against what it replaces. In a scratch file that the
   * caller disposes; undefined when it is not worth it, or where much came from other places, which
   * searched() finds. Throws RepositoryCorrupt when the basis is damaged.
   */
  aligned(input: Iterable<Uint8Array>, chain: DeltaChain): ScratchFile | undefined {
    const [newest] = chain;
    if (newest === undefined) return undefined;
    using basis = new AlignedBasis(this.#regenerator.pieces(chain), newest.sizeBytes);
    let unlikeBytes = 0;
    const unlikeBytesMax = newest.sizeBytes / UNLIKE_SHARE;
    const isLike = (): boolean => !basis.hasMoved && unlikeBytes <= unlikeBytesMax;
    let sizeBytes = 0;
    const content = counted(input, (bytes) => (sizeBytes += bytes));
    using unwanted = new DisposableStack();
    const delta = unwanted.use(this.#scratch());
    encodeWindowsDelta(
      whilst(alignedOperations(content, basis), isLike),
      { basis, level: this.#settings.level },
      (window, sizes) => {
        delta.append(window);
        if (isUnlike(sizes)) unlikeBytes += sizes.storedBytes;
      },
    );
    if (!isLike() || !this.#isLargeWorthIt(delta, sizeBytes, chain)) return undefined;
    unwanted.move();
    return delta;
  }

  /** The same, of what librsync finds at any place of the basis. */
  searched(input: Iterable<Uint8Array>, chain: DeltaChain): ScratchFile | undefined {
    using basis = this.#regenerator.open(chain);
    using commands = this.#scratch();
    let sizeBytes = 0;
    this.#librsync.delta(
      this.#signature(basis),
      counted(input, (bytes) => (sizeBytes += bytes)),
      (piece) => commands.append(piece),
    );
    using found = scratchAccess(commands);
    using unwanted = new DisposableStack();
    const delta = unwanted.use(this.#scratch());
    const { level } = this.#settings;
    encodeWindowsDelta(parseDelta(piecesOf(found)), { basis, level }, (piece) =>
      delta.append(piece),
    );
    if (!this.#isLargeWorthIt(delta, sizeBytes, chain)) return undefined;
    unwanted.move();
    return delta;
  }

  #smallDelta(basis: Uint8Array, content: Uint8Array): Uint8Array {
    const { level } = this.#settings;
    if (Math.max(basis.length, content.length) <= WHOLE_DELTA_BYTES_MAX) {
      return encodeWholeDelta({ basis, content }, level);
    }
    const access = randomAccessOf(basis);
    const commands: Uint8Array[] = [];
    this.#librsync.delta(this.#signature(access), [content], (piece) => commands.push(piece));
    const delta: Uint8Array[] = [];
    const operations = parseDelta(commands);
    encodeWindowsDelta(operations, { basis: access, level }, (piece) => delta.push(piece));
    return Buffer.concat(delta);
  }

  #signature(basis: RandomAccess | ReadableContent): Uint8Array {
    const blockBytes = deltaBlockBytesFor(basis.sizeBytes);
    return this.#librsync.signature(piecesOf(basis), { blockBytes, strongBytes: STRONG_BYTES });
  }

  #isWorthIt(delta: Uint8Array, content: Uint8Array): boolean {
    if (delta.length <= this.#limit(content.length * CLEARLY_SMALL)) return true;
    if (delta.length > this.#limit(content.length)) return false;
    const compressed = compress(content, this.#settings.level);
    const { length } = compressed;
    release(compressed);
    return delta.length <= this.#limit(length);
  }

  /** It probably compresses as its oldest basis does, if that is alone in its parcel. */
  #isLargeWorthIt(delta: ScratchFile, sizeBytes: number, chain: DeltaChain): boolean {
    const full = chain.at(-1);
    if (full === undefined) return false;
    const isAlone = full.sizeBytes > OWN_PACK_BYTES;
    const whole = isAlone ? (sizeBytes * full.parcel.length) / full.sizeBytes : sizeBytes;
    return delta.sizeBytes <= this.#limit(whole);
  }

  #limit(compressedBytes: number): number {
    return (compressedBytes * this.#settings.deltaPercentMax) / 100;
  }

  #scratch(): ScratchFile {
    return new ScratchFile(this.#settings.temporaryFolder);
  }
}

function* counted(
  pieces: Iterable<Uint8Array>,
  count: (bytes: number) => void,
): Generator<Uint8Array, void> {
  for (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
}

function* whilst<T>(items: Iterable<T>, holds: () => boolean): Generator<T, void> {
  for (const item of items) {
    if (!holds()) return;
    yield item;
  }
}

/** Literals that have little of what was at their place. */
function isUnlike({ literalBytes, replacedBytes, storedBytes }: WindowSizes): boolean {
  return replacedBytes > literalBytes / 2 && storedBytes > literalBytes / 4;
}

/**
 * The length of the blocks that are looked for. Up to 16 MiB the square root of the size, where
 * text has moved; above it pages, which is what changes in a database; above 1 GiB as many pages
 * as keep the signature small.
 */
function deltaBlockBytesFor(sizeBytes: number): number {
  if (sizeBytes <= 16 * MIB) return Math.max(512, roundUp(Math.sqrt(sizeBytes), 128));
  return Math.max(PAGE_BYTES, roundUp(sizeBytes / BLOCKS_MAX, PAGE_BYTES));
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
