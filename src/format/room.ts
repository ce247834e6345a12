/**
 * Memory that is used again for one thing after the other, as much as was ever wanted at once: what
 * is allocated anew is slow to touch, and every few megabytes of it start a collection of garbage.
 */
import { release } from "./compress.ts";

export class Room implements Disposable {
  #bytes = new Uint8Array(0);

  /** As much as was ever wanted. */
  get sizeBytes(): number {
    return this.#bytes.length;
  }

  /** So many bytes, of any content, until the next call. */
  take(length: number): Uint8Array {
    if (this.#bytes.length < length) {
      release(this.#bytes);
      this.#bytes = new Uint8Array(length);
    }
    return this.#bytes.subarray(0, length);
  }

  /** Gives the memory back; what was taken of it becomes empty. */
  [Symbol.dispose](): void {
    release(this.#bytes);
    this.#bytes = new Uint8Array(0);
  }
}
