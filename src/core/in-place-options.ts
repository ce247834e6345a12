/** What `tardis regen --in-place` and `--undo` ask of the engine, and what they get. Data only. */
import type { BackupSet } from "./backup-set.ts";
import type { ChangePlan } from "./change-plan.ts";
import type { ExitCode } from "./errors.ts";
import type { ProblemList } from "./progress.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import type { OwnersPolicy, RestoreCounts, RestorePath } from "./restore-options.ts";
import type { OneSetChoice } from "./set-choice.ts";

export type InPlaceOptions = {
  readonly repository: RepositoryOptions;
  readonly set: OneSetChoice;
  /** Not empty. */
  readonly paths: readonly RestorePath[];
  /** What is on the disk below the paths, and not in the set. */
  readonly extras: "delete" | "leave";
  readonly owners: Exclude<OwnersPolicy, "none">;
  /** dry-run: nothing but the plan. */
  readonly mode: "restore" | "dry-run";
  /** Where records are kept for undoing; text. */
  readonly undoFolder: string;
  /** Called with the plan before anything is done. */
  readonly onPlan: (plan: ChangePlan, set: BackupSet) => void;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

export type InPlaceOutcome = {
  readonly set: BackupSet;
  readonly plan: ChangePlan;
  readonly counts: RestoreCounts;
  /** For people: the folders in which what was replaced is kept. */
  readonly keptIn: readonly string[];
  readonly durationMs: number;
  readonly problems: ProblemList;
  readonly exitCode: ExitCode;
};

export type UndoOptions = {
  readonly undoFolder: string;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

export type UndoOutcome = {
  /** Entries that are as they were again: brought back, and taken away. */
  readonly brought: number;
  readonly removed: number;
  readonly durationMs: number;
  readonly problems: ProblemList;
  readonly exitCode: ExitCode;
};
