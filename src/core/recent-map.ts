/**
 * What was looked up lately, up to a bound. Two generations instead of an order: what is found
 * among the older moves to the younger, and when these are full the older are forgotten.
 */
export class RecentMap<Key, Value extends number | string | object> {
  readonly #generationMax: number;
  #younger = new Map<Key, Value>();
  #older = new Map<Key, Value>();

  /** Remembers the last `countMax / 2` surely, and `countMax` at the most. */
  constructor(countMax: number) {
    this.#generationMax = Math.ceil(countMax / 2);
  }

  get(key: Key): Value | undefined {
    const young = this.#younger.get(key);
    if (young !== undefined) return young;
    const old = this.#older.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    if (this.#younger.size >= this.#generationMax && !this.#younger.has(key)) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(key, value);
  }

  clear(): void {
    this.#younger.clear();
    this.#older.clear();
  }
}
