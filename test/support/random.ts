/** Choices that look random and are the same for the same seed: a failure can be had again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 88_675_123) >>> 0 || 1;
  }

  /** 0 ≤ it < `end`, a whole number. */
  below(end: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#state >>>= 0;
    return Math.floor((this.#state / 2 ** 32) * end);
  }

  between(start: number, end: number): number {
    return start + this.below(end - start);
  }

  /** Throws RangeError when there is nothing to choose from. */
  oneOf<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError("there is nothing to choose from");
    return choices[this.below(choices.length)] as T;
  }
}
