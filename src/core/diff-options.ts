/** What `tardis diff` asks of the engine, and what it gets back. Data only. */
import type { FilePath } from "./byte-string.ts";
import type { FileKind, Owner } from "./entry.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import type { RestorePath } from "./restore-options.ts";
import type { OneSetChoice } from "./set-choice.ts";

/** What is compared of an entry. */
export type DiffEntry = {
  readonly kind: FileKind;
  readonly permissions: number;
  readonly owner: Owner;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly deviceNumber: number;
};

/** One thing that is said of an entry, before and after. */
export type MetadataChange = {
  /** "mode", "user", "group", "mtime" (nanoseconds), "holes", "attribute user.comment". */
  readonly field: string;
  readonly old: string;
  readonly new: string;
};

/**
 * renamed: and possibly changed, too. changed: other contents, and possibly other metadata.
 * metadata: nothing but that. retyped: another kind of thing.
 */
export type DiffStatus = "added" | "removed" | "changed" | "retyped" | "metadata" | "renamed";

export type DiffChange = {
  readonly status: DiffStatus;
  /** Where it is now; of what was removed, where it was. */
  readonly path: FilePath;
  /** Another than `path` where it was renamed. */
  readonly oldPath: FilePath;
  /** undefined: it was added. */
  readonly old: DiffEntry | undefined;
  /** undefined: it was removed. */
  readonly new: DiffEntry | undefined;
  readonly content: "same" | "changed";
  readonly metadata: readonly MetadataChange[];
};

/** Both sides of a file that changed. undefined: it is too large to be compared here. */
export type DiffContents = { readonly old: Uint8Array; readonly new: Uint8Array };

export type DiffOptions = {
  readonly repository: RepositoryOptions;
  readonly old: OneSetChoice;
  readonly new: OneSetChoice | { readonly kind: "disk" };
  /** Not empty. */
  readonly paths: readonly RestorePath[];
  readonly folders: "recurse" | "only";
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** Called for each change, by path; contents() reads them when it is called. */
export type ShowChange = (
  change: DiffChange,
  contents: () => Promise<DiffContents | undefined>,
) => Promise<void>;

export type DiffOutcome = {
  readonly changes: number;
  /** Entries of the disk that could not be read, each of which was told. */
  readonly problems: number;
  /** For people: what was compared. */
  readonly oldName: string;
  readonly newName: string;
};
