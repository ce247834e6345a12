/** What `tardis backup` asks of the engine, and what it gets back. Data only. */
import type { BackupCounts, BackupSet, SetSchedule } from "./backup-set.ts";
import type { FilePath } from "./byte-string.ts";
import type { ExitCode } from "./errors.ts";
import type { ProblemList } from "./progress.ts";
import type { DeltaPolicy } from "./repository.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import type { SelectionOptions } from "./selection-options.ts";

export type BackupRoot = {
  /** Exists, and no part of it but the last is a symlink. */
  readonly path: FilePath;
  /** Where it is in the set: the same, unless --basepath says otherwise. */
  readonly recordedAs: FilePath;
};

export type WalkOptions = {
  /** "one": a directory on another file system than its root is kept, empty. */
  readonly fileSystems: "one" | "all";
  /** Levels below a root; 0: only the root itself. undefined: all. */
  readonly depthMax: number | undefined;
  /** "leave-out": what may not be read is no problem and not in the set. */
  readonly unreadable: "report" | "leave-out";
  readonly extendedAttributes: "save" | "leave-out";
  readonly accessLists: "save" | "leave-out";
};

/** "by-amount": fast, but for the little that a later run adds. */
export type Compression =
  | { readonly algorithm: "none" }
  | { readonly algorithm: "zstd"; readonly level: number | "by-amount" };

export type DataOptions = {
  readonly compression: Compression;
  /** A file smaller than this need not be tried on its own; it still shares a parcel. */
  readonly compressSizeBytesMin: number;
  /** Lower case, without the dot: files so named are stored as they are. */
  readonly uncompressedExtensions: ReadonlySet<string>;
  readonly delta: DeltaPolicy;
  /** A delta bigger than this, in percent of the compressed file, is not worth it. */
  readonly deltaPercentMax: number;
};

export type SetOptions = {
  readonly name: string | undefined;
  readonly schedule: SetSchedule;
  readonly priority: number | undefined;
  readonly tags: readonly string[];
  /** A tag that another set has: "move" takes it away from that one, "keep" is an error. */
  readonly takenTags: "move" | "keep";
};

export type BackupOptions = {
  readonly repository: RepositoryOptions;
  /** Not empty; none lies in another. */
  readonly roots: readonly BackupRoot[];
  readonly selection: SelectionOptions;
  readonly walk: WalkOptions;
  readonly data: DataOptions;
  readonly set: SetOptions;
  /** "force": take over from a holder that is dead. */
  readonly takeover: "never" | "force";
  /** "dry-run": says what would be saved; writes nothing anywhere. */
  readonly mode: "save" | "dry-run";
  readonly clientVersion: string;
  readonly commandLine: Uint8Array;
  /** The settings in force, as JSON, where --send-config is given. */
  readonly configuration: Uint8Array | undefined;
  /** Aborted: stop at the next safe point and throw Interrupted. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

export type BackupOutcome = {
  /** undefined after a dry run. */
  readonly set: BackupSet | undefined;
  /** "created": this was the first backup into a new repository. */
  readonly repository: "created" | "existing";
  readonly counts: BackupCounts;
  readonly durationMs: number;
  readonly problems: ProblemList;
  /** Contents stored before that were needed and are not what they were; each was told. */
  readonly damageCount: number;
  readonly exitCode: ExitCode;
};
