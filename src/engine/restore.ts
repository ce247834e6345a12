/**
 * `tardis regen`: finds the set and the paths, and restores them below a folder or as a stream.
 * Whatever the repository says, nothing is written outside that folder (source/restore-target.ts).
 */
import {
  type FileName,
  type FilePath,
  ROOT_PATH,
  displayPath,
  namesOf,
} from "../core/byte-string.ts";
import { EXIT, type ExitCode, Interrupted, TardisError, UsageError } from "../core/errors.ts";
import type { ChangePlan } from "../core/change-plan.ts";
import type { Reporter } from "../core/progress.ts";
import {
  NOTHING_RESTORED,
  type RestoreAttributes,
  type RestoreCounts,
  type RestoreOptions,
  type RestoreOutcome,
  type RestoreOutput,
} from "../core/restore-options.ts";
import { newStagingMark } from "../source/staging.ts";
import { lookAt } from "../source/stat-path.ts";
import { SourceFailed } from "../source/problem.ts";
import { RestoreTarget } from "../source/restore-target.ts";
import { FolderRestorer } from "./file-restorer.ts";
import type { Found } from "./find-version.ts";
import { type OpenedForRestore, openForRestore } from "./open-repository.ts";
import { ProblemLog } from "./problem-log.ts";
import { previewRestore } from "./restore-preview.ts";
import { type RestoreItem, restoreItems } from "./restore-run.ts";
import { type ItemsOfSet, type Named, bySet, findWanted, lastName } from "./restore-wanted.ts";
import { raiseOnAbort, stopFlag } from "./stop-flag.ts";
import { workerCount } from "./worker-count.ts";
import { WorkerPool } from "./worker-pool.ts";

type Restored = {
  readonly counts: RestoreCounts;
  readonly foundDamage: boolean;
  readonly plan?: ChangePlan;
};

/** Throws UsageError, NoRepository, RepositoryCorrupt, Interrupted; single entries are told. */
export async function runRestore(
  options: RestoreOptions,
  reporter: Reporter,
): Promise<RestoreOutcome> {
  const startedMs = options.now();
  await using opened = await openForRestore(options, reporter);
  const named = await findWanted(opened.repository, options);
  const sets = [...new Set(named.map(({ set }) => set))];
  for (const { name } of sets) reporter.notice("detail", `from the backup set ${name}`);
  const problems = new ProblemLog(reporter);
  const { counts, foundDamage, plan } =
    options.output.kind === "stream"
      ? await restoreStream(opened, named, options.output)
      : await restoreFolder(opened, named, { options, problems, reporter });
  return {
    sets,
    plan,
    counts,
    durationMs: options.now() - startedMs,
    problems: problems.list,
    exitCode: exitCodeOf(problems.total, foundDamage),
  };
}

async function restoreStream(
  { repository, regenerator }: OpenedForRestore,
  named: readonly Named[],
  { write }: Extract<RestoreOutput, { kind: "stream" }>,
): Promise<Restored> {
  const [only] = named;
  if (only === undefined || named.length > 1 || !isFile(only.found)) {
    throw new UsageError(
      "only one file can go to standard output",
      "Say where to restore to with --output FOLDER.",
    );
  }
  const { version } = only.found;
  const [chain] = version.content === undefined ? [] : await repository.chains([version.content]);
  if (chain === undefined) throw new ContentMissing(only.path);
  for (const piece of regenerator.pieces(chain)) await write(piece);
  const counts = { files: 1, directories: 0, others: 0, bytes: version.sizeBytes, kept: 0 };
  return { counts, foundDamage: false };
}

async function restoreFolder(
  opened: OpenedForRestore,
  named: readonly Named[],
  about: {
    readonly options: RestoreOptions;
    readonly problems: ProblemLog;
    readonly reporter: Reporter;
  },
): Promise<Restored> {
  const { options, problems, reporter } = about;
  if (options.output.kind !== "folder") throw new Interrupted("the restore");
  const { output, groups } = placeOf(options.output.path, named);
  if (options.mode === "dry-run") {
    const plan = await previewRestore(groups, { repository: opened.repository, output, options });
    return { counts: NOTHING_RESTORED, foundDamage: false, plan };
  }
  const stop = stopFlag();
  using _raised = raiseOnAbort(stop, options.signal);
  const { existing, damaged = "delete" } = options;
  const attributes = attributesOf(options);
  const restore = { output, existing, attributes, damaged, stop, staging: newStagingMark() };
  using target = onOutput(output, () => RestoreTarget.open(output, restore));
  using pool = new WorkerPool(workerCount(), { ...opened.folders, save: undefined, restore });
  const folders = new FolderRestorer(target, opened.regenerator);
  const { repository } = opened;
  const context = { repository, target, folders, pool, options, problems, reporter };
  let sum: Restored = { counts: NOTHING_RESTORED, foundDamage: false };
  for (const { set, items } of groups)
    sum = added(sum, await restoreItems(items, { ...context, set: set.id }));
  return sum;
}

/** Throws UsageError where `work` cannot do anything there. */
function onOutput<T>(output: FilePath, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SourceFailed)) throw error;
    throw new UsageError(
      `nothing can be restored to ${displayPath(output)}: ${error.reason}`,
      "Name another folder with --output.",
    );
  }
}

/** Of a content that nobody knows the file of, there is nothing to be said. */
function attributesOf({ wanted, attributes }: RestoreOptions): RestoreAttributes {
  if (wanted.kind === "paths" || wanted.names === "recover") return attributes;
  return {
    times: "leave",
    permissions: "leave",
    extendedAttributes: "leave",
    accessLists: "leave",
    owners: "none",
  };
}

function added(a: Restored, b: Restored): Restored {
  return {
    counts: {
      files: a.counts.files + b.counts.files,
      directories: a.counts.directories + b.counts.directories,
      others: a.counts.others + b.counts.others,
      bytes: a.counts.bytes + b.counts.bytes,
      kept: a.counts.kept + b.counts.kept,
    },
    foundDamage: a.foundDamage || b.foundDamage,
  };
}

/** Where each named path goes. One single file may be given another name by --output. */
function placeOf(
  output: FilePath,
  named: readonly Named[],
): { readonly output: FilePath; readonly groups: readonly ItemsOfSet[] } {
  const [only] = named;
  const there = onOutput(output, () => lookAt(output));
  const isRenamed =
    named.length === 1 && only !== undefined && isSingle(only.found) && there !== "directory";
  if (isRenamed && only.found.kind === "entry") {
    const names = namesOf(output);
    const path = names.at(-1) ?? ("" as FileName);
    const parent = names
      .slice(0, -1)
      .map((name) => `/${name}`)
      .join("") as FilePath;
    const item = { kind: "entry", version: only.found.version, path } as const;
    return { output: parent, groups: [{ set: only.set, items: [item] }] };
  }
  if (there !== "directory" && there !== "nothing") {
    throw new UsageError(
      `${displayPath(output)} is there and is no folder`,
      "Name a folder, or a file that is not there yet, with --output.",
    );
  }
  return { output, groups: bySet(named.map((each) => ({ set: each.set, item: itemOf(each) }))) };
}

function itemOf({ path, found }: Named): RestoreItem {
  if (found.kind === "root") return { kind: "inside", directory: found.directory, path: ROOT_PATH };
  return { kind: "entry", version: found.version, path: lastName(path) };
}

function isFile(found: Found): found is Extract<Found, { kind: "entry" }> {
  return found.kind === "entry" && found.version.kind === "file";
}

function isSingle(found: Found): boolean {
  return found.kind === "entry" && found.version.kind !== "directory";
}

function exitCodeOf(problemCount: number, foundDamage: boolean): ExitCode {
  if (foundDamage) return EXIT.corrupt;
  return problemCount > 0 ? EXIT.incomplete : EXIT.ok;
}

/** The set has the file, but not what was in it: it was unreadable, or changed and was lost. */
class ContentMissing extends TardisError {
  constructor(path: FilePath) {
    super(`${displayPath(path)} was not readable when that set was made`, {
      hint: "Another set may have it: name it with --backup.",
      exitCode: EXIT.incomplete,
    });
  }
}
