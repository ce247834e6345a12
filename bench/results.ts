/**
 * What one case measured: flat lists of figures, one per tool, step and run, kept as JSON so that a
 * report can be written from cases measured on different days. Ratios are only ever taken within
 * one case, so within one run.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Measurement } from "./measure.ts";
import type { FolderSize } from "./sizes.ts";

export interface TimedStep extends Measurement {
  readonly tool: string;
  readonly step: string;
  readonly run: number;
}

export interface SizedState extends FolderSize {
  readonly tool: string;
  /** What the repository holds at this moment. */
  readonly state: string;
  readonly run: number;
}

export interface ToolUsed {
  readonly name: string;
  readonly version: string;
  readonly settings: string;
}

export interface CaseResult {
  readonly caseName: string;
  readonly command: string;
  readonly machine: string;
  readonly runs: number;
  readonly data: FolderSize;
  readonly tools: readonly ToolUsed[];
  /** Names of tools that were asked for and are not installed. */
  readonly missing: readonly string[];
  readonly steps: readonly TimedStep[];
  readonly sizes: readonly SizedState[];
  /** Things a reader has to know: failures, metadata that did not come back. */
  readonly remarks: readonly string[];
  /** The last run with the tools that this one left out, for their figures. */
  readonly earlier?: CaseResult;
}

/**
 * `result`, with what the last run kept in `folder` says of tools that `result` does not have. That
 * run keeps the restic it was compared with, so that ratios stay within one run.
 */
export function withEarlier(folder: string, result: CaseResult, reference: string): CaseResult {
  const last = loadResult(folder, result.caseName);
  const measured = new Set(result.tools.map(({ name }) => name));
  for (const run of [last, last?.earlier]) {
    if (run === undefined) continue;
    const others = run.tools.filter(({ name }) => !measured.has(name));
    if (others.length === 0) continue;
    const tools = run.tools.filter(({ name }) => name === reference || !measured.has(name));
    const { earlier: _older, ...kept } = run;
    return { ...result, earlier: { ...kept, tools } };
  }
  return result;
}

export function saveResult(folder: string, result: CaseResult): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(resultPath(folder, result.caseName), `${JSON.stringify(result, undefined, 1)}\n`);
}

/** Undefined when the case was never measured here. */
export function loadResult(folder: string, caseName: string): CaseResult | undefined {
  const path = resultPath(folder, caseName);
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, "utf8")) as CaseResult;
}

function resultPath(folder: string, caseName: string): string {
  return join(folder, `${caseName}.json`);
}
