/** Reads all that a repository holds, and throws what of it cannot be restored. */
import { RepositoryCorrupt } from "../core/errors.ts";
import { type BackupSetId, type ContentId, type DirectoryId, ROOT_DIRECTORY } from "../core/ids.ts";
import type { Version } from "../core/entry.ts";
import type { Repository } from "../core/repository.ts";
import type { Regenerator } from "./regenerate.ts";

export class EverythingReader {
  readonly #repository: Repository;
  readonly #regenerator: Regenerator;
  /** Throws to end it. */
  readonly #expectNotStopped: () => void;
  readonly #read = new Set<ContentId>();

  constructor(repository: Repository, regenerator: Regenerator, expectNotStopped: () => void) {
    this.#repository = repository;
    this.#regenerator = regenerator;
    this.#expectNotStopped = expectNotStopped;
  }

  /** Contents that were read; each once. */
  get contentCount(): number {
    return this.#read.size;
  }

  async readSet(set: BackupSetId): Promise<void> {
    const places: DirectoryId[] = [ROOT_DIRECTORY];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      this.#expectNotStopped();
      const [entries = []] = await this.#repository.directories(set, [place]);
      await this.#readContents(entries);
      for (const { child } of entries) if (child !== undefined) places.push(child);
    }
  }

  async #readContents(entries: readonly Version[]): Promise<void> {
    const named = entries.flatMap(({ content, attributes }) => [content, attributes]);
    const wanted = named.filter((id) => id !== undefined && !this.#read.has(id)) as ContentId[];
    const chains = await this.#repository.chains(wanted);
    for (const [index, content] of wanted.entries()) {
      const chain = chains[index];
      if (chain === undefined) throw new RepositoryCorrupt(content, "it is missing");
      this.#read.add(content);
      for (const _piece of this.#regenerator.pieces(chain)) this.#expectNotStopped();
    }
  }
}
