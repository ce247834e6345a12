/** Every tool, tardis first, in the order they take turns. */

import { BenchFailure } from "../failure.ts";
import type { ToolUsed } from "../results.ts";
import { run } from "../shell.ts";
import { borg } from "./borg.ts";
import { bup } from "./bup.ts";
import { rdiffBackup } from "./rdiff-backup.ts";
import { restic } from "./restic.ts";
import { rsync } from "./rsync.ts";
import { encryptedTardis, tardis } from "./tardis.ts";
import type { Tool } from "./tool.ts";

const TOOLS: readonly Tool[] = [tardis, encryptedTardis, restic, borg, bup, rsync, rdiffBackup];

export interface ToolChoice {
  readonly tools: readonly Tool[];
  readonly used: readonly ToolUsed[];
  /** Names of those that are not installed. */
  readonly missing: readonly string[];
}

/** The named tools, or all, as far as they are installed. */
export async function chooseTools(names: readonly string[] | undefined): Promise<ToolChoice> {
  const wanted = names === undefined ? TOOLS : names.map(toolNamed);
  const tools: Tool[] = [];
  const used: ToolUsed[] = [];
  const missing: string[] = [];
  for (const tool of wanted) {
    const version = await installedVersion(tool);
    if (version === undefined) {
      missing.push(tool.name);
      continue;
    }
    tools.push(tool);
    used.push({ name: tool.name, version, settings: tool.settings });
  }
  return { tools, used, missing };
}

function toolNamed(name: string): Tool {
  const found = TOOLS.find((tool) => tool.name === name);
  if (found === undefined)
    throw new BenchFailure(
      `no tool is called ${name}; there are ${TOOLS.map((tool) => tool.name).join(", ")}`,
    );
  return found;
}

/** Undefined when the program is not there. */
async function installedVersion(tool: Tool): Promise<string | undefined> {
  const [program = ""] = tool.version.argv;
  if (Bun.which(program) === null) return undefined;
  const output = await run(tool.version.argv);
  return /\d+(?:\.\d+)+/.exec(output)?.[0] ?? output.trim();
}
