/** What `tardis ls` asks of the engine, and what it gets back. Data only. */
import type { BackupSet } from "./backup-set.ts";
import type { FileName, FilePath } from "./byte-string.ts";
import type { PastVersion } from "./history.ts";
import type { ContentId, DirectoryId } from "./ids.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import type { RestorePath } from "./restore-options.ts";

/** What an entry was in a run of sets. */
export type EntryState = {
  /** Where it was: another than the entry's where it is followed through renames. */
  readonly path: FilePath;
  /** undefined: it was not there. */
  readonly version: PastVersion | undefined;
  /** Indexes of the first and the last of EntryHistory.sets in which it was so. */
  readonly from: number;
  readonly to: number;
};

export type EntryHistory = {
  readonly path: FilePath;
  readonly name: FileName;
  /** The sets that tell whether it was there, oldest first. */
  readonly sets: readonly BackupSet[];
  /** Oldest first, the first of them not gone. Never empty. */
  readonly states: readonly EntryState[];
};

/** What is told together. */
export type ListGroup = {
  /** The folder whose entries these are; undefined: the entries were named themselves. */
  readonly folder: FilePath | undefined;
  readonly entries: readonly EntryHistory[];
  /** Deltas of each content, where these were asked for. */
  readonly chainLengths: ReadonlyMap<ContentId, number>;
  /** Entries of each directory at its newest state, where these were asked for. */
  readonly entryCounts: ReadonlyMap<DirectoryId, number>;
};

export type ListOptions = {
  readonly repository: RepositoryOptions;
  readonly wanted: ListWanted;
  /** A:B in names of sets, or one set; undefined: all. */
  readonly setRange: string | undefined;
  /** Sets started in it; undefined at an end: open. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly details: readonly ("chain-lengths" | "entry-counts")[];
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** paths: what they name. names: everything ever called so, wherever it was. */
export type ListWanted =
  | {
      readonly kind: "paths";
      readonly paths: readonly ListPath[];
      readonly folders: "contents" | "themselves" | "recurse";
      /** Levels to go down from a path with "recurse". */
      readonly depthMax: number;
      readonly hidden: "show" | "leave-out";
      readonly renames: "follow" | "ignore";
    }
  | { readonly kind: "names"; readonly pattern: string };

/** glob: the names in it are patterns, as losslessText. */
export type ListPath = RestorePath & { readonly form: "literal" | "glob" };

export type ListOutcome = {
  /** Those looked at, oldest first. */
  readonly sets: readonly BackupSet[];
  /** In words, with what to do: one of the paths is in no set. */
  readonly missing: readonly { readonly message: string; readonly hint: string }[];
  readonly entries: number;
};
