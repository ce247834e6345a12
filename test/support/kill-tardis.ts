/**
 * Kills the program at random moments of first and later backups, and looks what is left each time:
 * it can be read, what was complete is whole, the next run completes, and everything restores.
 */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ChangingTree } from "./changing-tree.ts";
import { type TreeState, differences, stateOf } from "./compare-tree.ts";
import { Random } from "./random.ts";
import { Workspace } from "./run-tardis.ts";

const FILES = 30;
const CHANGES = 15;
/** Runs into one repository before another is begun. */
const RUNS = 6;

export type KillOutcome = {
  readonly kills: number;
  /** Kills that came after the run had ended by itself. */
  readonly late: number;
};

/** Throws at the first thing that is wrong; `tell` hears of every round. */
export async function killOften(
  kills: number,
  seed: number,
  tell: (text: string) => void,
): Promise<KillOutcome> {
  const random = new Random(seed);
  let done = 0;
  let late = 0;
  while (done < kills) {
    using scene = new Scene(random.below(2 ** 30));
    for (let run = 0; run < RUNS && done < kills; run += 1) {
      for (let deaths = random.between(1, 4); deaths > 0 && done < kills; deaths -= 1) {
        const isLate = await scene.runAndDie(random);
        done += 1;
        late += Number(isLate);
        scene.expectWhole();
        tell(`kill ${done} of ${kills}, run ${run + 1}: whole`);
      }
      scene.complete();
    }
    scene.expectEverything();
  }
  return { kills: done, late };
}

class Scene implements Disposable {
  readonly #space = new Workspace();
  readonly #tree: ChangingTree;
  /** What each complete set must bring back. */
  readonly #states = new Map<number, TreeState>();
  /** A run that is not killed takes about this long. */
  #durationMs = 1000;

  constructor(seed: number) {
    this.#tree = new ChangingTree(this.#space.source, seed, FILES);
  }

  /** Whether it had ended before it was killed. */
  async runAndDie(random: Random): Promise<boolean> {
    const space = this.#space;
    this.#tree.change(CHANGES);
    const backup = space.start(["backup", "-R", space.base, space.source]);
    // Any moment will do: that is the point.
    await Promise.race([Bun.sleep(random.below(this.#durationMs)), backup.exited]);
    backup.kill("SIGKILL");
    await backup.exited;
    return backup.signalCode === null;
  }

  /** What a reader finds now, before any writer has mended it. */
  expectWhole(): void {
    const { exitCode, stdout } = this.#space.run([
      "admin",
      "list",
      "-R",
      this.#space.base,
      "--json",
    ]);
    const hasNothing = exitCode === 10 && this.#states.size === 0;
    if (hasNothing) return;
    expectEqual("exit code of admin list", exitCode, 0);
    for (const { number, state } of (JSON.parse(stdout) as { sets: ListedSet[] }).sets) {
      // One that was complete when the kill came has the tree as it is now.
      if (state === "complete" && !this.#states.has(number))
        this.#states.set(number, stateOf(this.#space.source));
    }
    const last = Math.max(...this.#states.keys());
    if (Number.isFinite(last)) this.#expectSet(last, this.#space);
  }

  complete(): void {
    const startedMs = performance.now();
    const { set, problems } = this.#space.backup();
    this.#durationMs = performance.now() - startedMs;
    expectEqual("problems", problems.total, 0);
    this.#states.set(set.number, stateOf(this.#space.source));
    this.#expectSet(set.number, this.#space);
  }

  /** Every set restores, from what the journal alone tells of it. */
  expectEverything(): void {
    const { base, repository } = this.#space;
    const copy = this.#space.join("copy");
    cpSync(repository, copy, { recursive: true });
    for (const file of ["tardis.db", "tardis.db.sum"]) rmSync(join(copy, file), { force: true });
    this.#space.base = copy;
    for (const set of this.#states.keys()) this.#expectSet(set, this.#space);
    this.#space.base = base;
    rmSync(copy, { recursive: true });
  }

  [Symbol.dispose](): void {
    this.#space[Symbol.dispose]();
  }

  #expectSet(set: number, space: Workspace): void {
    const state = this.#states.get(set) ?? new Map();
    const restored = space.regen(["--backup", String(set)]);
    const found = differences(state, stateOf(restored));
    rmSync(restored, { recursive: true });
    if (found.length > 0) throw new Error(`set ${set} differs: ${found.join("; ")}`);
  }
}

type ListedSet = { readonly number: number; readonly state: string };

function expectEqual(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${what}: ${found} instead of ${wanted}`);
}
