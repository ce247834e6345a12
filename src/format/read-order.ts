/**
 * Whether a delta reads its basis about from front to end. A basis of which segment after segment
 * is made when it is wanted, and the last two are kept, would be made many times over otherwise.
 */
import type { Window } from "./delta-window.ts";

const SEGMENT_BYTES = 2 * 1024 * 1024;
/** How often each segment is made, at most; and for what little jumps there are in small ones. */
const TIMES_MAX = 3;
const SPARE = 16;

export class ReadOrder {
  readonly #madeMax: number;
  #made = 0;
  #newest = -1;
  #older = -1;

  constructor(basisBytes: number) {
    this.#madeMax = TIMES_MAX * Math.ceil(basisBytes / SEGMENT_BYTES) + SPARE;
  }

  get isInOrder(): boolean {
    return this.#made <= this.#madeMax;
  }

  /** First what its literals replace is read, then what it copies. */
  add({ ranges, operations }: Window): void {
    for (const range of ranges) this.#read(range.start, range.length);
    for (const operation of operations) {
      if (typeof operation !== "number") this.#read(operation.start, operation.length);
    }
  }

  #read(start: number, length: number): void {
    const last = Math.floor((start + length - 1) / SEGMENT_BYTES);
    for (let segment = Math.floor(start / SEGMENT_BYTES); segment <= last; segment += 1) {
      if (segment === this.#newest) continue;
      if (segment !== this.#older) this.#made += 1;
      this.#older = this.#newest;
      this.#newest = segment;
    }
  }
}
