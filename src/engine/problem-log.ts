/** The entries a run could not save or restore whole: told at once, listed up to a bound. */
import type { FilePath } from "../core/byte-string.ts";
import {
  PROBLEMS_LISTED_MAX,
  type Problem,
  type ProblemList,
  type Reporter,
} from "../core/progress.ts";

export class ProblemLog {
  readonly #reporter: Reporter;
  readonly #listed: Problem[] = [];
  #total = 0;
  #lastPath: FilePath | undefined;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** Entries, not problems: a file may have lost its owner and its times. */
  get total(): number {
    return this.#total;
  }

  get list(): ProblemList {
    return { listed: this.#listed, total: this.#total };
  }

  /** Problems of one entry come one after the other. */
  add(problem: Problem): void {
    if (problem.path !== this.#lastPath) this.#total += 1;
    this.#lastPath = problem.path;
    if (this.#listed.length < PROBLEMS_LISTED_MAX) this.#listed.push(problem);
    this.#reporter.problem(problem);
  }
}
