/** The first error of several jobs that run at once: kept until somebody waits for them all. */

export class FirstFailure {
  #error: Error | undefined;

  get isKnown(): boolean {
    return this.#error !== undefined;
  }

  note(error: unknown): void {
    this.#error ??= error instanceof Error ? error : new Error("a job failed", { cause: error });
  }

  /** Throws what was noted first, if anything was. */
  rethrow(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}
