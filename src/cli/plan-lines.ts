/** A plan of a restore as text, a line a change and the sums, and as an object. Pure. */
import { displayPath } from "../core/byte-string.ts";
import type { ChangeAction, ChangePlan, PlannedChange } from "../core/change-plan.ts";
import { counted, humanCount, humanSize } from "./human.ts";

const ACTION_COLUMNS = 8;
const SIZE_COLUMNS = 11;
const SUMS: readonly (readonly [ChangeAction, string])[] = [
  ["create", "to create"],
  ["replace", "to replace"],
  ["metadata", "with other metadata only"],
  ["delete", "to delete"],
  ["leave", "to leave"],
];

export function planLines(plan: ChangePlan): readonly string[] {
  const { counts, bytes, listed } = plan;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const beyond = all - listed.length;
  const sums = SUMS.filter(([action]) => counts[action] > 0).map(
    ([action, text]) => `${humanCount(counts[action])} ${text}`,
  );
  return [
    ...listed.map(changeLine),
    ...(beyond === 0 ? [] : [`and ${humanCount(beyond)} more`]),
    all === 0
      ? "Nothing differs."
      : `${counted(all, "change")}: ${sums.join(", ")}; ${humanSize(bytes)} to write`,
  ];
}

export function planJson({ counts, bytes, listed }: ChangePlan): object {
  return {
    counts,
    bytes,
    changes: listed.map(({ action, path, kind, sizeBytes }) => ({
      action,
      path: displayPath(path),
      kind,
      size: sizeBytes,
    })),
  };
}

function changeLine({ action, path, kind, sizeBytes }: PlannedChange): string {
  const size = kind === "file" ? humanSize(sizeBytes) : kind;
  return `${action.padEnd(ACTION_COLUMNS)} ${size.padStart(SIZE_COLUMNS)}  ${displayPath(path)}`;
}
