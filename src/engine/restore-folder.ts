/**
 * A directory that is being restored. Its times and permissions are set when everything below it
 * is there, since each file written changes them: so it counts what is still to come. Only the
 * directories that are not finished are in memory.
 */
import type { FilePath } from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";

export class RestoreFolder {
  /** Below the output. */
  readonly path: FilePath;
  /** undefined: not in the backup, or nothing of it is to be set. */
  readonly version: Version | undefined;
  /** It was made by this restore: nothing else is in it. */
  readonly isNew: boolean;
  readonly #parent: RestoreFolder | undefined;
  readonly #onDone: (folder: RestoreFolder) => void;
  /** One for the walk that is still in it, one for each thing below. */
  #expected = 1;

  constructor(
    place: Pick<RestoreFolder, "path" | "version" | "isNew">,
    parent: RestoreFolder | undefined,
    onDone: (folder: RestoreFolder) => void,
  ) {
    this.path = place.path;
    this.version = place.version;
    this.isNew = place.isNew;
    this.#parent = parent;
    this.#onDone = onDone;
    parent?.expect();
  }

  /** One more thing is to be restored in it. */
  expect(): void {
    this.#expected += 1;
  }

  /** A thing that was expected is there, or will never be. */
  settle(): void {
    this.#expected -= 1;
    if (this.#expected > 0) return;
    this.#onDone(this);
    this.#parent?.settle();
  }
}
