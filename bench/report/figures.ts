/** What the tables show of a case: medians over its runs, of ratios too. */

import type { CaseResult } from "../results.ts";
import { median } from "../statistics.ts";

/** The tool all others are compared with. */
export const REFERENCE = "restic";

export interface StepFigures {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

export interface SizeFigures {
  readonly apparentBytes: number;
  /** undefined: not recorded in every run. */
  readonly allocatedBytes: number | undefined;
}

/**
 * The steps of a tool whose names begin with `prefix`, added up within each run (the highest, for
 * memory). Undefined when the tool did not get that far in any run.
 */
export function stepFigures(
  result: CaseResult,
  tool: string,
  prefix: string,
): StepFigures | undefined {
  const steps = result.steps.filter((step) => step.tool === tool && step.step.startsWith(prefix));
  if (steps.length === 0) return undefined;
  const runs = [...Map.groupBy(steps, (step) => step.run).values()];
  return {
    wallMs: median(runs.map((run) => total(run.map((step) => step.wallMs)))),
    cpuMs: median(runs.map((run) => total(run.map((step) => step.userMs + step.systemMs)))),
    peakBytes: median(runs.map((run) => Math.max(...run.map((step) => step.peakBytes)))),
  };
}

/**
 * How long the steps of `tool` took, as a part of what those of `reference` did: taken within each
 * run, whose phases of a slow machine both have had, and of that the median.
 */
export function wallRatio(
  result: CaseResult,
  tool: string,
  reference: string,
  prefix: string,
): number | undefined {
  const own = wallByRun(result, tool, prefix);
  const others = wallByRun(result, reference, prefix);
  const ratios = [...own].flatMap(([run, wallMs]) => ratio(wallMs, others.get(run)) ?? []);
  return ratios.length === 0 ? undefined : median(ratios);
}

function wallByRun(result: CaseResult, tool: string, prefix: string): ReadonlyMap<number, number> {
  const steps = result.steps.filter((step) => step.tool === tool && step.step.startsWith(prefix));
  const runs = Map.groupBy(steps, (step) => step.run);
  return new Map([...runs].map(([run, of]) => [run, total(of.map((step) => step.wallMs))]));
}

/** The states a repository went through under names that begin with `prefix`, in order. */
export function states(result: CaseResult, prefix: string): readonly string[] {
  return [...new Set(result.sizes.map((size) => size.state))].filter((state) =>
    state.startsWith(prefix),
  );
}

/** The size of a tool's repository in one state. Undefined when it did not get that far. */
export function sizeFigures(
  result: CaseResult,
  tool: string,
  state: string | undefined,
): SizeFigures | undefined {
  const sizes = result.sizes.filter((size) => size.tool === tool && size.state === state);
  if (sizes.length === 0) return undefined;
  const allocated = sizes.map((size) => size.allocatedBytes).filter((bytes) => bytes !== undefined);
  return {
    apparentBytes: median(sizes.map((size) => size.apparentBytes)),
    allocatedBytes: allocated.length === sizes.length ? median(allocated) : undefined,
  };
}

/** Undefined when one of the two was not measured. */
export function ratio(
  value: number | undefined,
  reference: number | undefined,
): number | undefined {
  return value === undefined || reference === undefined || reference === 0
    ? undefined
    : value / reference;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
