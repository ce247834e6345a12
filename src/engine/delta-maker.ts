/**
 * Makes a delta of a changed content against the one it was before, and says whether it is worth
 * the chain it makes longer. Small contents are compressed with their basis as the dictionary; of
 * larger ones librsync finds what is the same.
 */
import type { ContentId } from "../core/ids.ts";
import { OWN_PACK_BYTES } from "../core/limits.ts";
import type { BlobLocation, DeltaChain } from "../core/repository.ts";
import { type CompressionLevel, compress, release } from "../format/compress.ts";
import { WHOLE_DELTA_BYTES_MAX, encodeWholeDelta, encodeWindowsDelta } from "../format/delta.ts";
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
   * The delta of a content that is read once, from front to end, in a scratch file that the caller
   * disposes; undefined when it is not worth it.
   */
  large(input: Iterable<Uint8Array>, chain: DeltaChain): ScratchFile | undefined {
    const full = chain.at(-1);
    if (full === undefined) return undefined;
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
    if (delta.sizeBytes > this.#limit(estimatedBytes(sizeBytes, full))) return undefined;
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

/** What it would take whole: it probably compresses as its oldest basis does, if that is alone. */
function estimatedBytes(sizeBytes: number, full: BlobLocation): number {
  if (full.sizeBytes <= OWN_PACK_BYTES) return sizeBytes;
  return (sizeBytes * full.parcel.length) / full.sizeBytes;
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
