/**
 * Which entries of a directory are backed up. Pure: what it needs to know of a directory is given.
 *
 * Lists of patterns are asked from the strongest to the weakest, and the first that knows the name
 * decides: the command line's, then the files in the directories from this one up to the root, then
 * the system's list, then CVS'. Within a list the last match decides. docs/patterns.md.
 */
import { type FileName, type FilePath, ROOT_PATH, namesOf } from "../core/byte-string.ts";
import type { UsageError } from "../core/errors.ts";
import { losslessText } from "../core/lossless-text.ts";
import type { PatternText, SelectionOptions } from "../core/selection-options.ts";
import {
  CACHE_TAG,
  CVS_IGNORE_FILE,
  cvsPatternText,
  isCacheTag,
  patternText,
} from "./ignore-files.ts";
import { type Pattern, directoryPattern, parsePatterns } from "./pattern.ts";
import { PatternAutomaton, type PatternState } from "./pattern-automaton.ts";

/** A directory, as far as selection looks into it. */
export type DirectoryFiles = {
  has(name: FileName): boolean;
  /** Reads a small regular file; undefined: it is none, or unreadable. */
  readFile(name: FileName): Uint8Array | undefined;
};

/** Which names of a directory are wanted. */
export type EntryFilter = { wants(name: FileName, isDirectory: boolean): boolean };

export type DirectorySelection = EntryFilter & {
  /** false: every entry here is wanted, and wants() need not be asked. */
  readonly needsNames: boolean;
  /** The selection itself where it needs names, else undefined. */
  readonly filter: EntryFilter | undefined;
  /**
   * The selection in the directory `path`, called `name` here. "skip": the directory itself is
   * kept, but nothing in it.
   */
  enter(name: FileName, path: FilePath, directory: DirectoryFiles): DirectorySelection | "skip";
};

export class SelectionRules {
  /** The only names that enter() may look for among a directory's. */
  readonly markers: readonly FileName[];
  readonly options: SelectionOptions;
  readonly onBadPattern: (error: UsageError) => void;
  readonly #top: Layers;

  /**
   * Throws UsageError for a bad pattern in `options`. One in a file of a directory goes to
   * `onBadPattern`; when that returns, the rest of the file still counts. It throws by default.
   */
  constructor(options: SelectionOptions, onBadPattern: (error: UsageError) => void = fail) {
    this.options = options;
    this.onBadPattern = onBadPattern;
    const { excludes, localExcludes, skip } = options.fileNames;
    this.markers = [excludes, localExcludes, skip];
    if (options.cvs === "ignore") this.markers = [...this.markers, CVS_IGNORE_FILE];
    if (options.caches === "skip") this.markers = [...this.markers, CACHE_TAG];
    this.#top = {
      strong: startOf([
        ...options.patterns.flatMap((text) => parsePatterns(text, "tree", fail)),
        ...options.excludedDirectories.map(directoryPattern),
      ]),
      directories: [],
      weak: startOf(options.globalPatterns.flatMap((text) => parsePatterns(text, "tree", fail))),
      cvs: options.cvs === "ignore" ? this.cvsNames(undefined) : undefined,
    };
  }

  /**
   * The selection in `root`. What leads to a root is always wanted, and so is the root itself,
   * whatever patterns say; files in the directories above it are not asked.
   */
  forRoot(root: FilePath, directory: DirectoryFiles): DirectorySelection | "skip" {
    const names = namesOf(root);
    let layers = this.#top;
    for (const name of names.slice(0, -1)) layers = descend(layers, name);
    const above = new SelectionHere(this, layers, []);
    return above.enter(names.at(-1) ?? ("" as FileName), root, directory);
  }

  /** The names CVS ignores where there is this .cvsignore file. */
  cvsNames(file: PatternText | undefined): PatternState {
    return startOf(parsePatterns(cvsPatternText(file), "directory", this.onBadPattern));
  }
}

/** What is in force in a directory and goes on below it, from strongest to weakest. */
type Layers = {
  readonly strong: PatternState;
  /** Of the files in directories, the deepest first. */
  readonly directories: readonly PatternState[];
  readonly weak: PatternState;
  readonly cvs: PatternState | undefined;
};

class SelectionHere implements DirectorySelection {
  readonly needsNames: boolean;
  readonly #rules: SelectionRules;
  readonly #layers: Layers;
  /** All that can decide here, from strongest to weakest. */
  readonly #deciding: readonly PatternState[];
  readonly #hasLocal: boolean;

  constructor(rules: SelectionRules, layers: Layers, local: readonly PatternState[]) {
    this.#rules = rules;
    this.#layers = layers;
    this.#hasLocal = local.length > 0;
    const { strong, directories, weak, cvs } = layers;
    const all = [strong, ...local, ...directories, weak, ...(cvs === undefined ? [] : [cvs])];
    this.#deciding = all.filter((state) => state.decides);
    this.needsNames = this.#deciding.length > 0;
  }

  get filter(): EntryFilter | undefined {
    return this.needsNames ? this : undefined;
  }

  wants(name: FileName, isDirectory: boolean): boolean {
    if (!this.needsNames) return true;
    const text = losslessText(name);
    const kind = isDirectory ? "directory" : "other";
    for (const state of this.#deciding) {
      const verdict = state.verdict(text, kind);
      if (verdict !== undefined) return verdict === "include";
    }
    return true;
  }

  enter(name: FileName, path: FilePath, directory: DirectoryFiles): DirectorySelection | "skip" {
    const { fileNames, caches, cvs } = this.#rules.options;
    if (directory.has(fileNames.skip)) return "skip";
    if (caches === "skip" && directory.has(CACHE_TAG) && isCacheTag(directory.readFile(CACHE_TAG)))
      return ONLY_CACHE_TAG;
    const below = path === ROOT_PATH ? this.#layers : descend(this.#layers, name);
    const patternsOf = (file: FileName) =>
      directory.has(file) ? patternText(path, file, directory.readFile(file)) : undefined;
    const excludes = patternsOf(fileNames.excludes);
    const localExcludes = patternsOf(fileNames.localExcludes);
    const cvsIgnore = cvs === "ignore" ? patternsOf(CVS_IGNORE_FILE) : undefined;
    if (excludes === undefined && localExcludes === undefined && cvsIgnore === undefined)
      return below === this.#layers && !this.#hasLocal
        ? this
        : new SelectionHere(this.#rules, below, []);
    return this.#withFiles(below, { excludes, localExcludes, cvsIgnore });
  }

  #withFiles(below: Layers, files: IgnoreFiles): DirectorySelection {
    const rules = this.#rules;
    const { excludes, localExcludes, cvsIgnore } = files;
    const stateOf = (text: PatternText) =>
      startOf(parsePatterns(text, "directory", rules.onBadPattern));
    const directories =
      excludes === undefined ? below.directories : [stateOf(excludes), ...below.directories];
    const local = localExcludes === undefined ? [] : [stateOf(localExcludes)];
    const layers = { ...below, directories };
    if (cvsIgnore === undefined) return new SelectionHere(rules, layers, local);
    // A .cvsignore file counts in its own directory only: what lies below goes on without it.
    const here = { ...layers, cvs: rules.cvsNames(cvsIgnore) };
    return new SelectionWithOwnNames(
      new SelectionHere(rules, here, local),
      new SelectionHere(rules, layers, local),
    );
  }
}

type IgnoreFiles = {
  readonly excludes: PatternText | undefined;
  readonly localExcludes: PatternText | undefined;
  readonly cvsIgnore: PatternText | undefined;
};

/** Decides as one selection does and goes on as another does. */
class SelectionWithOwnNames implements DirectorySelection {
  readonly needsNames: boolean;
  readonly #here: DirectorySelection;
  readonly #below: DirectorySelection;

  constructor(here: DirectorySelection, below: DirectorySelection) {
    this.needsNames = here.needsNames;
    this.#here = here;
    this.#below = below;
  }

  get filter(): EntryFilter | undefined {
    return this.#here.filter;
  }

  wants(name: FileName, isDirectory: boolean): boolean {
    return this.#here.wants(name, isDirectory);
  }

  enter(name: FileName, path: FilePath, directory: DirectoryFiles): DirectorySelection | "skip" {
    return this.#below.enter(name, path, directory);
  }
}

/** In a cache directory: its tag, so that it is one again when restored, and nothing else. */
const ONLY_CACHE_TAG: DirectorySelection = {
  needsNames: true,
  filter: { wants: (name) => name === CACHE_TAG },
  wants: (name) => name === CACHE_TAG,
  enter: () => "skip",
};

function startOf(patterns: readonly Pattern[]): PatternState {
  return new PatternAutomaton(patterns).start();
}

/** The same object where nothing changes, so that a selection can be used again. */
function descend(layers: Layers, name: FileName): Layers {
  const strong = layers.strong.enter(name);
  const weak = layers.weak.enter(name);
  const entered = layers.directories.map((state) => state.enter(name));
  const isSame =
    strong === layers.strong &&
    weak === layers.weak &&
    entered.every((state, index) => state === layers.directories[index]);
  if (isSame) return layers;
  return { ...layers, strong, weak, directories: entered.filter((state) => state.isAlive) };
}

function fail(error: UsageError): never {
  throw error;
}
