/**
 * Collects garbage by what was handled: bytes, or entries. Left alone the runtime waits for its
 * heap to double and for the buffers outside it to pile up: with much memory, for hundreds of MB.
 * (Bun.gc() also throws compiled code away and returns memory page by page: three times as long.)
 */
import { edenGC, fullGC } from "bun:jsc";
import { releaseProgramPages } from "../source/program-pages.ts";

/**
 * "whole": for what leaves large buffers behind, which are as old as the batch that they are of.
 * "young": for many small objects, nearly all of which are garbage by then: a tenth of the time.
 * "thrifty": for the same where memory counts more: what has grown old does not stay as long.
 */
export type GarbageKind = "whole" | "young" | "thrifty";

/** One collection of so many is of the whole heap; the others are of young objects alone. */
const PER_WHOLE: Readonly<Record<GarbageKind, number>> = { whole: 1, young: 4, thrifty: 2 };

export class GarbageSchedule {
  readonly #every: number;
  readonly #kind: GarbageKind;
  #handled = 0;
  #collections = 1;

  /** Collects each time about `every` of them have been handled. */
  constructor(every: number, kind: GarbageKind) {
    this.#every = every;
    this.#kind = kind;
  }

  handled(amount: number): void {
    this.#handled += amount;
    releaseProgramPages();
    if (this.#handled < this.#every) return;
    const isWhole = this.#collections % PER_WHOLE[this.#kind] === 0;
    this.#collect(isWhole ? fullGC : edenGC);
  }

  /** Nothing more is to be handled for a while. */
  rest(): void {
    releaseProgramPages();
    const hasHandled = this.#handled > 0 || this.#collections > 1;
    if (hasHandled) this.#collect(fullGC);
  }

  #collect(collect: () => void): void {
    this.#handled = 0;
    this.#collections += 1;
    collect();
  }
}
