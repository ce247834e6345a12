/**
 * How long answers about the history take: `tardis ls` of one path and `--find` of a name, whole
 * processes, over a generated catalog of a million paths in a thousand sets (data/catalog.ts).
 *
 *     bun bench/history.ts [--runs N] [--quick]
 *
 * Ends with 1 when an answer is wrong or later than the limit it is held to.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { CLIENT, NAME, PATH, ensureCatalog } from "./data/catalog.ts";
import { benchFolders } from "./folders.ts";
import { say } from "./shell.ts";
import { median } from "./statistics.ts";

const TARDIS = join(import.meta.dir, "..", "dist", "tardis");
const RUNS = 7;

type Question = {
  readonly what: string;
  readonly args: readonly string[];
  /** undefined: only shown. */
  readonly limitMs: number | undefined;
  /** Somewhere in the answer. */
  readonly expected: string;
};

const QUESTIONS: readonly Question[] = [
  {
    what: "ls of one path, all versions",
    args: ["ls", PATH],
    limitMs: 100,
    expected: "Daily-",
  },
  {
    what: "ls of one path, long, chains",
    args: ["ls", "-lcL", PATH],
    limitMs: 100,
    expected: "-rw-r--r--",
  },
  {
    what: "ls of a folder, names only",
    args: ["ls", "-V", "none", "/folder-7"],
    limitMs: 100,
    expected: NAME,
  },
  {
    what: "find of a whole name",
    args: ["ls", "--find", NAME],
    limitMs: 1000,
    expected: PATH,
  },
  {
    what: "find of a part of names",
    args: ["ls", "--find", "*report-14?.t*", "--dates", "2020-10-01:"],
    limitMs: 1000,
    expected: PATH,
  },
  {
    what: "find of what is not there",
    args: ["ls", "--find", "*nowhere*"],
    limitMs: 1000,
    expected: "",
  },
  {
    what: "find of a name that many have",
    args: ["ls", "--find", "common-7.txt", "-V", "none"],
    limitMs: undefined,
    expected: "common-7.txt",
  },
];

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { runs: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  const scale = values.quick ? "quick" : "full";
  const base = await ensureCatalog(benchFolders(scale), scale);
  say(`${base}: ${Bun.file(join(base, CLIENT, "tardis.db")).size} bytes of catalog`);
  const runs = Number(values.runs ?? RUNS);
  let failures = 0;
  for (const question of QUESTIONS) {
    const wallMs = median(Array.from({ length: runs }, () => ask(question, base)));
    const { what, limitMs } = question;
    const isLate = limitMs !== undefined && wallMs > limitMs;
    if (isLate) failures += 1;
    const limit = limitMs === undefined ? "" : `  (at most ${limitMs} ms)`;
    process.stdout.write(`${wallMs.toFixed(0).padStart(6)} ms  ${what}${limit}\n`);
  }
  return failures === 0 ? 0 : 1;
}

function ask({ args, expected }: Question, base: string): number {
  const startedMs = performance.now();
  const { stdout, stderr } = Bun.spawnSync([TARDIS, ...args, "-D", base, "-C", CLIENT]);
  const wallMs = performance.now() - startedMs;
  if (stdout.toString().includes(expected)) return wallMs;
  throw new Error(`tardis ${args.join(" ")} did not answer ${expected}: ${stderr.toString()}`);
}

process.exitCode = await main(Bun.argv.slice(2));
