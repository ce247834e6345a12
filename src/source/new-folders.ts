/** Makes the directories of a restore, and gives them their names (staging.ts). */
import type { FilePath } from "../core/byte-string.ts";
import type { FileStat } from "../core/entry.ts";
import type { OverwritePolicy } from "../core/restore-options.ts";
import type { DisplacedEntries } from "./displaced-entries.ts";
import { ERRNO, errno, libc } from "./libc.ts";
import { lookIn } from "./look-in.ts";
import type { Birth } from "./metadata.ts";
import { NativeMemory } from "./native-memory.ts";
import {
  type Location,
  NAME_BYTES_MAX,
  type OpenDirectories,
  type OpenDirectory,
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

/** By the name it has now. */
type Made = { readonly state: FolderState; readonly location: Location };

/** Whoever restores must be able to put something into it. */
const OWNER_BITS = 0o700;

const stagedMemory = new NativeMemory(2 * NAME_BYTES_MAX);

export type FolderMaking = {
  /** What is known of the directory it is made in. */
  readonly above: FolderState;
  /** When it gets its own. */
  readonly name: "now" | "later";
  /** What it may be from the start; undefined: that is set later. */
  readonly birth: Birth | undefined;
};

/** `isBorn`: it is what its birth says, and none of that has to be set. */
export type NewFolder = { readonly state: FolderState; readonly isBorn: boolean };

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
  make(path: FilePath, { above, name, birth }: FolderMaking): NewFolder {
    const location = this.#directories.locate(path);
    const found = above === "any" ? this.#find(location, path) : undefined;
    if (found?.kind === "directory") return { state: "any", isBorn: false };
    if (found !== undefined) {
      if (this.#settings.existing !== "always") {
        throw new SourceFailed(path, `a ${found.kind} is in its place`, "EEXIST");
      }
      this.#remove(location, path);
    }
    const usable = isUsable(birth, location.directory) ? birth : undefined;
    const mode = usable?.mode ?? this.#settings.mode;
    const made =
      (name === "later" ? this.#makeStaged(location, path, mode) : undefined) ??
      this.#makeNamed(location, path, mode);
    const isBorn = usable !== undefined && isAs(usable, made.location, path);
    return { state: made.state, isBorn };
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
  #makeStaged({ directory, name }: Location, path: FilePath, mode: number): Made | undefined {
    const { staging } = this.#settings;
    if (staging === undefined) return undefined;
    const other = stagedName(staging, name);
    const pointer = stagedMemory.writeText(other, 0);
    if (libc.mkdirat(directory.descriptor, pointer, mode) === 0) {
      return { state: "staged", location: { directory, name: other } };
    }
    const number = errno();
    if (number === ERRNO.nameTooLong) return undefined;
    throw failureOf(path, number);
  }

  #makeNamed(location: Location, path: FilePath, mode: number): Made {
    const pointer = namePointer(location.name, path);
    if (libc.mkdirat(location.directory.descriptor, pointer, mode) < 0) throw failureOf(path);
    return { state: "new", location };
  }

  #remove({ directory, name }: Location, path: FilePath): void {
    const { displaced } = this.#settings;
    if (displaced !== undefined) displaced.keep(path, "place");
    else if (libc.unlinkat(directory.descriptor, namePointer(name, path), 0) < 0) {
      throw failureOf(path);
    }
  }
}

/** What it inherits would have to be removed again. */
function isUsable(birth: Birth | undefined, above: OpenDirectory): birth is Birth {
  return (
    birth !== undefined && !above.hasDefaultAccessList && (birth.mode & OWNER_BITS) === OWNER_BITS
  );
}

/** The umask has a say, and a folder above that gives its group away. */
function isAs({ uid, gid, mode }: Birth, location: Location, path: FilePath): boolean {
  const found = lookIn(location, path);
  return found?.uid === uid && found.gid === gid && found.permissions === mode;
}
