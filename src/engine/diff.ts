/** `tardis diff`: finds both sides of what was named, compares them, and tells each change. */
import type { DiffContents, DiffOptions, DiffOutcome, ShowChange } from "../core/diff-options.ts";
import type { Problem, Reporter } from "../core/progress.ts";
import type { RestorePath } from "../core/restore-options.ts";
import { Comparison, type FoundChange, type Trees } from "./compare.ts";
import { type DiffNode, type DiffTree, SetTree } from "./diff-tree.ts";
import { DiskTree } from "./disk-tree.ts";
import { SourceFailed } from "../source/problem.ts";
import { ProblemLog } from "./problem-log.ts";
import { findSet } from "./find-set.ts";
import { pathNotInSet } from "./find-version.ts";
import { type OpenedForRestore, openForRestore } from "./open-repository.ts";

/** Throws UsageError, NoRepository, RepositoryCorrupt, SourceFailed, Interrupted. */
export async function runDiff(
  options: DiffOptions,
  reporter: Reporter,
  show: ShowChange,
): Promise<DiffOutcome> {
  await using opened = await openForRestore(options, reporter);
  const { repository, regenerator } = opened;
  const oldSet = await findSet(repository, options.old);
  const trees = {
    old: new SetTree(oldSet, repository, regenerator),
    new: await newTree(opened, options),
  };
  const { old, new: now } = trees;
  reporter.notice("detail", `from ${old.name} to ${now.name}`);
  const problems = new ProblemLog(reporter);
  const comparison = new Comparison(trees, {
    ...options,
    purpose: "show",
    onProblem: (problem) => problems.add(problem),
  });
  for (const path of options.paths) {
    const both = await bothSides(trees, path);
    if (both === undefined) throw await pathNotInSet(repository, oldSet, path.path);
    await comparison.add(...both);
  }
  const changes = await comparison.finish();
  for (const found of changes)
    await show(found.change, () => contentsOf(trees, found, (problem) => problems.add(problem)));
  const { total } = problems;
  return { changes: changes.length, problems: total, oldName: old.name, newName: now.name };
}

async function newTree(
  { repository, regenerator, contentIds }: OpenedForRestore,
  { new: side }: DiffOptions,
): Promise<DiffTree> {
  if (side.kind === "disk") return new DiskTree(contentIds);
  return new SetTree(await findSet(repository, side), repository, regenerator);
}

/** Of the first candidate that either side has; undefined: there is none. */
async function bothSides(
  trees: Trees,
  { path, others }: RestorePath,
): Promise<readonly [DiffNode | undefined, DiffNode | undefined] | undefined> {
  for (const candidate of [path, ...others]) {
    const old = await trees.old.find(candidate);
    // On the disk it is where it was named, whatever it is called in the set.
    const now = await trees.new.find(trees.new.kind === "disk" ? path : candidate);
    if (old !== undefined) return [old, now];
    if (now !== undefined && candidate === path && others.length === 0) return [old, now];
  }
  const now = await trees.new.find(path);
  if (now !== undefined) return [undefined, now];
  return undefined;
}

async function contentsOf(
  trees: Trees,
  { change, old, new: now }: FoundChange,
  onProblem: (problem: Problem) => void,
): Promise<DiffContents | undefined> {
  if (old === undefined || now === undefined || change.content === "same") return undefined;
  if (old.kind !== now.kind || (old.kind !== "file" && old.kind !== "symlink")) return undefined;
  try {
    const before = await trees.old.bytes(old);
    const after = before && (await trees.new.bytes(now));
    return before && after && { old: before, new: after };
  } catch (error) {
    if (!(error instanceof SourceFailed)) throw error; // It may have gone since it was compared.
    onProblem({ path: error.path, what: error.reason });
    return undefined;
  }
}
