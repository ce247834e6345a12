/**
 * Kills restores in place, and undoings of them, at random moments, and looks what is left each
 * time: every file is as it was or as it is to be, whole; what was begun can be undone, and then
 * the tree is the same to the last bit; or be run again, and then the tree is that of the set.
 */
import { ChangingTree } from "./changing-tree.ts";
import { type TreeState, differences, stateOf } from "./compare-tree.ts";
import type { KillOutcome } from "./kill-tardis.ts";
import { Random } from "./random.ts";
import { Workspace } from "./run-tardis.ts";

const FILES = 60;
const CHANGES = 40;
const NOTHING_TO_UNDO = 2;
/** What a process that was killed leaves of what it had not finished. */
const TEMPORARY = /(?:^|\/)\.tardis-[^/]*$/;

/** Throws at the first thing that is wrong; `tell` hears of every round. */
export async function killInPlace(
  kills: number,
  seed: number,
  tell: (text: string) => void,
): Promise<KillOutcome> {
  const random = new Random(seed);
  const scene = new Scene(random);
  let late = 0;
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      late += Number(await scene.restoreAndDie());
      if (random.below(2) === 0) scene.completeAndCheck();
      if (random.below(3) === 0) await scene.undoAndDie();
      scene.undoAndCheck();
      tell(`kill ${kill} of ${kills}: whole`);
    }
  } finally {
    scene[Symbol.dispose]();
  }
  return { kills, late };
}

class Scene implements Disposable {
  readonly #space = new Workspace();
  readonly #random: Random;
  readonly #tree: ChangingTree;
  readonly #saved: TreeState;
  #before: TreeState;
  /** A run that is not killed takes about this long. */
  #durationMs = 400;

  constructor(random: Random) {
    this.#random = random;
    const { source } = this.#space;
    this.#tree = new ChangingTree(source, random.below(2 ** 30), FILES);
    this.#space.backup();
    this.#saved = stateOf(source);
    this.#before = this.#saved;
  }

  /** Whether it had ended before it was killed. */
  async restoreAndDie(): Promise<boolean> {
    this.#tree.change(CHANGES);
    this.#before = stateOf(this.#space.source);
    const isLate = await this.#startAndKill(this.#restoring());
    this.#expectWholeFiles(stateOf(this.#space.source));
    return isLate;
  }

  completeAndCheck(): void {
    const startedMs = performance.now();
    this.#space.expectExit(this.#restoring());
    this.#durationMs = performance.now() - startedMs;
    const now = withoutTemporaries(stateOf(this.#space.source));
    // What was killed has touched the folders that it left something in.
    expectSame("after a restore", this.#saved, now, ["mtimeNs of folders"]);
  }

  async undoAndDie(): Promise<void> {
    await this.#startAndKill(["regen", "--undo"]);
  }

  /** All that was restored since the tree changed. */
  undoAndCheck(): void {
    for (;;) {
      const { exitCode, stderr, stdout } = this.#space.run(["regen", "--undo"]);
      if (exitCode === NOTHING_TO_UNDO) break;
      if (exitCode !== 0) throw new Error(`undo ended with ${exitCode}: ${stderr}${stdout}`);
    }
    expectSame("after an undoing", this.#before, stateOf(this.#space.source), []);
  }

  [Symbol.dispose](): void {
    this.#space[Symbol.dispose]();
  }

  #restoring(): readonly string[] {
    const { base, source } = this.#space;
    return ["regen", "--in-place", "--delete", "-R", base, source];
  }

  async #startAndKill(args: readonly string[]): Promise<boolean> {
    const running = this.#space.start(args);
    // Any moment will do: that is the point.
    await Promise.race([Bun.sleep(this.#random.below(this.#durationMs)), running.exited]);
    running.kill("SIGKILL");
    await running.exited;
    return running.signalCode === null;
  }

  /** Each is as it was, or as it is to be; and gone only where one of the two says so. */
  #expectWholeFiles(now: TreeState): void {
    for (const path of new Set([...now.keys(), ...this.#before.keys(), ...this.#saved.keys()])) {
      const found = now.get(path);
      if (TEMPORARY.test(path) || found?.["kind"] === "directory") continue;
      const choices = [this.#before.get(path), this.#saved.get(path)];
      const isOne = choices.some(
        (choice) => JSON.stringify(alone(choice)) === JSON.stringify(alone(found)),
      );
      // A folder that is replaced goes as a whole, whatever is in it.
      const isReplaced = choices.some((choice) => choice?.["kind"] === "directory");
      if (!isOne && !isReplaced) throw new Error(`${path} is neither old nor new`);
    }
  }
}

/** Without what other files have to do with it: they may be old yet, or new already. */
function alone(state: Readonly<Record<string, string>> | undefined) {
  return state === undefined ? undefined : { ...state, sameAs: "" };
}

function withoutTemporaries(state: TreeState): TreeState {
  return new Map([...state].filter(([path]) => !TEMPORARY.test(path)));
}

function expectSame(
  when: string,
  wanted: TreeState,
  found: TreeState,
  except: readonly ["mtimeNs of folders"] | readonly [],
): void {
  const plain = (state: TreeState): TreeState =>
    except.length === 0
      ? state
      : new Map(
          [...state].map(([path, entry]) => [
            path,
            entry["kind"] === "directory" ? { ...entry, mtimeNs: "" } : entry,
          ]),
        );
  const differing = differences(plain(wanted), plain(found));
  if (differing.length > 0) throw new Error(`${when}: ${differing.join("; ")}`);
}
