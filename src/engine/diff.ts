/** `tardis diff`: finds both sides of what was named, compares them, and tells each change. */
import { displayPath } from "../core/byte-string.ts";
import type { DiffContents, DiffOptions, DiffOutcome, ShowChange } from "../core/diff-options.ts";
import { EXIT, TardisError } from "../core/errors.ts";
import type { Reporter } from "../core/progress.ts";
import type { Repository } from "../core/repository.ts";
import type { RestorePath } from "../core/restore-options.ts";
import { Comparison, type FoundChange, type Trees } from "./compare.ts";
import { type DiffNode, SetTree } from "./diff-tree.ts";
import { DiskTree } from "./disk-tree.ts";
import { findSet } from "./find-set.ts";
import { openForRestore } from "./open-repository.ts";
import type { Regenerator } from "./regenerate.ts";

/** Throws UsageError, NoRepository, RepositoryCorrupt, SourceFailed, Interrupted. */
export async function runDiff(
  options: DiffOptions,
  reporter: Reporter,
  show: ShowChange,
): Promise<DiffOutcome> {
  await using opened = await openForRestore(options, reporter);
  const trees = await treesOf(opened.repository, opened.regenerator, options);
  const { old, new: now } = trees;
  reporter.notice("detail", `from ${old.name} to ${now.name}`);
  const comparison = new Comparison(trees, { ...options, purpose: "show" });
  for (const path of options.paths) {
    const [before, after] = await bothSides(trees, path);
    await comparison.add(before, after);
  }
  const changes = await comparison.finish();
  for (const found of changes) await show(found.change, () => contentsOf(trees, found));
  return { changes: changes.length, oldName: old.name, newName: now.name };
}

async function treesOf(
  repository: Repository,
  regenerator: Regenerator,
  options: DiffOptions,
): Promise<Trees> {
  const old = new SetTree(await findSet(repository, options.old), repository, regenerator);
  if (options.new.kind === "disk") return { old, new: new DiskTree() };
  const newSet = await findSet(repository, options.new);
  return { old, new: new SetTree(newSet, repository, regenerator) };
}

/** The first candidate that either side has. */
async function bothSides(
  trees: Trees,
  { path, others }: RestorePath,
): Promise<readonly [DiffNode | undefined, DiffNode | undefined]> {
  for (const candidate of [path, ...others]) {
    const old = await trees.old.find(candidate);
    // On the disk it is where it was named, whatever it is called in the set.
    const now = await trees.new.find(trees.new.kind === "disk" ? path : candidate);
    if (old !== undefined) return [old, now];
    if (now !== undefined && candidate === path && others.length === 0) return [old, now];
  }
  const now = await trees.new.find(path);
  if (now !== undefined) return [undefined, now];
  throw new NothingToCompare(displayPath(path), trees);
}

async function contentsOf(
  trees: Trees,
  { change, old, new: now }: FoundChange,
): Promise<DiffContents | undefined> {
  if (old === undefined || now === undefined || change.content === "same") return undefined;
  if (old.kind !== now.kind || (old.kind !== "file" && old.kind !== "symlink")) return undefined;
  const before = await trees.old.bytes(old);
  const after = before && (await trees.new.bytes(now));
  return before && after && { old: before, new: after };
}

class NothingToCompare extends TardisError {
  constructor(path: string, { old, new: now }: Trees) {
    super(
      `${path} is neither in ${old.name} nor ${now.kind === "disk" ? "on" : "in"} ${now.name}`,
      {
        hint: "Use tardis ls to see in which sets it is, and name one with --backup.",
        exitCode: EXIT.failed,
      },
    );
  }
}
