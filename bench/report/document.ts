/**
 * docs/performance.md: written as a whole from the results kept on this machine, save for one part
 * between two markers that belongs to people and is carried over as it is.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CASES } from "../cases/all.ts";
import { loadResult, type CaseResult } from "../results.ts";
import { say } from "../shell.ts";
import { table } from "./markdown.ts";
import { caseSection } from "./section.ts";
import { targetsTable } from "./targets.ts";

const PATH = join(import.meta.dir, "..", "..", "docs", "performance.md");
const HAND_WRITTEN_BEGIN = "<!-- hand-written: begin -->";
const HAND_WRITTEN_END = "<!-- hand-written: end -->";
const HAND_WRITTEN_EMPTY = "## Where the time goes\n\nNot written yet.";

const HOW = `\
Whole processes are timed, from before the start to after the end; the tools take turns within each
run, on the same data, with a warm page cache (everything is read once before), after a \`sync\` and
with what memory is free put to use (bench/used-memory.ts).
Ratios of times are taken within each run; what is shown is their median.
What a peer needs to set up its repository beforehand is not counted; tardis sets its own up within
the first backup. Peak memory is that of the whole process tree, sampled every 20 ms (sum of RSS),
or the kernel's high-water mark of its largest process where that is higher. The size of a
repository is the sum of its files' sizes; caches a tool keeps elsewhere are not counted. Every
restore is compared with the source by rsync, contents by checksum. MB are millions of bytes. The
data is made from published packages, by exact version, and the machine's own files: see
bench/data.`;

/** Writes the document from every case measured so far. */
export function writeDocument(resultsFolder: string): void {
  const results = new Map<string, CaseResult>();
  for (const { name } of CASES) {
    const result = loadResult(resultsFolder, name);
    if (result !== undefined) results.set(name, result);
  }
  mkdirSync(dirname(PATH), { recursive: true });
  writeFileSync(PATH, `${documentText(results, handWritten())}\n`);
  say(`wrote ${PATH}`);
}

function documentText(results: ReadonlyMap<string, CaseResult>, written: string): string {
  const all = [...results.values()];
  const sections = CASES.map((known) => {
    const result = results.get(known.name);
    return result === undefined ? `## ${known.title}\n\nNot measured.` : caseSection(known, result);
  });
  return [
    "# Performance",
    "Written by `npm run bench -- --write`, save for the part between the two markers.",
    "## Targets",
    targetsTable(results),
    `${HAND_WRITTEN_BEGIN}\n${written}\n${HAND_WRITTEN_END}`,
    "## How it was measured",
    HOW,
    [...new Set(all.map((result) => `Machine: ${result.machine}.`))].join("\n"),
    toolsTable(all),
    ...sections,
  ].join("\n\n");
}

function toolsTable(results: readonly CaseResult[]): string {
  const used = results.flatMap((result) => result.tools);
  const rows = used.map(({ name, version, settings }) => `${name}\0${version}\0${settings}`);
  return table(
    ["tool", "version", "settings"],
    [...new Set(rows)].map((row) => row.split("\0")),
  );
}

function handWritten(): string {
  if (!existsSync(PATH)) return HAND_WRITTEN_EMPTY;
  const text = readFileSync(PATH, "utf8");
  const begin = text.indexOf(HAND_WRITTEN_BEGIN);
  const end = text.indexOf(HAND_WRITTEN_END);
  return begin < 0 || end < begin
    ? HAND_WRITTEN_EMPTY
    : text.slice(begin + HAND_WRITTEN_BEGIN.length, end).trim();
}
