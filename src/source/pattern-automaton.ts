/**
 * Patterns, matched while walking: a state is which patterns have come how far on the way to a
 * directory. States are made when they are first reached and shared from then on, so that a
 * directory costs one look-up, and a name one set of globs for each run of patterns with the same
 * verdict. The last pattern that matches decides.
 */
import type { FileName } from "../core/byte-string.ts";
import { losslessText } from "../core/lossless-text.ts";
import { type Glob, GlobSet, parseGlob } from "./glob.ts";
import type { Pattern } from "./pattern.ts";

export type Verdict = Pattern["verdict"];

/** Pattern `pattern` has its steps before `step` behind it. */
type Position = { readonly pattern: number; readonly step: number };

/** Patterns with the same verdict that may match here. */
type Run = {
  readonly verdict: Verdict;
  readonly directories: GlobSet;
  /** undefined: all of them are for directories. */
  readonly others: GlobSet | undefined;
};

const EVERY_NAME = parseGlob("*");

export class PatternAutomaton {
  readonly #patterns: readonly Pattern[];
  readonly #states = new Map<string, PatternState>();

  constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
  }

  /** In the directory that the patterns begin in. */
  start(): PatternState {
    return this.stateOf(this.#patterns.map((_, pattern) => ({ pattern, step: 0 })));
  }

  pattern(index: number): Pattern {
    return this.#patterns[index] as Pattern;
  }

  stateOf(positions: readonly Position[]): PatternState {
    const closed = this.#withSkippedDepths(positions);
    const key = closed.map(({ pattern, step }) => `${pattern}.${step}`).join(" ");
    let state = this.#states.get(key);
    if (state === undefined) {
      state = new PatternState(this, closed);
      this.#states.set(key, state);
    }
    return state;
  }

  /** "any-depth" may be no directory at all: the step behind it is possible, too. */
  #withSkippedDepths(positions: readonly Position[]): readonly Position[] {
    const closed = new Map<string, Position>();
    for (const position of positions) {
      const { pattern, step } = position;
      closed.set(`${pattern}.${step}`, position);
      const { steps } = this.pattern(pattern);
      if (steps[step] === "any-depth" && step + 1 < steps.length)
        closed.set(`${pattern}.${step + 1}`, { pattern, step: step + 1 });
    }
    return [...closed.values()].toSorted((a, b) => a.pattern - b.pattern || a.step - b.step);
  }
}

export class PatternState {
  readonly #automaton: PatternAutomaton;
  readonly #runs: readonly Run[];
  /** Positions that every directory keeps. */
  readonly #lasting: readonly Position[];
  /** Positions that a directory with a matching name brings one step on. */
  readonly #advancing: readonly { readonly name: GlobSet; readonly next: Position }[];
  #lastingState: PatternState | undefined;

  constructor(automaton: PatternAutomaton, positions: readonly Position[]) {
    this.#automaton = automaton;
    this.#runs = runsOf(automaton, positions);
    const stepAt = ({ pattern, step }: Position) => automaton.pattern(pattern).steps[step];
    this.#lasting = positions.filter((position) => stepAt(position) === "any-depth");
    this.#advancing = positions.flatMap((position) => {
      const step = stepAt(position);
      const next = { pattern: position.pattern, step: position.step + 1 };
      if (step === undefined || step === "any-depth" || stepAt(next) === undefined) return [];
      return [{ name: new GlobSet([step]), next }];
    });
  }

  /** Whether a name here can match. */
  get decides(): boolean {
    return this.#runs.length > 0;
  }

  /** Whether a name here or anywhere below can match. */
  get isAlive(): boolean {
    return this.decides || this.#lasting.length > 0 || this.#advancing.length > 0;
  }

  /** `text` is losslessText of the name. undefined: no pattern matches. */
  verdict(text: string, kind: "directory" | "other"): Verdict | undefined {
    for (let index = this.#runs.length - 1; index >= 0; index -= 1) {
      const run = this.#runs[index] as Run;
      const globs = kind === "directory" ? run.directories : run.others;
      if (globs?.test(text) === true) return run.verdict;
    }
    return undefined;
  }

  /** In the directory `name`. */
  enter(name: FileName): PatternState {
    if (this.#advancing.length > 0) {
      const text = losslessText(name);
      const advanced = this.#advancing.filter((position) => position.name.test(text));
      if (advanced.length > 0)
        return this.#automaton.stateOf([...this.#lasting, ...advanced.map(({ next }) => next)]);
    }
    this.#lastingState ??= this.#automaton.stateOf(this.#lasting);
    return this.#lastingState;
  }
}

type Ending = { readonly glob: Glob; readonly pattern: Pattern };

function runsOf(automaton: PatternAutomaton, positions: readonly Position[]): readonly Run[] {
  const runs: Ending[][] = [];
  for (const position of positions) {
    const pattern = automaton.pattern(position.pattern);
    const step = pattern.steps[position.step];
    if (step === undefined || position.step !== pattern.steps.length - 1) continue;
    const ending = { glob: step === "any-depth" ? EVERY_NAME : step, pattern };
    const run = runs.at(-1);
    if (run?.[0]?.pattern.verdict === pattern.verdict) run.push(ending);
    else runs.push([ending]);
  }
  return runs.map(compileRun);
}

function compileRun(endings: readonly Ending[]): Run {
  const globs = endings.map(({ glob }) => glob);
  const globsOfAll = endings
    .filter(({ pattern }) => pattern.kinds === "all")
    .map(({ glob }) => glob);
  return {
    verdict: (endings[0] as Ending).pattern.verdict,
    directories: new GlobSet(globs),
    others: globsOfAll.length === 0 ? undefined : new GlobSet(globsOfAll),
  };
}
