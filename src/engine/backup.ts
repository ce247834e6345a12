/** `tardis backup`: opens the repository, walks the roots, saves what changed, ends the set. */
import type { BackupOptions, BackupOutcome, WalkOptions } from "../core/backup-options.ts";
import type { BackupSet } from "../core/backup-set.ts";
import { displayPath } from "../core/byte-string.ts";
import type { AttributeKind } from "../core/entry.ts";
import { EXIT, type ExitCode, Interrupted, UsageError } from "../core/errors.ts";
import type { Progress, Reporter } from "../core/progress.ts";
import type { BackupRequest, BackupSession } from "../core/repository.ts";
import { Mounts } from "../source/mounts.ts";
import { OwnerNames } from "../source/owners.ts";
import { DirectoryScanner } from "../source/scan.ts";
import { SelectionRules } from "../source/select.ts";
import { statPath } from "../source/stat-path.ts";
import { type RunContext, runBackup as runSession } from "./backup-run.ts";
import { ClaimTable } from "./claim-table.ts";
import { effortPlan } from "./compression-effort.ts";
import { FileSaver } from "./file-saver.ts";
import { type OpenedForBackup, openForBackup } from "./open-repository.ts";
import { ProblemLog } from "./problem-log.ts";
import { walk } from "./walk.ts";
import { workerCount } from "./worker-count.ts";
import { roomMemory } from "./parcel-rooms.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Throws UsageError, RepositoryLocked, StorageFailed, Interrupted; single entries are told. */
export async function runBackup(
  options: BackupOptions,
  reporter: Reporter,
): Promise<BackupOutcome> {
  const startedMs = options.now();
  const rules = new SelectionRules(options.selection, (bad) =>
    reporter.notice("notice", bad.message),
  );
  expectRoots(options);
  await using opened = await openForBackup(options, reporter);
  const sets = await opened.repository.backupSets();
  const wholeSets = sets.filter(({ state }) => state === "complete");
  const problems = new ProblemLog(reporter);
  await using session = await opened.repository.beginBackup(requestOf(options));
  let damageCount = 0;
  const onDamage = (text: string): void => {
    damageCount += 1;
    reporter.notice("notice", text);
  };
  const run = { opened, options, reporter, problems, onDamage, rules, wholeSets };
  const counts = await saveAll(session, run);
  reporter.notice("detail", "everything is read; completing the set");
  const set: BackupSet = await session.complete(counts);
  await opened.remember();
  return {
    set: options.mode === "dry-run" ? undefined : set,
    repository: opened.state,
    counts,
    durationMs: options.now() - startedMs,
    problems: problems.list,
    damageCount,
    exitCode: exitCodeOf({ damageCount, problemCount: problems.total }),
  };
}

/** That stored data is damaged is worse than what was not saved: that is still on the disk. */
function exitCodeOf(met: {
  readonly damageCount: number;
  readonly problemCount: number;
}): ExitCode {
  if (met.damageCount > 0) return EXIT.corrupt;
  return met.problemCount > 0 ? EXIT.incomplete : EXIT.ok;
}

async function saveAll(
  session: BackupSession,
  about: {
    readonly opened: OpenedForBackup;
    readonly options: BackupOptions;
    readonly reporter: Reporter;
    readonly problems: ProblemLog;
    readonly onDamage: (text: string) => void;
    readonly rules: SelectionRules;
    readonly wholeSets: readonly BackupSet[];
  },
): ReturnType<typeof runSession> {
  const { opened, options, reporter, problems, onDamage, rules, wholeSets } = about;
  const { accessLists, extendedAttributes, unreadable } = options.walk;
  const which: RunContext["which"] = wholeSets.length === 0 ? "first" : "later";
  const effort = effortPlan(options.data.compression, which);
  const rooms = roomMemory(which);
  const claims = new ClaimTable().memory;
  const wanted = (await session.isEmpty()) ? "claimed" : "asked-for";
  using pool = new WorkerPool(workerCount(), {
    ...opened.folders,
    save: { accessLists, extendedAttributes, data: options.data, effort, rooms, claims },
    restore: undefined,
  });
  const saver = new FileSaver(session, { pool, rooms, wanted }, onDamage);
  const directories = walk(options.roots, {
    scanner: new DirectoryScanner(),
    mounts: new Mounts(),
    rules,
    options: options.walk,
    forbidden: opened.identity,
    report: (problem) => problems.add(problem),
    sortKey: (name) => opened.repository.sortKey(name),
  });
  const { signal, now } = options;
  const owners = new OwnerNames();
  const expected = expectedCounts(wholeSets, options);
  const told = { problems, reporter, unreadable, signal, now, expected };
  const run = { session, saver, which, owners, leftOut: leftOutOf(options.walk), ...told };
  return await Promise.race([runSession(directories, run), abortion(signal)]);
}

/** Nothing is written before it is known that every root is there. */
function expectRoots({ roots }: BackupOptions): void {
  for (const { path } of roots) {
    const found = statPath(path);
    if (!("problem" in found)) continue;
    throw new UsageError(`${displayPath(path)}: ${found.problem}`, "Nothing was backed up.");
  }
}

/** What the last complete set of the same roots had: the best guess at what this one will have. */
function expectedCounts(
  wholeSets: readonly BackupSet[],
  { roots }: BackupOptions,
): Progress["expected"] {
  const wanted = roots
    .map(({ recordedAs }) => recordedAs)
    .toSorted()
    .join("\0");
  const last = wholeSets.findLast((set) => [...set.roots].toSorted().join("\0") === wanted);
  if (last === undefined) return undefined;
  const { files, others, bytes } = last.counts;
  return { files: files + others, bytes };
}

function requestOf(options: BackupOptions): BackupRequest {
  const { set, roots, clientVersion, commandLine, configuration, data } = options;
  return {
    ...set,
    roots: roots.map(({ recordedAs }) => recordedAs),
    clientVersion,
    commandLine,
    configuration,
    policy: { ...data.delta, leavesOut: leftOutOf(options.walk) },
  };
}

function leftOutOf({ accessLists, extendedAttributes }: WalkOptions): readonly AttributeKind[] {
  const kinds: AttributeKind[] = [];
  if (accessLists === "leave-out") kinds.push("access-lists");
  if (extendedAttributes === "leave-out") kinds.push("extended-attributes");
  return kinds;
}

/** Rejects when the user asks to stop, however long a step of the run takes. */
async function abortion(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Interrupted("the backup"));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return promise;
}
