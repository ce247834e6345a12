/**
 * Contents on their way into the repository. Two files with the same new content may be read at the
 * same time: the first to ask stores it, the second waits until it is there.
 */
import type { ContentId } from "../core/ids.ts";
import type { BackupSession } from "../core/repository.ts";

export class ContentClaims {
  readonly #session: BackupSession;
  readonly #claims = new Map<ContentId, Promise<void>>();

  constructor(session: BackupSession) {
    this.#session = session;
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
