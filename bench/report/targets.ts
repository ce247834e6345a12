/** Where tardis wants to be, and whether it is there. */

import { FIND } from "../cases/tree.ts";
import type { CaseResult } from "../results.ts";
import { ratio, REFERENCE, sizeFigures, states, stepFigures, wallRatio } from "./figures.ts";
import { megabytes, table, times } from "./markdown.ts";

const TARDIS = "tardis";
const ENCRYPTED = "tardis-encrypted";
const PEAK_MEMORY_BYTES_MAX = 150_000_000;

interface Target {
  readonly caseName: string;
  readonly what: string;
  readonly unit: "times restic" | "times find" | "times unencrypted" | "MB";
  readonly limit: number;
  /** Undefined when it was not measured. */
  value(result: CaseResult): number | undefined;
}

const TARGETS: readonly Target[] = [
  { ...wall("tree", "first"), what: "first backup of the tree, wall time", limit: 0.35 },
  { ...wall("tree", "unchanged"), what: "nothing changed, wall time", limit: 0.15 },
  { ...wall("tree", "unchanged", FIND), what: "nothing changed, wall time", limit: 4 },
  { ...wall("tree", "restore"), what: "restore of the tree, wall time", limit: 0.5 },
  { ...wall("tree", "one file"), what: "restore of one file, wall time", limit: 0.25 },
  { ...encrypted("first"), what: "encrypted first backup, wall time", limit: 0.45 },
  { ...encrypted("first", TARDIS), what: "encrypted first backup, wall time", limit: 1.3 },
  { ...encrypted("restore"), what: "restore of the encrypted tree, wall time", limit: 0.6 },
  { ...size("tree", "first"), what: "repository after the first backup", limit: 1 },
  { ...size("releases", "round"), what: "repository after ten releases", limit: 0.5 },
  { ...size("sqlite", "round"), what: "repository after the SQLite rounds", limit: 0.45 },
  { ...memory("tree"), what: "peak memory, tree" },
  { ...memory("releases"), what: "peak memory, releases" },
  { ...memory("sqlite"), what: "peak memory, SQLite" },
  { ...memory("million"), what: "peak memory, a million files" },
  { ...memory("large"), what: "peak memory, a file of 8 GiB" },
];

/** One table over all cases that have been measured. */
export function targetsTable(results: ReadonlyMap<string, CaseResult>): string {
  const rows = TARGETS.map((target) => {
    const result = results.get(target.caseName);
    const value = result === undefined ? undefined : target.value(result);
    return [
      target.what,
      `${shown(target, target.limit)} or less`,
      shown(target, value),
      verdict(target, value),
    ];
  });
  return table(["", "wanted", "measured", ""], rows);
}

function wall(
  caseName: string,
  step: string,
  reference = REFERENCE,
): Omit<Target, "what" | "limit"> {
  return {
    caseName,
    unit: reference === FIND ? "times find" : "times restic",
    value: (result) => wallRatio(result, TARDIS, reference, step),
  };
}

function encrypted(step: string, reference = REFERENCE): Omit<Target, "what" | "limit"> {
  return {
    caseName: "tree",
    unit: reference === TARDIS ? "times unencrypted" : "times restic",
    value: (result) => wallRatio(result, ENCRYPTED, reference, step),
  };
}

function size(caseName: string, prefix: string): Omit<Target, "what" | "limit"> {
  return {
    caseName,
    unit: "times restic",
    value: (result) => {
      const last = states(result, prefix).at(-1);
      return ratio(
        sizeFigures(result, TARDIS, last)?.apparentBytes,
        sizeFigures(result, REFERENCE, last)?.apparentBytes,
      );
    },
  };
}

/** The highest over all steps of a case. */
function memory(caseName: string): Omit<Target, "what"> {
  return {
    caseName,
    unit: "MB",
    limit: PEAK_MEMORY_BYTES_MAX,
    value: (result) => stepFigures(result, TARDIS, "")?.peakBytes,
  };
}

function shown(target: Target, value: number | undefined): string {
  if (value === undefined) return "–";
  return target.unit === "MB" ? `${megabytes(value)} MB` : `${times(value)} ${target.unit}`;
}

function verdict(target: Target, value: number | undefined): string {
  if (value === undefined) return "not measured";
  return value <= target.limit
    ? "met"
    : `**missed** by ${Math.ceil((value / target.limit - 1) * 100)} %`;
}
