/**
 * Collects garbage by what was handled: bytes, or entries. Left alone the runtime waits for its
 * heap to double and for the buffers outside it to pile up: with much memory, for hundreds of MB.
 * (Bun.gc() also throws compiled code away and returns memory page by page: three times as long.)
 */
import { fullGC } from "bun:jsc";
import { releaseProgramPages } from "../source/program-pages.ts";

export class GarbageSchedule {
  readonly #every: number;
  #handled = 0;

  /** Collects each time about `every` of them have been handled. */
  constructor(every: number) {
    this.#every = every;
  }

  handled(amount: number): void {
    this.#handled += amount;
    if (this.#handled < this.#every) return;
    this.#handled = 0;
    fullGC();
    releaseProgramPages();
  }
}
