/**
 * How long answers about the history take: `tardis ls` of one path and `--find` of a name, whole
 * processes, over a generated catalog of a million paths in a thousand sets (data/catalog.ts), and
 * over the same encrypted, twice: as it is, and with the keys behind a password that costs little
 * to try, for what a password costs is meant to be so. They take turns within each run.
 *
 *     bun bench/history.ts [--runs N] [--quick]
 *
 * Ends with 1 when an answer is wrong or later than the limit it is held to.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CLIENT, NAME, PATH, ensureCatalog } from "./data/catalog.ts";
import {
  CHEAP_KEYS_FILE,
  PASSWORD_FILE,
  ensureEncryptedCatalog,
} from "./data/encrypted-catalog.ts";
import { type Scale, benchFolders } from "./folders.ts";
import { say } from "./shell.ts";
import { median } from "./statistics.ts";

const TARDIS = join(import.meta.dir, "..", "dist", "tardis");
const RUNS = 7;
const COLUMN = 16;

type Question = {
  readonly what: string;
  readonly args: readonly string[];
  /** undefined: only shown. */
  readonly limitMs: number | undefined;
  /** Whether the limit holds for what a password costs too. */
  readonly limited: "all" | "without-password";
  /** Somewhere in the answer. */
  readonly expected: string;
};

/** A repository, and how it is opened. */
type Repository = {
  readonly what: string;
  readonly args: readonly string[];
  readonly password: "none" | "cheap" | "as-it-is";
};

const QUESTIONS: readonly Question[] = [
  {
    what: "ls of one path, all versions",
    args: ["ls", PATH],
    limitMs: 100,
    limited: "without-password",
    expected: "Daily-",
  },
  {
    what: "ls of one path, long, chains",
    args: ["ls", "-lcL", PATH],
    limitMs: 100,
    limited: "without-password",
    expected: "-rw-r--r--",
  },
  {
    what: "ls of a folder, names only",
    args: ["ls", "-V", "none", "/folder-7"],
    limitMs: 100,
    limited: "without-password",
    expected: NAME,
  },
  {
    what: "find of a whole name",
    args: ["ls", "--find", NAME],
    limitMs: 1000,
    limited: "all",
    expected: PATH,
  },
  {
    what: "find of a part of names",
    args: ["ls", "--find", "*report-14?.t*", "--dates", "2020-10-01:"],
    limitMs: 1000,
    limited: "all",
    expected: PATH,
  },
  {
    what: "find of what is not there",
    args: ["ls", "--find", "*nowhere*"],
    limitMs: 1000,
    limited: "all",
    expected: "",
  },
  {
    what: "find of a name that many have",
    args: ["ls", "--find", "common-7.txt", "-V", "none"],
    limitMs: undefined,
    limited: "all",
    expected: "common-7.txt",
  },
];

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { runs: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  const repositories = await repositoriesOf(values.quick ? "quick" : "full");
  const runs = Number(values.runs ?? RUNS);
  const state = mkdtempSync(join(tmpdir(), "tardis-bench-"));
  let failures = 0;
  say(["", ...repositories.map(({ what }) => what.padStart(COLUMN))].join(""));
  for (const question of QUESTIONS) {
    const walls = repositories.map((): number[] => []);
    for (let run = 0; run < runs; run += 1)
      for (const [index, repository] of repositories.entries())
        walls[index]?.push(ask(question, repository, state));
    const cells = repositories.map((repository, index) => {
      const wallMs = median(walls[index] ?? []);
      const isLate = wallMs > limitOf(question, repository);
      if (isLate) failures += 1;
      return `${wallMs.toFixed(0)} ms${isLate ? "!" : " "}`.padStart(COLUMN);
    });
    const { what, limitMs } = question;
    const limit = limitMs === undefined ? "" : ` (at most ${limitMs} ms)`;
    process.stdout.write(`${cells.join("")} ${what}${limit}\n`);
  }
  rmSync(state, { recursive: true });
  return failures === 0 ? 0 : 1;
}

async function repositoriesOf(scale: Scale): Promise<readonly Repository[]> {
  const folders = benchFolders(scale);
  const plain = await ensureCatalog(folders, scale);
  const encrypted = await ensureEncryptedCatalog(folders, scale);
  for (const base of [plain, encrypted])
    say(`${base}: ${Bun.file(join(base, CLIENT, "tardis.db")).size} bytes of catalog`);
  const unlocked = ["-D", encrypted, "--password-file", join(encrypted, PASSWORD_FILE)];
  const cheap = ["--keys", join(encrypted, CHEAP_KEYS_FILE)];
  return [
    { what: "plain", args: ["-D", plain], password: "none" },
    { what: "encrypted", args: unlocked, password: "as-it-is" },
    { what: "cheap password", args: [...unlocked, ...cheap], password: "cheap" },
  ];
}

function limitOf({ limitMs = Infinity, limited }: Question, { password }: Repository): number {
  return limited === "all" || password !== "as-it-is" ? limitMs : Infinity;
}

/** Milliseconds. `state`: where a client remembers the sets that it saw. */
function ask({ args, expected }: Question, repository: Repository, state: string): number {
  const command = [TARDIS, ...args, ...repository.args, "-C", CLIENT];
  const env = { ...process.env, XDG_STATE_HOME: state };
  const startedMs = performance.now();
  const { stdout, stderr } = Bun.spawnSync(command, { env });
  const wallMs = performance.now() - startedMs;
  if (stdout.toString().includes(expected)) return wallMs;
  throw new Error(`${command.join(" ")} did not answer ${expected}: ${stderr.toString()}`);
}

process.exitCode = await main(Bun.argv.slice(2));
