/** The entries a run could not save or restore whole: told at once, listed up to a bound. */
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

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  get total(): number {
    return this.#total;
  }

  get list(): ProblemList {
    return { listed: this.#listed, total: this.#total };
  }

  add(problem: Problem): void {
    this.#total += 1;
    if (this.#listed.length < PROBLEMS_LISTED_MAX) this.#listed.push(problem);
    this.#reporter.problem(problem);
  }
}
