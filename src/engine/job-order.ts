/**
 * Which job goes next. Small contents mostly cost the main thread's time, and large ones the
 * workers': while the walk finds small ones, large ones are done beside them by all workers but
 * one, and what is left of them when the walk has ended is done by all. Taken in the order of the
 * walk, small ones would leave half of the workers idle, and large ones the main thread.
 */

export type JobUse = "small" | "large";

type Waiting = { readonly sizeBytes: number; readonly wake: () => void };

export class JobOrder {
  readonly #jobsMax: number;
  readonly #largeMax: number;
  /** In the order of the walk. */
  readonly #small: Waiting[] = [];
  /** By size: the largest is taken first, so that none is left alone at the end. */
  readonly #large: Waiting[] = [];
  readonly #running = { small: 0, large: 0 };
  #isWalking = true;

  /** At most `jobsMax` at once, and of large ones `largeMax` while small ones are to come. */
  constructor({ jobsMax, largeMax }: { readonly jobsMax: number; readonly largeMax: number }) {
    this.#jobsMax = jobsMax;
    this.#largeMax = largeMax;
  }

  /** The walk waits, or has ended: large ones may have all there is; "goes-on": no longer. */
  walk(state: "stands" | "goes-on"): void {
    this.#isWalking = state === "goes-on";
    this.#wake();
  }

  /** Waits for its turn, which lasts until it is disposed. */
  async turn(use: JobUse, sizeBytes: number): Promise<Disposable> {
    const { promise, resolve: wake } = Promise.withResolvers<void>();
    if (use === "small") this.#small.push({ sizeBytes, wake });
    else insertBySize(this.#large, { sizeBytes, wake });
    this.#wake();
    await promise;
    return {
      [Symbol.dispose]: () => {
        this.#running[use] -= 1;
        this.#wake();
      },
    };
  }

  #wake(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#running[next.use] += 1;
      next.waiting.wake();
    }
  }

  #next(): { readonly use: JobUse; readonly waiting: Waiting } | undefined {
    const { small, large } = this.#running;
    if (small + large >= this.#jobsMax) return undefined;
    const beside = large < this.#largeMax ? this.#large.pop() : undefined;
    if (beside !== undefined) return { use: "large", waiting: beside };
    const first = this.#small.shift();
    if (first !== undefined) return { use: "small", waiting: first };
    const more = this.#isWalking ? undefined : this.#large.pop();
    return more && { use: "large", waiting: more };
  }
}

/** The largest comes last, and of those as large the one that has waited longest. */
function insertBySize(waiting: Waiting[], added: Waiting): void {
  const place = waiting.findLastIndex(({ sizeBytes }) => sizeBytes < added.sizeBytes);
  waiting.splice(place + 1, 0, added);
}
