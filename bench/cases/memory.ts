/**
 * Whether memory stays put when the number of files, or the size of one, is far out of the
 * ordinary.
 */

import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ensureLarge, LARGE_FILE_NAME } from "../data/large.ts";
import { ensureMillion } from "../data/million.ts";
import { run as runHelper } from "../shell.ts";
import { measureRuns } from "./runs.ts";
import { initialise, Repositories, type Case, type CaseContext } from "./case.ts";

const CHANGED_BYTES = 1024 * 1024;
/** Where in the large file a piece is overwritten: not at a multiple of anything. */
const CHANGED_AT = 33_333_333;
const UNCHANGED = "unchanged";
const CHANGED = "1 MiB changed";

export const millionCase: Case = {
  name: "million",
  title: "A million small files",
  when: "named",
  tools: "tardis",
  tables: [
    { title: "First backup", steps: "first" },
    { title: "Backup with nothing changed", steps: UNCHANGED },
    { title: "Restore of everything", steps: "restore" },
  ],
  async measure(context) {
    const source = await ensureMillion(context.folders, context.scale);
    await measureRuns(context, (run) => measureRun(context, source, { run, second: UNCHANGED }));
    return source;
  },
};

export const largeCase: Case = {
  name: "large",
  title: "One file of 8 GiB",
  when: "named",
  tools: "tardis",
  tables: [
    { title: "First backup", steps: "first" },
    { title: "Backup after 1 MiB of it was overwritten", steps: CHANGED },
    { title: "Restore", steps: "restore" },
  ],
  async measure(context) {
    const made = await ensureLarge(context.folders, context.scale);
    const source = join(context.folders.work, "source");
    await measureRuns(context, async (run) => {
      // A copy, because a piece of it is overwritten.
      await runHelper(["rm", "-rf", source]);
      await runHelper(["mkdir", "-p", context.folders.work]);
      await runHelper(["cp", "-a", made, source]);
      const change = (): void => overwritePiece(join(source, LARGE_FILE_NAME), run);
      await measureRun(context, source, { run, second: CHANGED, change });
    });
    return source;
  },
};

interface MemoryRun {
  readonly run: number;
  /** Name of the second backup. */
  readonly second: string;
  /** What happens to the data before it. */
  readonly change?: () => void;
}

async function measureRun(
  context: CaseContext,
  source: string,
  { run, second, change }: MemoryRun,
): Promise<void> {
  const { folders, tools, recorder } = context;
  const repositories = new Repositories({ work: folders.work, source, history: "none", run });
  for (const tool of tools) {
    const job = repositories.job(tool, 0);
    await initialise(tool, job);
    await recorder.time(tool.name, "first", { run, commands: tool.backup(job) });
    recorder.size(tool.name, "first", { run, folder: job.repository });
  }
  change?.();
  for (const tool of tools) {
    const job = repositories.job(tool, 1);
    await recorder.time(tool.name, second, { run, commands: tool.backup(job) });
    recorder.size(tool.name, second, { run, folder: job.repository });
  }
  for (const tool of tools) {
    const restore = repositories.restore(tool, 1);
    await recorder.time(tool.name, "restore", { run, commands: tool.restore(restore) });
    await recorder.verify(tool, restore);
  }
}

function overwritePiece(path: string, seed: number): void {
  const file = openSync(path, "r+");
  try {
    writeSync(file, Buffer.alloc(CHANGED_BYTES, `changed ${seed} `), 0, CHANGED_BYTES, CHANGED_AT);
  } finally {
    closeSync(file);
  }
}
