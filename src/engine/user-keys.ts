/**
 * A user's own file of keys, for several repositories. Who changes it holds a lock beside it: two
 * that are begun at the same time must not lose each other's keys.
 */
import { RepositoryCorrupt, reasonOf } from "../core/errors.ts";
import { type KeyRecord, encodeKeysFile, parseKeysFile } from "../format/keys-text.ts";
import { RepositoryLock } from "../store/lock.ts";
import { thisProcess } from "../store/process-identity.ts";
import { TextFile } from "../store/text-file.ts";

export class UserKeys {
  readonly #file: TextFile;
  readonly #now: () => number;

  constructor(path: string, now: () => number) {
    this.#file = new TextFile(path);
    this.#now = now;
  }

  get path(): string {
    return this.#file.path;
  }

  /** undefined: the file has none of that repository, or there is no file. */
  find(repository: string): KeyRecord | undefined {
    return this.#records().find((record) => record.repository === repository);
  }

  /** In the place of those of the same repository. Throws RepositoryLocked, StorageFailed. */
  put(record: KeyRecord): void {
    this.#file.makeFolder();
    const request = { identity: thisProcess(), command: "keys", now: this.#now } as const;
    using _lock = RepositoryLock.acquire(`${this.path}.lock`, { ...request, takeover: "refuse" });
    const others = this.#records().filter(({ repository }) => repository !== record.repository);
    this.#file.write(encodeKeysFile([...others, record]));
  }

  #records(): readonly KeyRecord[] {
    const text = this.#file.read();
    if (text === undefined) return [];
    try {
      return parseKeysFile(text);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new RepositoryCorrupt(this.path, reasonOf(cause), cause);
    }
  }
}
