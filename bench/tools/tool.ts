/**
 * A backup program as the benchmark drives it: only command lines, so that what is measured is what
 * a person would type.
 */

import type { Command } from "../measure.ts";

/** One folder backed up repeatedly into one repository. */
export interface Job {
  /** Absolute; its path stays the same from one backup to the next. */
  readonly source: string;
  /**
   * A folder that exists, is empty at first, and becomes or holds the repository. Its size is what
   * is reported.
   */
  readonly repository: string;
  /**
   * A folder for the caches a tool keeps outside its repository; fresh for each repository, not
   * part of its size.
   */
  readonly cache: string;
  /** Counts the backups into this repository, from 0. */
  readonly round: number;
  /**
   * Whether the states of earlier rounds have to stay restorable, for tools that only mirror unless
   * told.
   */
  readonly history: "kept" | "none";
}

export interface Restore extends Job {
  /** A folder that exists and is empty. */
  readonly out: string;
}

/** Those of `tools` that take part in run number `run`, counted from 0. */
export function takingPart(tools: readonly Tool[], run: number): readonly Tool[] {
  return tools.filter(({ runsMax }) => runsMax === undefined || run < runsMax);
}

export interface Tool {
  readonly name: string;
  /** What a reader has to know to compare its figures: compression, encryption, what it keeps. */
  readonly settings: string;
  /** Those that take minutes take part in the first runs only; undefined: in all. */
  readonly runsMax?: number;
  /** Prints the version; a program that is not installed fails to start. */
  readonly version: Command;
  /** Not measured: making the repository, where a tool needs that. */
  init(job: Job): readonly Command[];
  backup(job: Job): readonly Command[];
  /** The newest state of the whole source. */
  restore(restore: Restore): readonly Command[];
  /** Where below `out` the source's own folder is after `restore`. */
  restoredAt(restore: Restore): string;
  /** One file of the newest state, by its whole path; undefined: it cannot. */
  readonly one?: {
    restore(restore: Restore, file: string): readonly Command[];
    restoredAt(restore: Restore, file: string): string;
  };
  /** Shows every state of one file in all backups; undefined: it cannot. */
  versions?(job: Job, file: string): readonly Command[];
}
