/**
 * Memory for the contents of one batch after another, in one block: each where it will lie in a
 * parcel, so that little has to be moved when that is made.
 */
import { assert } from "../core/assert.ts";

/** Kept between batches; what a batch takes beyond goes when it ends. */
const KEPT_BYTES = 2 * 1024 * 1024;

export class Arena {
  readonly #kept = new Uint8Array(KEPT_BYTES);
  #block = this.#kept;
  /** Where nothing is yet. */
  #end = 0;
  #extra: Uint8Array[] = [];

  /** Begins with room for `laidOut` bytes, at places that are known. */
  begin(laidOut: number): void {
    if (laidOut > KEPT_BYTES) this.#block = this.apart(laidOut);
    this.#end = laidOut;
  }

  /** `length` bytes at a place that is known. Not zeroed; they stay as they are until join(). */
  at(start: number, length: number): Uint8Array {
    return this.#block.subarray(start, start + length);
  }

  /** The same after all of those. */
  take(length: number): Uint8Array {
    if (this.#end + length > this.#block.length) return this.apart(length);
    this.#end += length;
    return this.at(this.#end - length, length);
  }

  /** The same outside the block. */
  apart(length: number): Uint8Array<ArrayBuffer> {
    const buffer = new Uint8Array(length);
    this.#extra.push(buffer);
    return buffer;
  }

  /** By which to sort: what is in the block in its order, then what is apart. */
  placeOf(bytes: Uint8Array): number {
    return bytes.buffer === this.#block.buffer ? bytes.byteOffset : Number.MAX_SAFE_INTEGER;
  }

  /**
   * `pieces` side by side, sorted by their places. They are gone afterwards, with all that lies
   * between them.
   */
  join(pieces: readonly Uint8Array[]): Uint8Array {
    // An empty one has the place of another.
    const filled = pieces.filter(({ byteLength }) => byteLength > 0);
    const [first] = filled;
    const last = filled.at(-1);
    if (first === undefined || last === undefined) return new Uint8Array(0);
    const isInBlock = last.buffer === this.#block.buffer;
    return isInBlock ? this.#moved(filled, first) : this.#copied(filled);
  }

  /** Everything that was taken is gone. */
  clear(): void {
    for (const { buffer } of this.#extra) (buffer as ArrayBuffer).transfer(0);
    this.#extra = [];
    this.#block = this.#kept;
    this.#end = 0;
  }

  #moved(pieces: readonly Uint8Array[], { byteOffset: start }: Uint8Array): Uint8Array {
    let end = start;
    for (const { byteOffset, byteLength } of pieces) {
      assert(byteOffset >= end, "pieces are joined in the order of their places");
      if (byteOffset > end) this.#block.copyWithin(end, byteOffset, byteOffset + byteLength);
      end += byteLength;
    }
    return this.#block.subarray(start, end);
  }

  /** Some lie outside the block: files that have grown since they were seen. */
  #copied(pieces: readonly Uint8Array[]): Uint8Array {
    const joined = this.apart(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
    let end = 0;
    for (const piece of pieces) {
      joined.set(piece, end);
      end += piece.length;
    }
    return joined;
  }
}
