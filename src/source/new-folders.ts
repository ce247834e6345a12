/** Makes the directories of a restore, and gives them their names (staging.ts). */
import type { FilePath } from "../core/byte-string.ts";
import type { FileStat } from "../core/entry.ts";
import type { OverwritePolicy } from "../core/restore-options.ts";
import type { DisplacedEntries } from "./displaced-entries.ts";
import { ERRNO, errno, libc } from "./libc.ts";
import { lookIn } from "./look-in.ts";
import { NativeMemory } from "./native-memory.ts";
import {
  type Location,
  NAME_BYTES_MAX,
  type OpenDirectories,
  namePointer,
} from "./open-directories.ts";
import { SourceFailed, failureOf } from "./problem.ts";
import { renameToNew } from "./rename.ts";
import { type FolderState, type StagingMark, stagedName } from "./staging.ts";

export type NewFolderSettings = {
  readonly existing: OverwritePolicy;
  /** As mkdir(2) takes it. */
  readonly mode: number;
  /** undefined: each has its name from the start. */
  readonly staging: StagingMark | undefined;
  /** Keeps what is replaced; undefined: it is removed. */
  readonly displaced: DisplacedEntries | undefined;
};

const stagedMemory = new NativeMemory(2 * NAME_BYTES_MAX);

/** `above`: what is known of the directory it is made in. `name`: when it gets its own. */
export type FolderMaking = { readonly above: FolderState; readonly name: "now" | "later" };

export class NewFolders {
  readonly #directories: OpenDirectories;
  readonly #settings: NewFolderSettings;

  constructor(directories: OpenDirectories, settings: NewFolderSettings) {
    this.#directories = directories;
    this.#settings = settings;
  }

  /**
   * Makes the directory at `path`, unless it is there. What else has its name is removed only where
   * the policy is to overwrite always. Throws SourceFailed.
   */
  make(path: FilePath, { above, name }: FolderMaking): FolderState {
    const location = this.#directories.locate(path);
    const found = above === "any" ? this.#find(location, path) : undefined;
    if (found?.kind === "directory") return "any";
    if (found !== undefined) {
      if (this.#settings.existing !== "always") {
        throw new SourceFailed(path, `a ${found.kind} is in its place`, "EEXIST");
      }
      this.#remove(location, path);
    }
    const staged = name === "later" ? this.#makeStaged(location, path) : undefined;
    return staged ?? this.#makeNamed(location, path);
  }

  /** Gives a staged one its name. Throws SourceFailed; it then stays under the other. */
  name(path: FilePath, staging: StagingMark): void {
    const { directory, name } = this.#directories.locate(path);
    const other = stagedName(staging, name);
    const from = stagedMemory.writeText(other, 0);
    if (renameToNew(directory.descriptor, from, namePointer(name, path)) === 0) return;
    const { reason, code } = failureOf(path);
    throw new SourceFailed(path, `stays ${other}, which it was restored under: ${reason}`, code);
  }

  /** Maybe another of the paths to be restored led here before. */
  #find(location: Location, path: FilePath): FileStat | undefined {
    const { directory, name } = location;
    const { staging } = this.#settings;
    const found = lookIn(location, path);
    if (found !== undefined || staging === undefined) return found;
    return lookIn({ directory, name: stagedName(staging, name) }, path);
  }

  /** undefined: the file system takes no name of that length. */
  #makeStaged({ directory, name }: Location, path: FilePath): FolderState | undefined {
    const { staging, mode } = this.#settings;
    if (staging === undefined) return undefined;
    const pointer = stagedMemory.writeText(stagedName(staging, name), 0);
    if (libc.mkdirat(directory.descriptor, pointer, mode) === 0) return "staged";
    const number = errno();
    if (number === ERRNO.nameTooLong) return undefined;
    throw failureOf(path, number);
  }

  #makeNamed({ directory, name }: Location, path: FilePath): FolderState {
    const pointer = namePointer(name, path);
    if (libc.mkdirat(directory.descriptor, pointer, this.#settings.mode) === 0) return "new";
    throw failureOf(path);
  }

  #remove({ directory, name }: Location, path: FilePath): void {
    const { displaced } = this.#settings;
    if (displaced !== undefined) displaced.keep(path, "place");
    else if (libc.unlinkat(directory.descriptor, namePointer(name, path), 0) < 0) {
      throw failureOf(path);
    }
  }
}
