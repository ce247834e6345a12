/**
 * A directory that is being restored. It gets its name when the files directly in it are there, so
 * that none is ever seen half under it; its times and permissions are set when everything below it
 * is there, since each file written changes them. So it counts what is still to come. Only the
 * directories that are not finished are in memory.
 */
import type { FilePath } from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import type { FolderState } from "../source/staging.ts";

export type FolderEvents = {
  /** The files directly in it are there; it may get its name. Called for staged ones. */
  readonly onFiles: (folder: RestoreFolder) => void;
  /** Everything below it is there. */
  readonly onDone: (folder: RestoreFolder) => void;
};

/** Its parent expects it already. */
export class RestoreFolder {
  /** Below the output. */
  readonly path: FilePath;
  /** undefined: not in the backup, or nothing of it is to be set. */
  readonly version: Version | undefined;
  /** It has its owner and permissions already. */
  readonly isBorn: boolean;
  readonly #parent: RestoreFolder | undefined;
  readonly #events: FolderEvents;
  #state: FolderState;
  /** One for its listing that is to come, one for each thing below. */
  #expected = 1;
  /** Of those, the ones that its name waits for. */
  #expectedFiles = 1;

  constructor(
    place: Pick<RestoreFolder, "path" | "version" | "state" | "isBorn">,
    parent: RestoreFolder | undefined,
    events: FolderEvents,
  ) {
    this.path = place.path;
    this.version = place.version;
    this.isBorn = place.isBorn;
    this.#state = place.state;
    this.#parent = parent;
    this.#events = events;
  }

  get state(): FolderState {
    return this.#state;
  }

  /** It has its name now, or never will. */
  named(): void {
    this.#state = "any";
  }

  /** One more thing, a folder or a link, is to be restored in it; its name does not wait for it. */
  expect(): void {
    this.#expected += 1;
  }

  /** What expect() told of is there, or will never be. */
  settle(): void {
    this.#expected -= 1;
    if (this.#expected > 0) return;
    this.#events.onDone(this);
    this.#parent?.settle();
  }

  /** One more file is to be restored in it before it has its name. */
  expectFile(): void {
    this.#expectedFiles += 1;
    this.expect();
  }

  /** What expectFile() told of, or the listing, has been dealt with. */
  settleFile(): void {
    this.#expectedFiles -= 1;
    if (this.#expectedFiles === 0 && this.#state === "staged") this.#events.onFiles(this);
    this.settle();
  }
}
