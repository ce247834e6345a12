/** A bound on bytes held at once, given out in the order asked. */
export class ByteBudget {
  #free: number;
  readonly #total: number;
  readonly #waiting: { readonly bytes: number; readonly wake: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  /** Waits until there is room. More than there is at all is given when nobody else has any. */
  async take(bytes: number): Promise<Disposable> {
    const share = Math.min(bytes, this.#total);
    if (this.#waiting.length > 0 || share > this.#free) {
      await new Promise<void>((wake) => this.#waiting.push({ bytes: share, wake }));
    } else this.#free -= share;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#give(share);
        isHeld = false;
      },
    };
  }

  #give(bytes: number): void {
    this.#free += bytes;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.bytes > this.#free) return;
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.wake();
    }
  }
}
