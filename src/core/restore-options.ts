/** What `tardis regen` asks of the engine, and what it gets back. Data only. */
import type { BackupSet } from "./backup-set.ts";
import type { FilePath } from "./byte-string.ts";
import type { ChangePlan } from "./change-plan.ts";
import type { ExitCode } from "./errors.ts";
import type { ContentId } from "./ids.ts";
import type { ProblemList } from "./progress.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import type { SetChoice } from "./set-choice.ts";

/** An entry to restore. */
export type RestorePath = {
  /** As named, made absolute. */
  readonly path: FilePath;
  /** Looked for, in this order, when `path` is not there: with today's symlinks followed, say. */
  readonly others: readonly FilePath[];
};

/**
 * folder: each path goes below `path` under its last name; one single file becomes `path` itself
 * where that is no directory. stream: one file's bytes; anything else is a UsageError.
 */
export type RestoreOutput =
  | { readonly kind: "folder"; readonly path: FilePath }
  | { readonly kind: "stream"; readonly write: (piece: Uint8Array) => Promise<void> };

/** What becomes of a file that is there already: newer: replaced if the backup's is newer. */
export type OverwritePolicy = "always" | "newer" | "older" | "never";

/**
 * Of a file whose content is not what was stored, what could be recovered is kept under its name,
 * kept under that name with DAMAGED_SUFFIX, or not kept.
 */
export type DamagedPolicy = "keep" | "rename" | "delete";

export const DAMAGED_SUFFIX = ".damaged";

export type OwnersPolicy = "by-name" | "by-id" | "none";

export type RestoreAttributes = {
  readonly times: "set" | "leave";
  readonly permissions: "set" | "leave";
  readonly extendedAttributes: "set" | "leave";
  readonly accessLists: "set" | "leave";
  readonly owners: OwnersPolicy;
};

/** Lists are not empty. names: those that contents had last, or their own ids. */
export type RestoreWanted =
  | { readonly kind: "paths"; readonly paths: readonly RestorePath[] }
  | {
      readonly kind: "contents";
      readonly contents: readonly ContentId[];
      readonly names: "recover" | "checksum";
    };

export type RestoreOptions = {
  readonly repository: RepositoryOptions;
  /** Of paths. */
  readonly set: SetChoice;
  readonly wanted: RestoreWanted;
  readonly output: RestoreOutput;
  readonly existing: OverwritePolicy;
  readonly attributes: RestoreAttributes;
  readonly hardLinks: "link" | "copy";
  readonly directories: "recurse" | "only";
  /** dry-run: nothing is written; the outcome has the plan. */
  readonly mode: "restore" | "dry-run";
  /** Of an encrypted repository. "off": seals are not looked at. Contents always are checked. */
  readonly authentication?: "on" | "off" | undefined;
  /** What becomes of a file that is damaged; undefined: delete. */
  readonly damaged?: DamagedPolicy | undefined;
  /** Aborted: stop at the next safe point and throw Interrupted. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

export type RestoreCounts = {
  readonly files: number;
  readonly directories: number;
  readonly others: number;
  /** Plaintext bytes written. */
  readonly bytes: number;
  /** Entries left as they were because of the overwrite policy. */
  readonly kept: number;
};

export const NOTHING_RESTORED: RestoreCounts = {
  files: 0,
  directories: 0,
  others: 0,
  bytes: 0,
  kept: 0,
};

export type RestoreOutcome = {
  /** Those that something was taken from, in the order in which they were named. Not empty. */
  readonly sets: readonly BackupSet[];
  /** Of a dry run. */
  readonly plan: ChangePlan | undefined;
  readonly counts: RestoreCounts;
  readonly durationMs: number;
  readonly problems: ProblemList;
  readonly exitCode: ExitCode;
};
