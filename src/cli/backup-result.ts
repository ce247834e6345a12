/** What a backup did, for people and for scripts. Pure. */
import type { BackupOptions, BackupOutcome } from "../core/backup-options.ts";
import { displayPath } from "../core/byte-string.ts";
import type { ExitCode } from "../core/errors.ts";
import type { ProblemList } from "../core/progress.ts";
import { counted, humanCount, humanDuration, humanSize, table } from "./human.ts";

type Amount = "summary" | "table";

export function backupLines(
  outcome: BackupOutcome,
  options: BackupOptions,
  amount: Amount,
): readonly string[] {
  return [
    ...dryRunLines(outcome, options),
    ...summaryLines(outcome),
    ...(amount === "table" ? statistics(outcome) : []),
    ...problemLines(outcome, "saved"),
    ...damageLines(outcome),
  ];
}

export function backupJson(outcome: BackupOutcome, options: BackupOptions): object {
  const { set, repository, counts, durationMs, problems, damageCount, exitCode } = outcome;
  const { folder, clientName } = options.repository;
  return {
    command: "backup",
    mode: options.mode,
    repository: { folder, client: clientName, created: repository === "created" },
    set: set && {
      number: set.id,
      name: set.name,
      state: set.state,
      priority: set.priority,
      tags: set.tags,
      startedMs: set.startedMs,
      endedMs: set.endedMs ?? null,
    },
    counts,
    durationMs,
    problems: problemsJson(problems),
    damaged: damageCount,
    exitCode,
  };
}

/** A path that is not UTF-8 has \xNN in it. */
export function problemsJson({ listed, total }: ProblemList): object {
  return { total, listed: listed.map(({ path, what }) => ({ path: displayPath(path), what })) };
}

export function problemLines(
  { problems, exitCode }: { readonly problems: ProblemList; readonly exitCode: ExitCode },
  done: string,
): readonly string[] {
  const { total, listed } = problems;
  if (total === 0) return [];
  const entries = counted(total, "entry", "entries");
  const more = total > listed.length ? ` The first ${humanCount(listed.length)} are named.` : "";
  return [`${entries} could not be ${done} whole (exit code ${exitCode}).${more}`];
}

function damageLines({ damageCount, exitCode }: BackupOutcome): string[] {
  if (damageCount === 0) return [];
  const contents = counted(damageCount, "stored content is", "stored contents are");
  return [
    `${contents} damaged (exit code ${exitCode}): ` +
      "what was new or changed is saved whole, but older versions may not be.",
  ];
}

/** A run that makes a repository says so when it does. */
function dryRunLines({ repository }: BackupOutcome, options: BackupOptions): string[] {
  const isNew = options.mode === "dry-run" && repository === "created";
  return isNew ? [`A repository would be made: ${options.repository.folder}`] : [];
}

function summaryLines({ set, counts, durationMs }: BackupOutcome): string[] {
  const what = set === undefined ? "Would be saved" : `Backup set ${set.name} (number ${set.id})`;
  const all = [
    counted(counts.files, "file"),
    counted(counts.directories, "directory", "directories"),
    ...(counts.others === 0 ? [] : [`${humanCount(counts.others)} other`]),
  ];
  const stored = set === undefined ? "" : `, ${humanSize(counts.bytesStored)} stored`;
  return [
    `${what}: ${all.join(", ")}, ${humanSize(counts.bytes)}`,
    `${humanCount(counts.changed)} new or changed, ${humanSize(counts.bytesRead)} read${stored}, ` +
      `in ${humanDuration(durationMs)}`,
  ];
}

function statistics({ counts, durationMs }: BackupOutcome): readonly string[] {
  const { bytesRead, bytesStored } = counts;
  const ratio = bytesStored === 0 ? "–" : (bytesRead / bytesStored).toFixed(2);
  const rate = durationMs === 0 ? 0 : Math.round((bytesRead * 1000) / durationMs);
  const rows = [
    ["Files", humanCount(counts.files)],
    ["Directories", humanCount(counts.directories)],
    ["Other entries", humanCount(counts.others)],
    ["Size of the files", humanSize(counts.bytes)],
    ["New or changed entries", humanCount(counts.changed)],
    ["Read", humanSize(bytesRead)],
    ["Contents stored whole", humanCount(counts.storedFull)],
    ["Contents stored as deltas", humanCount(counts.storedDelta)],
    ["Stored", humanSize(bytesStored)],
    ["Read for each byte stored", ratio],
    ["Problems", humanCount(counts.problems)],
    ["Duration", humanDuration(durationMs)],
    ["Read in a second", humanSize(rate)],
  ];
  const columns = [
    { title: "", align: "left" },
    { title: "", align: "right" },
  ] as const;
  return table(columns, rows).map((line) => `  ${line}`);
}
