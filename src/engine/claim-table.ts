/**
 * Which contents some worker stores already, in memory that all workers see: of a repository that
 * had none when the run began, a worker can tell by itself what it has to store, and asks nobody.
 *
 * An open hash table of fixed size: two words a content, its first 64 bits. It may take two
 * contents for one; who relies on another's claim looks whether the content has come
 * (content-claims.ts). When it is full, claims are no longer made here.
 */
import type { ContentId } from "../core/ids.ts";

/** A power of two. With the two words of each: 1 MiB. */
const SLOTS = 128 * 1024;
/** Longer searches would begin to cost what they save. */
const CLAIMS_MAX = 0.75 * SLOTS;
const SLOT_WORDS = 2;
/** Where the claims are counted: after the slots. */
const COUNT_AT = SLOTS * SLOT_WORDS;

const HEX = 16;
const WORD_DIGITS = 8;

export class ClaimTable {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** `memory`: of the one that another thread made. */
  constructor(memory = new SharedArrayBuffer((COUNT_AT + 1) * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Whether there is room for so many more, which then is kept for them. */
  reserve(count: number): boolean {
    const before = Atomics.add(this.#words, COUNT_AT, count);
    if (before + count <= CLAIMS_MAX) return true;
    Atomics.sub(this.#words, COUNT_AT, count);
    return false;
  }

  /** Once true for each content: to who has to store it. Room for it was reserved. */
  claim(content: ContentId): boolean {
    const [first, second] = [wordOf(content, 0), wordOf(content, 1)];
    for (let slot = wordOf(content, 2) & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const at = slot * SLOT_WORDS;
      const there = Atomics.compareExchange(this.#words, at, 0, first);
      if (there === 0) {
        Atomics.store(this.#words, at + 1, second);
        return true;
      }
      if (there === first && this.#secondAt(at + 1) === second) return false;
    }
  }

  /** Whoever has written the first word writes the second right away. */
  #secondAt(at: number): number {
    for (;;) {
      const word = Atomics.load(this.#words, at);
      if (word !== 0) return word;
    }
  }
}

/** The `index`th 32 bits of an id, but never 0, which is an empty slot's. */
function wordOf(content: ContentId, index: number): number {
  const at = index * WORD_DIGITS;
  return Number.parseInt(content.slice(at, at + WORD_DIGITS), HEX) | 0 || 1;
}
