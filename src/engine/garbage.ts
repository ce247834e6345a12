/**
 * Collects garbage by what was handled: bytes, or entries. Left alone the runtime waits for its
 * heap to double and for the buffers outside it to pile up: with much memory, for hundreds of MB.
 * (Bun.gc() also throws compiled code away and returns memory page by page: three times as long.)
 */
import { fullGC } from "bun:jsc";
import { releaseProgramPages } from "../source/program-pages.ts";

/** What of the main thread's memory can be given back; the program's code goes for all threads. */
export function collectMain(): void {
  fullGC();
  releaseProgramPages();
}

export class GarbageSchedule {
  readonly #every: number;
  readonly #collect: () => void;
  #handled = 0;

  /** Collects each time about `every` of them have been handled. */
  constructor(every: number, collect: () => void = fullGC) {
    this.#every = every;
    this.#collect = collect;
  }

  handled(amount: number): void {
    this.#handled += amount;
    if (this.#handled < this.#every) return;
    this.#handled = 0;
    this.#collect();
  }
}
