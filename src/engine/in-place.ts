/**
 * `regen --in-place`: brings what differs back to what it is in a set, where it was, and keeps what
 * that replaces. All that is to be done is recorded and synced first (undo-record.ts); then come
 * deletions, folders, files, and what is to be said of folders. A file is old or new at any moment.
 */
import { assert } from "../core/assert.ts";
import type { BackupSet } from "../core/backup-set.ts";
import { type FilePath, ROOT_PATH, displayPath } from "../core/byte-string.ts";
import { EXIT, type ExitCode } from "../core/errors.ts";
import type { InPlaceOptions, InPlaceOutcome } from "../core/in-place-options.ts";
import { byteStringOfLosslessText } from "../core/lossless-text.ts";
import type { Problem, Reporter } from "../core/progress.ts";
import { NOTHING_RESTORED } from "../core/restore-options.ts";
import { resolveRoot } from "../source/stat-path.ts";
import { UndoFolder } from "../store/undo-folder.ts";
import { SetTree } from "./diff-tree.ts";
import { DiskTree } from "./disk-tree.ts";
import { planInPlace } from "./in-place-plan.ts";
import { recordOf } from "./in-place-record.ts";
import { InPlaceRun } from "./in-place-run.ts";
import { openForRestore } from "./open-repository.ts";
import type { RestoreResult } from "./restore-run.ts";
import { type Named, findWanted } from "./restore-wanted.ts";
import { RootProblems, absolute, belowRoot, rootReporter } from "./root-paths.ts";
import { encodeRecord } from "./undo-record.ts";

const NOTHING: RestoreResult = { counts: NOTHING_RESTORED, foundDamage: false };

/** Throws UsageError, NoRepository, RepositoryCorrupt, StorageFailed, SourceFailed, Interrupted. */
export async function restoreInPlace(
  options: InPlaceOptions,
  reporter: Reporter,
): Promise<InPlaceOutcome> {
  const startedMs = options.now();
  await using opened = await openForRestore(options, reporter);
  const { repository, regenerator } = opened;
  const wanted = { kind: "paths", paths: options.paths } as const;
  const named = await findWanted(repository, { set: options.set, wanted });
  const set = oneSetOf(named);
  const trees = {
    old: new SetTree(set, repository, regenerator),
    new: new DiskTree(opened.contentIds),
  };
  const spared = [options.repository.folder, options.undoFolder].map(realFolder);
  const problems = new RootProblems(reporter);
  const onProblem = ({ path, what }: Problem): void =>
    problems.add({ path: belowRoot(path), what });
  const plan = await planInPlace(trees, named, { ...options, spared, onProblem });
  options.onPlan(plan.plan, set);
  const isDone = plan.changes.length === 0 && plan.folders.length === 0;
  const outcome = (result: RestoreResult, keptIn: readonly string[]): InPlaceOutcome => ({
    set,
    plan: plan.plan,
    counts: result.counts,
    keptIn,
    durationMs: options.now() - startedMs,
    problems: problems.list,
    exitCode: exitCodeOf(problems.total, result.foundDamage),
  });
  if (isDone || options.mode === "dry-run") return outcome(NOTHING, []);
  const record = recordOf(plan, options.now());
  new UndoFolder(options.undoFolder).write(record.id, encodeRecord(record));
  using run = new InPlaceRun({
    opened,
    options,
    plan,
    record,
    set: set.id,
    problems,
    reporter: rootReporter(reporter),
  });
  const result = await run.run();
  return outcome(
    result,
    record.keep.areas.map(({ path }) => displayPath(absolute(path))),
  );
}

/** The folder itself, whatever symlinks lead to it; as it is named where it is not there yet. */
function realFolder(path: string): FilePath {
  const named = byteStringOfLosslessText(path) as FilePath;
  const real = resolveRoot(`${named}/` as FilePath, ROOT_PATH);
  return typeof real === "string" ? real : named;
}

function exitCodeOf(problemCount: number, foundDamage: boolean): ExitCode {
  if (foundDamage) return EXIT.corrupt;
  return problemCount > 0 ? EXIT.incomplete : EXIT.ok;
}

/** All are from the one set that was chosen. */
function oneSetOf([first]: readonly Named[]): BackupSet {
  assert(first !== undefined, "something was named");
  return first.set;
}
