/** Memory for the contents of one batch after another: taken front to back, given back at once. */

/** Kept between batches; what a batch takes beyond goes when it ends. */
const KEPT_BYTES = 2 * 1024 * 1024;

export class Arena {
  readonly #first = new Uint8Array(KEPT_BYTES);
  #block = this.#first;
  #used = 0;
  #extra: Uint8Array[] = [];

  /** `length` bytes, not zeroed, that stay as they are until clear(). */
  take(length: number): Uint8Array {
    if (this.#used + length > this.#block.length) {
      this.#block = new Uint8Array(Math.max(KEPT_BYTES, length));
      this.#extra.push(this.#block);
      this.#used = 0;
    }
    this.#used += length;
    return this.#block.subarray(this.#used - length, this.#used);
  }

  /** Everything that was taken is gone. */
  clear(): void {
    for (const { buffer } of this.#extra) (buffer as ArrayBuffer).transfer(0);
    this.#extra = [];
    this.#block = this.#first;
    this.#used = 0;
  }
}
