/**
 * First backup of a large tree, the same again with nothing changed, the whole of it restored, and
 * one file of it.
 */

import { ensureTree } from "../data/tree.ts";
import { takingPart } from "../tools/tool.ts";
import { measureRuns } from "./runs.ts";
import { initialise, pickFile, Repositories, warmUp, type Case, type CaseContext } from "./case.ts";

/**
 * The least that finding out about every file costs: the yardstick for the backup in which nothing
 * has changed.
 */
const FIND_FORMAT = "%i %s %T@ %C@ %p\\n";
export const FIND = "find -printf";

export const treeCase: Case = {
  name: "tree",
  title: "A large tree",
  when: "always",
  tools: "all",
  tables: [
    { title: "First backup", steps: "first" },
    { title: "Backup with nothing changed", steps: "unchanged", yardstick: FIND },
    { title: "Restore of everything", steps: "restore" },
    { title: "Restore of one file", steps: "one file" },
  ],
  async measure(context) {
    const source = await ensureTree(context.folders, context.scale);
    await warmUp(source);
    await measureRuns(context, (run) => measureRun(context, source, run));
    return source;
  },
};

async function measureRun(
  { folders, tools: all, recorder }: CaseContext,
  source: string,
  run: number,
): Promise<void> {
  const tools = takingPart(all, run);
  const repositories = new Repositories({ work: folders.work, source, history: "none", run });
  for (const tool of tools) {
    const job = repositories.job(tool, 0);
    await initialise(tool, job);
    await recorder.time(tool.name, "first", { run, commands: tool.backup(job) });
    recorder.size(tool.name, "first", { run, folder: job.repository });
  }
  const find = { argv: ["find", source, "-printf", FIND_FORMAT], output: "discard" } as const;
  await recorder.time(FIND, "unchanged", { run, commands: [find] });
  for (const tool of tools) {
    const job = repositories.job(tool, 1);
    await recorder.time(tool.name, "unchanged", { run, commands: tool.backup(job) });
    recorder.size(tool.name, "unchanged", { run, folder: job.repository });
  }
  for (const tool of tools) {
    const restore = repositories.restore(tool, 1);
    await recorder.time(tool.name, "restore", { run, commands: tool.restore(restore) });
    await recorder.verify(tool, restore);
  }
  const file = pickFile(source);
  if (file === undefined) return;
  for (const tool of tools) {
    if (tool.one === undefined) continue;
    const restore = repositories.restore(tool, 1, "one");
    const commands = tool.one.restore(restore, file);
    await recorder.time(tool.name, "one file", { run, commands });
    await recorder.verifyFile(tool, tool.one.restoredAt(restore, file), file);
  }
}
