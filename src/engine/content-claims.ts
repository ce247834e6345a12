/**
 * Contents on their way into the repository. Two files with the same new content may be read at the
 * same time: the first to ask stores it, the second waits until it is there.
 */
import type { ContentId } from "../core/ids.ts";
import type { BackupSession } from "../core/repository.ts";

export class ContentClaims {
  readonly #session: BackupSession;
  readonly #claims = new Map<ContentId, Promise<void>>();

  /** What workers have claimed themselves and store. Never fail; who stores tells. */
  readonly #storing = new Set<Promise<void>>();

  constructor(session: BackupSession) {
    this.#session = session;
  }

  /** `work` stores what a worker claims by the table that all workers share. */
  async storing<T>(work: () => Promise<T>): Promise<T> {
    const ended = Promise.withResolvers<void>();
    this.#storing.add(ended.promise);
    try {
      return await work();
    } finally {
      this.#storing.delete(ended.promise);
      ended.resolve();
    }
  }

  /** Whether all of `contents` are stored, if need be when what is being stored now has ended. */
  async areStored(contents: readonly ContentId[]): Promise<boolean> {
    if (await this.#haveAll(contents)) return true;
    await Promise.all(this.#storing);
    return await this.#haveAll(contents);
  }

  async #haveAll(contents: readonly ContentId[]): Promise<boolean> {
    if (contents.length === 0) return true;
    return !(await this.#session.missing(contents)).includes(true);
  }

  /**
   * Which of `contents` the caller has to store, and when the others are there. The caller must
   * store its own, or others wait for ever.
   */
  async claim(contents: readonly ContentId[]): Promise<Claim> {
    const distinct = [...new Set(contents)];
    const missing = await this.#session.missing(distinct);
    const absent = distinct.filter((_content, index) => missing[index] === true);
    // No await between looking at the claims and adding to them.
    const wanted = absent.filter((content) => !this.#claims.has(content));
    const others = absent.flatMap((content) => this.#claims.get(content) ?? []);
    const stored = Promise.withResolvers<void>();
    stored.promise.catch(() => undefined); // who waits for it sees the error; maybe nobody does
    for (const content of wanted) this.#claims.set(content, stored.promise);
    const all = Promise.all(others);
    all.catch(() => undefined); // the same: its own may fail before it waits for them
    return {
      wanted,
      others: all,
      store: async (work) => {
        try {
          const result = await work();
          stored.resolve();
          return result;
        } catch (error) {
          stored.reject(error);
          throw error;
        } finally {
          for (const content of wanted) this.#claims.delete(content);
        }
      },
    };
  }
}

export type Claim = {
  readonly wanted: readonly ContentId[];
  /** Resolves when those that others store are stored. */
  readonly others: Promise<unknown>;
  /** Tells those who wait how `work`, which stores the wanted ones, has ended. Once. */
  readonly store: <T>(work: () => Promise<T>) => Promise<T>;
};
