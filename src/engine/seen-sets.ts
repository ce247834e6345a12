/**
 * What this user has seen of an encrypted repository, outside of it. A whole repository that was
 * put back to an older state is authentic in itself: only who remembers a newer one can tell.
 */
import { join } from "node:path";
import type { BackupSet } from "../core/backup-set.ts";
import { RepositoryCorrupt, RepositoryRolledBack } from "../core/errors.ts";
import { TextFile } from "../store/text-file.ts";

type Seen = { readonly set: number; readonly name: string };

export class SeenSets {
  readonly #file: TextFile;

  /** `repository`: its id. */
  constructor(stateFolder: string, repository: string) {
    this.#file = new TextFile(join(stateFolder, `${repository}.json`));
  }

  /** Throws RepositoryRolledBack when a newer set than any of these was seen. */
  check(repositoryName: string, sets: readonly BackupSet[]): void {
    const seen = this.#read();
    if (seen === undefined || newestOf(sets) >= seen.set) return;
    const lost = `backup set ${seen.set} (${seen.name})`;
    throw new RepositoryRolledBack(repositoryName, { lost, memory: this.#file.path });
  }

  /** Writes only what is new. */
  remember(sets: readonly BackupSet[]): void {
    const newest = sets.findLast(({ state }) => state === "complete");
    if (newest === undefined || (this.#read()?.set ?? 0) >= newest.id) return;
    this.#file.write(`${JSON.stringify({ set: newest.id, name: newest.name })}\n`);
  }

  #read(): Seen | undefined {
    const text = this.#file.read();
    if (text === undefined) return undefined;
    try {
      const { set, name } = JSON.parse(text) as Partial<Seen>;
      if (typeof set === "number" && typeof name === "string") return { set, name };
    } catch (cause) {
      throw new RepositoryCorrupt(this.#file.path, "it is no JSON", cause);
    }
    throw new RepositoryCorrupt(this.#file.path, "it does not say which set was seen");
  }
}

/** Also of those that are not complete: numbers only grow. */
function newestOf(sets: readonly BackupSet[]): number {
  return sets.at(-1)?.id ?? 0;
}
