/**
 * Successive states of the same folder, each backed up by every tool before the next one is laid:
 * what history costs in room and time.
 */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureReleases } from "../data/releases.ts";
import { ensureSqliteStates } from "../data/sqlite.ts";
import { run as runHelper } from "../shell.ts";
import { takingPart } from "../tools/tool.ts";
import { measureRuns } from "./runs.ts";
import { initialise, pickFile, Repositories, warmUp, type Case, type CaseContext } from "./case.ts";

/** Every release of every package has one. */
const COMMON_FILE = "package.json";

export const releasesCase: Case = {
  name: "releases",
  title: "Ten releases of six packages",
  when: "always",
  tools: "all",
  tables: [
    { title: "All backups together", steps: "round", growth: "shown" },
    { title: "Restore of the newest release", steps: "restore" },
    { title: "All versions of one file listed", steps: "versions" },
  ],
  async measure(context) {
    const releases = await ensureReleases(context.folders, context.scale);
    return measureStates(context, releases, layFolder);
  },
};

export const sqliteCase: Case = {
  name: "sqlite",
  title: "A database with 1 % of its rows changed, four times",
  when: "always",
  tools: "all",
  tables: [
    { title: "All backups together", steps: "round", growth: "shown" },
    { title: "Restore of the newest state", steps: "restore" },
  ],
  async measure(context) {
    const states = await ensureSqliteStates(context.folders, context.scale);
    return measureStates(context, states, layDatabase);
  },
};

type Lay = (state: string, source: string) => Promise<void>;

async function measureStates(
  context: CaseContext,
  states: readonly string[],
  lay: Lay,
): Promise<string> {
  const source = join(context.folders.work, "source");
  await measureRuns(context, async (run) => {
    rmSync(source, { recursive: true, force: true });
    mkdirSync(source, { recursive: true });
    await measureRun({ context, states, lay, source, run });
  });
  return source;
}

interface StatesRun {
  readonly context: CaseContext;
  readonly states: readonly string[];
  readonly lay: Lay;
  readonly source: string;
  readonly run: number;
}

async function measureRun({ context, states, lay, source, run }: StatesRun): Promise<void> {
  const { folders, recorder } = context;
  const tools = takingPart(context.tools, run);
  const repositories = new Repositories({ work: folders.work, source, history: "kept", run });
  for (const tool of tools) await initialise(tool, repositories.job(tool, 0));
  for (const [round, state] of states.entries()) {
    await lay(state, source);
    await warmUp(source);
    for (const tool of tools) {
      const job = repositories.job(tool, round);
      await recorder.time(tool.name, `round ${round}`, { run, commands: tool.backup(job) });
      recorder.size(tool.name, `round ${round}`, { run, folder: job.repository });
    }
  }
  for (const tool of tools) {
    const restore = repositories.restore(tool, states.length - 1);
    await recorder.time(tool.name, "restore", { run, commands: tool.restore(restore) });
    await recorder.verify(tool, restore);
  }
  const file = pickFile(source, COMMON_FILE);
  if (file === undefined) return;
  for (const tool of tools) {
    const commands = tool.versions?.(repositories.job(tool, states.length - 1), file);
    if (commands !== undefined) await recorder.time(tool.name, "versions", { run, commands });
  }
}

/** As an upgrade does: the old files go, new ones come, with new inodes and times. */
async function layFolder(state: string, source: string): Promise<void> {
  await runHelper(["find", source, "-mindepth", "1", "-delete"]);
  await runHelper(["cp", "-a", `${state}/.`, source]);
}

/** As a database changes: the file keeps its inode. */
async function layDatabase(state: string, source: string): Promise<void> {
  await runHelper(["cp", "--preserve=mode,timestamps", state, join(source, "mail.sqlite")]);
}
