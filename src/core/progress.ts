/** What the engine tells while it works. The command line draws it; tests collect it. */
import type { FilePath } from "./byte-string.ts";

/** Problems kept with their text in an outcome; those beyond are only counted. */
export const PROBLEMS_LISTED_MAX = 1000;

export type ProgressPhase = "scan" | "save" | "restore" | "finish";

/** Where a run is. All numbers since its start. */
export type Progress = {
  readonly phase: ProgressPhase;
  readonly directories: number;
  /** Files and all other entries that are no directories. */
  readonly files: number;
  /** Plaintext bytes of those files. */
  readonly bytes: number;
  /** Plaintext bytes that had to be read or, in a restore, written. */
  readonly bytesMoved: number;
  readonly problems: number;
  readonly path: FilePath | undefined;
  /** What `files` and `bytes` will be at the end, as far as is known: of the last set, say. */
  readonly expected: { readonly files: number; readonly bytes: number } | undefined;
};

/** One entry that could not be saved or restored whole. */
export type Problem = {
  readonly path: FilePath;
  /** What happened, in a few words, lower case: "permission denied". */
  readonly what: string;
};

export type ProblemList = {
  /** The first PROBLEMS_LISTED_MAX. */
  readonly listed: readonly Problem[];
  readonly total: number;
};

export const NO_PROBLEMS: ProblemList = { listed: [], total: 0 };

/** notice: always shown. detail: with -v. trace: with -vv. */
export type NoticeLevel = "notice" | "detail" | "trace";

/** One entry whose new version is in the set. */
export type SavedEntry = {
  readonly path: FilePath;
  /** Plaintext bytes; 0 of entries without content. */
  readonly sizeBytes: number;
  /** metadata: no content, or one that is stored already. */
  readonly storedAs: "full" | "delta" | "metadata";
};

/** Where events go. Calls are cheap and never throw; the engine may call progress() often. */
export interface Reporter {
  /** "saved": saved() wants every entry. Otherwise the engine need not call it. */
  readonly wants: "summary" | "saved";
  progress(progress: Progress): void;
  problem(problem: Problem): void;
  notice(level: NoticeLevel, text: string): void;
  saved(entry: SavedEntry): void;
}
