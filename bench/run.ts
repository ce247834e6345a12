/**
 * The benchmark: tardis and its peers over the same data in one run, whole processes.
 *
 *     bun bench/run.ts [--only CASE,…] [--tools NAME,…] [--runs N] [--quick] [--write]
 *
 *     --only    tree, releases, sqlite (the default), million, large
 *     --tools   tardis, tardis-encrypted, restic, borg, bup, rsync, rdiff-backup; a missing one is
 *               named and left out
 *     --runs    how often everything is measured; the report has the medians (3)
 *     --quick   a few thousand files, to try the benchmark itself
 *     --write   write docs/performance.md from all cases measured on this machine so far
 *
 * Ends with 1 when a tool failed or restored something else than it was given.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { CASES } from "./cases/all.ts";
import type { Case } from "./cases/case.ts";
import { Recorder } from "./cases/recorder.ts";
import { BenchFailure } from "./failure.ts";
import { benchFolders, type Folders, type Scale } from "./folders.ts";
import { busyWarning, describeMachine } from "./machine.ts";
import { quietDisk } from "./quiet-disk.ts";
import { writeDocument } from "./report/document.ts";
import { caseSection } from "./report/section.ts";
import { REFERENCE } from "./report/figures.ts";
import { saveResult, withEarlier, type CaseResult } from "./results.ts";
import { run, say } from "./shell.ts";
import { folderSize } from "./sizes.ts";
import { chooseTools, type ToolChoice } from "./tools/all.ts";
import { UsedMemory } from "./used-memory.ts";

interface Options {
  readonly cases: readonly Case[];
  readonly tools: readonly string[] | undefined;
  readonly runs: number;
  readonly scale: Scale;
  readonly report: "print" | "write";
  /** What was typed, for the report. */
  readonly command: string;
}

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  const warning = busyWarning();
  if (warning !== undefined) say(warning);
  const folders = benchFolders(options.scale);
  let failures = 0;
  for (const chosen of options.cases) {
    const { result, hasFailures } = await measureCase(chosen, options, folders);
    saveResult(folders.results, withEarlier(folders.results, result, REFERENCE));
    process.stdout.write(`\n${caseSection(chosen, result)}\n`);
    if (hasFailures) failures += 1;
  }
  if (options.report === "write") writeDocument(folders.results);
  return failures === 0 ? 0 : 1;
}

interface Measured {
  readonly result: CaseResult;
  readonly hasFailures: boolean;
}

async function measureCase(chosen: Case, options: Options, folders: Folders): Promise<Measured> {
  const choice = await chooseTools(options.tools ?? defaultTools(chosen));
  for (const name of choice.missing) say(`${name} is not installed: left out`);
  await run(["rm", "-rf", folders.work]);
  await run(["mkdir", "-p", folders.work]);
  await quietDisk(folders.work);
  using memory = options.scale === "full" ? new UsedMemory(folders.work) : undefined;
  memory?.fill(); // what is read after this is newer, and stays longer
  say(
    `\n${chosen.name}: ${choice.tools.map((tool) => tool.name).join(", ")}; ${options.runs} runs`,
  );
  const recorder = new Recorder(join(folders.work, "log"), () => memory?.fill());
  const tools = choice.tools;
  const source = await chosen.measure({
    folders,
    scale: options.scale,
    tools,
    runs: options.runs,
    recorder,
  });
  const result = resultOf({ chosen, options, choice, recorder, source });
  await run(["rm", "-rf", folders.work]);
  return { result, hasFailures: recorder.hasFailures };
}

interface Finished {
  readonly chosen: Case;
  readonly options: Options;
  readonly choice: ToolChoice;
  readonly recorder: Recorder;
  readonly source: string;
}

function resultOf({ chosen, options, choice, recorder, source }: Finished): CaseResult {
  return {
    caseName: chosen.name,
    command: options.command,
    machine: describeMachine(),
    runs: options.runs,
    data: folderSize(source),
    tools: choice.used,
    missing: choice.missing,
    steps: recorder.steps,
    sizes: recorder.sizes,
    remarks: recorder.remarks,
  };
}

function defaultTools(chosen: Case): readonly string[] | undefined {
  return chosen.tools === "tardis" ? ["tardis"] : undefined;
}

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: "string", multiple: true },
      tools: { type: "string", multiple: true },
      runs: { type: "string", default: "3" },
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new BenchFailure(`--runs takes a number from 1: ${values.runs}`);
  if (values.quick && values.write)
    throw new BenchFailure("--quick is for trying: its figures are not written");
  return {
    cases: chooseCases(values.only?.flatMap((text) => text.split(","))),
    tools: values.tools?.flatMap((text) => text.split(",")),
    runs,
    scale: values.quick ? "quick" : "full",
    report: values.write ? "write" : "print",
    command: ["bun bench/run.ts", ...argv].join(" "),
  };
}

function chooseCases(names: readonly string[] | undefined): readonly Case[] {
  if (names === undefined) return CASES.filter((known) => known.when === "always");
  return names.map((name) => {
    const found = CASES.find((known) => known.name === name);
    if (found === undefined)
      throw new BenchFailure(
        `no case is called ${name}; there are ${CASES.map((known) => known.name).join(", ")}`,
      );
    return found;
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BenchFailure) && !(error instanceof TypeError && "code" in error))
    throw error;
  say(`bench: ${error.message}`);
  process.exitCode = 2;
}
