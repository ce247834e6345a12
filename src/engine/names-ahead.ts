/**
 * Pages of names, read before they are asked for: while a thread makes a key of a password, the
 * catalog can be read already.
 */
import type { NamePage } from "../core/history.ts";
import type { NameId } from "../core/ids.ts";

/** Half a million names: some 20 MB where they are encrypted. */
const PAGES_MAX = 64;

export class NamesAhead {
  readonly #read: (after: NameId | undefined) => NamePage;
  readonly #pages: NamePage[] = [];
  /** What the first of them comes after. */
  #after: NameId | undefined;
  #goesOn = true;

  constructor(read: (after: NameId | undefined) => NamePage) {
    this.#read = read;
  }

  /** Until `end` is settled, however that is, or all are read, or as many as there may be. */
  async fill(end: Promise<unknown>): Promise<void> {
    const stop = (): void => {
      this.#goesOn = false;
    };
    end.then(stop, stop);
    let last: NameId | undefined;
    while (this.#goesOn && this.#pages.length < PAGES_MAX) {
      const page = this.#read(last);
      if (page.ids.length === 0) return;
      this.#pages.push(page);
      last = page.ids.at(-1);
      await nextTurn();
    }
  }

  /** undefined: that was not read ahead, or was taken already. */
  take(after: NameId | undefined): NamePage | undefined {
    if (after !== this.#after) return undefined;
    const page = this.#pages.shift();
    this.#after = page?.ids.at(-1) ?? this.#after;
    return page;
  }
}

/** When everything else that waits has had its turn, also what comes from other threads. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
