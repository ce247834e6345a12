/** A set of row ids, a bit each: rows are numbered densely, and there may be a million. */

const BITS = 8;
const BYTES_AT_FIRST = 1024;

export class IdSet {
  #bits = new Uint8Array(BYTES_AT_FIRST);

  has(id: number): boolean {
    return (((this.#bits[Math.floor(id / BITS)] ?? 0) >> (id % BITS)) & 1) === 1;
  }

  add(id: number): void {
    const index = Math.floor(id / BITS);
    if (index >= this.#bits.length) this.#grow(index + 1);
    this.#bits[index] = (this.#bits[index] ?? 0) | (1 << (id % BITS));
  }

  #grow(bytesMin: number): void {
    const grown = new Uint8Array(Math.max(bytesMin, this.#bits.length * 2));
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
