/** A case: data, and the steps every tool goes through with it. */

import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Folders, Scale } from "../folders.ts";
import { run } from "../shell.ts";
import type { Job, Restore, Tool } from "../tools/tool.ts";
import type { Recorder } from "./recorder.ts";

/** A file smaller than this says little about restoring one. */
const PICKED_BYTES = 10_000;

export interface CaseContext {
  readonly folders: Folders;
  readonly scale: Scale;
  readonly tools: readonly Tool[];
  readonly runs: number;
  readonly recorder: Recorder;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  /** Cases that take long are measured only when named. */
  readonly when: "always" | "named";
  /** Tools that take part unless others are named. */
  readonly tools: "all" | "tardis";
  readonly tables: readonly TableView[];
  /** Makes the data, measures, and returns the folder that was backed up, for its size. */
  measure(context: CaseContext): Promise<string>;
}

/** One table of the report. */
export interface TableView {
  readonly title: string;
  /**
   * Steps whose names begin so are added up; sizes recorded under such names are shown too, the
   * last of them.
   */
  readonly steps: string;
  /** A column with the ratio to this step's yardstick, beside the one to restic. */
  readonly yardstick?: string;
  /** Whether a second table shows the repository after each of the steps. */
  readonly growth?: "shown";
}

/** Where the run of that number has them, and what is restored from them. */
export function repositoriesOf(work: string, number: number): string {
  return join(work, `repositories-${number}`);
}

/**
 * Fresh repositories, one per tool. They and what is restored from them stay until all is measured,
 * if there is room (runs.ts): for minutes after many files were removed ext4 is slow to make new
 * ones.
 */
export class Repositories {
  readonly #root: string;
  readonly #source: string;
  readonly #history: Job["history"];

  constructor(options: {
    readonly work: string;
    readonly source: string;
    readonly history: Job["history"];
    readonly run: number;
  }) {
    this.#root = repositoriesOf(options.work, options.run);
    this.#source = options.source;
    this.#history = options.history;
    rmSync(this.#root, { recursive: true, force: true });
  }

  job(tool: Tool, round: number): Job {
    const folder = join(this.#root, tool.name);
    const job = {
      source: this.#source,
      repository: join(folder, "repository"),
      cache: join(folder, "cache"),
      round,
      history: this.#history,
    };
    mkdirSync(job.repository, { recursive: true });
    mkdirSync(job.cache, { recursive: true });
    return job;
  }

  /** `folder`: for what is restored. */
  restore(tool: Tool, round: number, folder = "restored"): Restore {
    const out = join(this.#root, tool.name, folder);
    mkdirSync(out, { recursive: true });
    return { ...this.job(tool, round), out };
  }
}

/** The first file, in the order of names, called so or, without a name, of some size. */
export function pickFile(folder: string, name?: string): string | undefined {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isWanted =
      name === undefined
        ? entry.isFile() && statSync(path).size > PICKED_BYTES
        : entry.name === name;
    if (entry.isFile() && isWanted) return path;
    const below = entry.isDirectory() ? pickFile(path, name) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

/** Not measured: what a tool needs before its first backup. */
export async function initialise(tool: Tool, job: Job): Promise<void> {
  for (const { argv, env } of tool.init(job)) {
    await run([
      "env",
      ...Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`),
      ...argv,
    ]);
  }
}

/** Reads everything once, so that every tool finds the same warm page cache. */
export async function warmUp(folder: string): Promise<void> {
  await run(["sh", "-c", 'tar -cf - -C "$1" . | cat > /dev/null', "warm-up", folder]);
}
