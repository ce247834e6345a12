/** Which entries are backed up, as the user said it. source/select.ts carries it out. */
import type { ByteString, FileName, FilePath } from "./byte-string.ts";

/** Patterns from one place, not parsed yet. docs/patterns.md tells what they mean. */
export type PatternText = {
  /** For messages: a file's name or an option's. */
  readonly origin: string;
  /** file: one pattern a line, with comments. option: one pattern, as it is. */
  readonly form: "file" | "option";
  readonly text: ByteString;
  /** What a pattern that begins with "./" is relative to. */
  readonly base: FilePath;
};

/** Files with these names, in any directory, say what is left out of it. */
export type SelectionFileNames = {
  /** Patterns for this directory and all below it. */
  readonly excludes: FileName;
  /** Patterns for this directory only. */
  readonly localExcludes: FileName;
  /** Its presence leaves out all of this directory but the directory itself. */
  readonly skip: FileName;
};

export type SelectionOptions = {
  /** Weaker than the files in directories: the system's list. */
  readonly globalPatterns: readonly PatternText[];
  /** Stronger than any file: the command line's. In the order given; the last match wins. */
  readonly patterns: readonly PatternText[];
  /** Directories left out whole, as are; not patterns. */
  readonly excludedDirectories: readonly FilePath[];
  readonly fileNames: SelectionFileNames;
  /** "ignore": the names CVS ignores, and those in .cvsignore files. */
  readonly cvs: "keep" | "ignore";
  /** "skip": of a directory with a CACHEDIR.TAG only that file. */
  readonly caches: "keep" | "skip";
};

const DEFAULT_FILE_NAMES: SelectionFileNames = {
  excludes: ".tardis-excludes" as FileName,
  localExcludes: ".tardis-local-excludes" as FileName,
  skip: ".tardis-skip" as FileName,
};

/** Everything is wanted but what the default files in directories say. */
export const DEFAULT_SELECTION: SelectionOptions = {
  globalPatterns: [],
  patterns: [],
  excludedDirectories: [],
  fileNames: DEFAULT_FILE_NAMES,
  cvs: "keep",
  caches: "keep",
};
