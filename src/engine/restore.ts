/**
 * `tardis regen`: finds the set and the paths, and restores them below a folder or as a stream.
 * Whatever the repository says, nothing is written outside that folder (source/restore-target.ts).
 */
import type { BackupSet } from "../core/backup-set.ts";
import {
  type FileName,
  type FilePath,
  ROOT_PATH,
  displayPath,
  namesOf,
} from "../core/byte-string.ts";
import { EXIT, type ExitCode, Interrupted, TardisError, UsageError } from "../core/errors.ts";
import type { Reporter } from "../core/progress.ts";
import type { Repository } from "../core/repository.ts";
import type {
  RestoreCounts,
  RestoreOptions,
  RestoreOutcome,
  RestoreOutput,
  RestorePath,
} from "../core/restore-options.ts";
import { lookAt } from "../source/stat-path.ts";
import { RestoreTarget } from "../source/restore-target.ts";
import { FolderRestorer } from "./file-restorer.ts";
import { findSet } from "./find-set.ts";
import { type Found, findPath, pathNotInSet } from "./find-version.ts";
import { type OpenedForRestore, openForRestore } from "./open-repository.ts";
import { ProblemLog } from "./problem-log.ts";
import { type RestoreItem, restoreItems } from "./restore-run.ts";
import { raiseOnAbort, stopFlag } from "./stop-flag.ts";
import { workerCount } from "./worker-count.ts";
import { WorkerPool } from "./worker-pool.ts";

type Named = { readonly path: FilePath; readonly found: Found };

/** Throws UsageError, NoRepository, RepositoryCorrupt, Interrupted; single entries are told. */
export async function runRestore(
  options: RestoreOptions,
  reporter: Reporter,
): Promise<RestoreOutcome> {
  const startedMs = options.now();
  await using opened = await openForRestore(options, reporter);
  const { repository } = opened;
  const set = await findSet(repository, options.set);
  reporter.notice("detail", `from the backup set ${set.name}`);
  const named: Named[] = [];
  for (const path of options.paths) named.push(await find(repository, set, path));
  const problems = new ProblemLog(reporter);
  const { counts, foundDamage } =
    options.output.kind === "stream"
      ? await restoreStream(opened, named, options.output)
      : await restoreFolder(opened, named, { options, set, problems, reporter });
  const exitCode = exitCodeOf(problems.total, foundDamage);
  return {
    set,
    counts,
    durationMs: options.now() - startedMs,
    problems: problems.list,
    exitCode,
  };
}

async function find(
  repository: Repository,
  set: BackupSet,
  { path, others }: RestorePath,
): Promise<Named> {
  for (const candidate of [path, ...others]) {
    const found = await findPath(repository, set.id, candidate);
    if (found !== undefined) return { path: candidate, found };
  }
  throw await pathNotInSet(repository, set, path);
}

async function restoreStream(
  { repository, regenerator }: OpenedForRestore,
  named: readonly Named[],
  { write }: Extract<RestoreOutput, { kind: "stream" }>,
): Promise<{ counts: RestoreCounts; foundDamage: boolean }> {
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
  { repository, regenerator, folders }: OpenedForRestore,
  named: readonly Named[],
  about: {
    readonly options: RestoreOptions;
    readonly set: BackupSet;
    readonly problems: ProblemLog;
    readonly reporter: Reporter;
  },
): Promise<{ counts: RestoreCounts; foundDamage: boolean }> {
  const { options, set, problems, reporter } = about;
  if (options.output.kind !== "folder") throw new Interrupted("the restore");
  const place = placeOf(options.output.path, named);
  const stop = stopFlag();
  using _raised = raiseOnAbort(stop, options.signal);
  const { existing, attributes } = options;
  const restore = { output: place.output, existing, attributes, stop };
  using target = RestoreTarget.open(place.output, restore);
  using pool = new WorkerPool(workerCount(), { ...folders, save: undefined, restore });
  return await restoreItems(place.items, {
    repository,
    set: set.id,
    target,
    folders: new FolderRestorer(target, regenerator),
    pool,
    options,
    problems,
    reporter,
  });
}

/** Where each named path goes. One single file may be given another name by --output. */
function placeOf(
  output: FilePath,
  named: readonly Named[],
): { readonly output: FilePath; readonly items: readonly RestoreItem[] } {
  const [only] = named;
  const there = lookAt(output);
  const isRenamed =
    named.length === 1 && only !== undefined && isSingle(only.found) && there !== "directory";
  if (isRenamed && only.found.kind === "entry") {
    const names = namesOf(output);
    const path = names.at(-1) ?? ("" as FileName);
    const parent = names
      .slice(0, -1)
      .map((name) => `/${name}`)
      .join("") as FilePath;
    return { output: parent, items: [{ kind: "entry", version: only.found.version, path }] };
  }
  if (there !== "directory" && there !== "nothing") {
    throw new UsageError(
      `${displayPath(output)} is there and is no folder`,
      "Name a folder, or a file that is not there yet, with --output.",
    );
  }
  return { output, items: named.map(itemOf) };
}

function itemOf({ path, found }: Named): RestoreItem {
  if (found.kind === "root") return { kind: "inside", directory: found.directory, path: ROOT_PATH };
  const name = namesOf(path).at(-1) ?? ("" as FileName);
  return { kind: "entry", version: found.version, path: name };
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
