/**
 * Memory that is used again for one thing after the other, as much as was ever wanted at once: what
 * is allocated anew is slow to touch, and every few megabytes of it start a collection of garbage.
 */
import { release } from "./compress.ts";

export class Room {
  #bytes = new Uint8Array(0);

  /** So many bytes, of any content, until the next call. */
  take(length: number): Uint8Array {
    if (this.#bytes.length < length) {
      release(this.#bytes);
      this.#bytes = new Uint8Array(length);
    }
    return this.#bytes.subarray(0, length);
  }
}
