/**
 * A Bloom filter over the contents of a catalog: says of a content that it is surely not stored, or
 * may be. A first backup asks three times for each of its contents, and nothing is there yet.
 *
 * The prefix of a content id is random already, so parts of it serve as the hash functions.
 */

/** Bits for each content at the least: with three functions one answer in 50 is a vain search. */
const BITS_PER_CONTENT = 16;
/** 128 KiB. */
const BITS_MIN = 2 ** 20;
/** Two prefix parts start this far apart. */
const SHIFTS = [1, 2 ** 12, 2 ** 24] as const;

export class ContentFilter {
  readonly #bits: Uint8Array;
  readonly #bitCount: number;

  /** Empty, with room for `contentCount`; more make it less sharp, never wrong. */
  constructor(contentCount: number) {
    this.#bitCount = Math.max(BITS_MIN, 2 ** Math.ceil(Math.log2(contentCount * BITS_PER_CONTENT)));
    this.#bits = new Uint8Array(this.#bitCount / 8);
  }

  /** How many contents it has room for. */
  get capacity(): number {
    return this.#bitCount / BITS_PER_CONTENT;
  }

  /** `prefix`: 48 bits of a content id. */
  add(prefix: number): void {
    for (let index = 0; index < SHIFTS.length; index += 1) {
      const bit = this.#bitOf(prefix, index);
      this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }

  /** false: it was never added. */
  mayHave(prefix: number): boolean {
    for (let index = 0; index < SHIFTS.length; index += 1) {
      const bit = this.#bitOf(prefix, index);
      if (((this.#bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }

  /** Their count is a power of two, and below 2^32. */
  #bitOf(prefix: number, index: number): number {
    return (Math.floor(prefix / (SHIFTS[index] as number)) & (this.#bitCount - 1)) >>> 0;
  }
}
