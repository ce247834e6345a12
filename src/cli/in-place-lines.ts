/** What is said of a restore in place, and of its undoing; and where its record is. Pure. */
import { posix } from "node:path";
import type { InPlaceOutcome, UndoOutcome } from "../core/in-place-options.ts";
import type { RepositoryOptions } from "../core/repository-options.ts";
import { problemLines, problemsJson } from "./backup-result.ts";
import type { Host } from "./host.ts";
import { counted, humanDuration, humanSize } from "./human.ts";
import { absoluteFolder } from "./paths.ts";
import { planJson } from "./plan-lines.ts";
import type { SettingValues } from "./setting-values.ts";
import { UNDO_FOLDER } from "./settings.ts";

export function undoFolder(
  settings: SettingValues,
  host: Host,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const named = settings.value(UNDO_FOLDER, undefined);
  if (named !== undefined) return absoluteFolder(named, host);
  const state = env["XDG_STATE_HOME"];
  const isUsable = state !== undefined && posix.isAbsolute(state);
  const base = isUsable ? state : posix.join(host.homeDirectory, ".local/state");
  return absoluteFolder(posix.join(base, "tardis/undo"), host);
}

export function inPlaceLines(outcome: InPlaceOutcome): readonly string[] {
  const { counts, keptIn, durationMs, plan } = outcome;
  const isDone = Object.values(counts).some((count) => count > 0) || keptIn.length > 0;
  if (!isDone) return Object.values(plan.counts).some((count) => count > 0) ? NOT_WRITTEN : [];
  return [
    `Restored in place: ${counted(counts.files, "file")}, ` +
      `${counted(counts.directories, "folder")}, ${humanSize(counts.bytes)}, ` +
      `in ${humanDuration(durationMs)}`,
    keptIn.length === 0
      ? "tardis regen --undo takes it back."
      : `What was there is kept in ${keptIn.join(", ")}; tardis regen --undo brings it back.`,
    ...problemLines(outcome, "restored"),
  ];
}

const NOT_WRITTEN = ["Nothing was written."];

export function inPlaceJson(outcome: InPlaceOutcome, repository: RepositoryOptions): object {
  const { set, counts, plan, keptIn, durationMs, problems, exitCode } = outcome;
  return {
    command: "regen --in-place",
    repository: { folder: repository.folder, client: repository.clientName },
    set: { number: set.id, name: set.name },
    plan: planJson(plan),
    counts,
    keptIn,
    durationMs,
    problems: problemsJson(problems),
    exitCode,
  };
}

export function undoLines(outcome: UndoOutcome) {
  const { brought, removed, durationMs } = outcome;
  const what = `${counted(brought, "entry", "entries")} brought back, ${removed} taken away`;
  return [`Undone: ${what}, in ${humanDuration(durationMs)}`, ...problemLines(outcome, "undone")];
}
