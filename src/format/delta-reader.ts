/** Reads a stored delta from front to end, however large: what it holds of it has a fixed size. */
import { ByteReader } from "./byte-reader.ts";
import type { RandomAccess } from "./read-at.ts";
import { VARINT_BYTES_MAX } from "./varint.ts";

const AHEAD_BYTES = 64 * 1024;

export class DeltaReader {
  readonly #source: RandomAccess;
  #ahead = new Uint8Array(0);
  #aheadStart = 0;
  #position = 0;

  constructor(source: RandomAccess) {
    this.#source = source;
  }

  get remaining(): number {
    return this.#source.sizeBytes - this.#position;
  }

  get position(): number {
    return this.#position;
  }

  u8(): number {
    return this.bytes(1)[0] as number;
  }

  varint(): number {
    const reader = new ByteReader(this.#peek(Math.min(VARINT_BYTES_MAX, this.remaining)));
    const value = reader.varint();
    this.#position += reader.position;
    return value;
  }

  /** The next `count` bytes: a view, valid until the next call. Throws RangeError past the end. */
  bytes(count: number): Uint8Array {
    if (count > this.remaining) throw new RangeError("a delta ends too early");
    const bytes = this.#peek(count);
    this.#position += count;
    return bytes;
  }

  /** Throws RangeError past the end. */
  skip(count: number): void {
    if (count > this.remaining) throw new RangeError("a delta ends too early");
    this.#position += count;
  }

  /** The next is what lies at `position`, of a reader that was there before. */
  moveTo(position: number): void {
    this.#position = position;
  }

  #peek(count: number): Uint8Array {
    const start = this.#position - this.#aheadStart;
    if (start >= 0 && start + count <= this.#ahead.length)
      return this.#ahead.subarray(start, start + count);
    if (count > AHEAD_BYTES) return this.#source.read(this.#position, count);
    const length = Math.min(AHEAD_BYTES, this.remaining);
    this.#ahead = this.#source.read(this.#position, length).slice();
    this.#aheadStart = this.#position;
    return this.#ahead.subarray(0, count);
  }
}
