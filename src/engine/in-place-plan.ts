/**
 * What has to be done so that paths on disk are again what they are in a set: found by comparing
 * the two. Only what differs is touched.
 */
import { ChangeTally, type ChangeAction, type ChangePlan } from "../core/change-plan.ts";
import {
  type FilePath,
  ROOT_PATH,
  displayPath,
  isWithin,
  joinPath,
  namesOf,
} from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { EXIT, TardisError } from "../core/errors.ts";
import type { InPlaceOptions } from "../core/in-place-options.ts";
import { Comparison, type ComparisonOptions, type FoundChange } from "./compare.ts";
import type { DiffNode, SetTree } from "./diff-tree.ts";
import type { DiskTree } from "./disk-tree.ts";
import { parentOf } from "./root-paths.ts";
import type { Named } from "./restore-wanted.ts";

/** One entry that is not as it should be. */
export type InPlaceChange = {
  readonly path: FilePath;
  /** What it is to be; undefined: nothing. */
  readonly version: Version | undefined;
  /** What it is; undefined: nothing. */
  readonly there: DiffNode | undefined;
};

export type InPlacePlan = {
  /** What was named. */
  readonly tops: readonly FilePath[];
  /** To be replaced, created or deleted, by path: folders before what is in them. */
  readonly changes: readonly InPlaceChange[];
  /** Folders of which something else is to be said, or in which something changes; by path. */
  readonly folders: readonly { readonly path: FilePath; readonly version: Version }[];
  readonly plan: ChangePlan;
};

export type InPlaceTrees = { readonly old: SetTree; readonly new: DiskTree };

/**
 * Of paths of one set. What is `spared`, and what leads to it, is never deleted: no set has it.
 * Throws SourceFailed where the disk cannot be read.
 */
export async function planInPlace(
  trees: InPlaceTrees,
  named: readonly Named[],
  options: Pick<InPlaceOptions, "signal" | "extras"> &
    Pick<ComparisonOptions, "onProblem"> & { readonly spared: readonly FilePath[] },
): Promise<InPlacePlan> {
  const folders = new Map<FilePath, Version>();
  const comparison = new Comparison(trees, {
    folders: "recurse",
    purpose: "restore",
    signal: options.signal,
    onProblem: options.onProblem,
    onFolder: ({ path, version }) => version !== undefined && folders.set(path, version),
  });
  const missing: InPlaceChange[] = [];
  for (const { path, found } of named) {
    if (found.kind === "root") throw new WholeSystem();
    missing.push(...(await missingAbove(trees, path)));
    await comparison.add(await trees.old.find(path), await trees.new.find(path));
  }
  const found = (await comparison.finish()).filter((each) => isWanted(each, options));
  const tally = new ChangeTally();
  for (const { path } of missing)
    tally.add({ action: "create", path, kind: "directory", sizeBytes: 0 });
  for (const each of found) tally.add(tallied(each));
  const changes = [...missing, ...found.flatMap(changeOf)];
  for (const { path, version } of missing) if (version !== undefined) folders.set(path, version);
  return {
    tops: named.map(({ path }) => path),
    changes: changes.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    folders: foldersToFinish(folders, found, changes),
    plan: tally.plan,
  };
}

/** The folders above a path that are gone from the disk. */
async function missingAbove(
  trees: InPlaceTrees,
  path: FilePath,
): Promise<readonly InPlaceChange[]> {
  const missing: InPlaceChange[] = [];
  let folder = ROOT_PATH;
  for (const name of namesOf(path).slice(0, -1)) {
    folder = joinPath(folder, name);
    if ((await trees.new.find(folder)) !== undefined) continue;
    const version = (await trees.old.find(folder))?.version;
    if (version !== undefined) missing.push({ path: folder, version, there: undefined });
  }
  return missing;
}

function isWanted(
  { change }: FoundChange,
  { extras, spared }: { readonly extras: "delete" | "leave"; readonly spared: readonly FilePath[] },
): boolean {
  if (change.status !== "added") return true;
  const isSpared = spared.some(
    (path) => isWithin(path, change.path) || isWithin(change.path, path),
  );
  return extras === "delete" && !isSpared;
}

/** What is only said of a folder is set at the end, and needs no change of its own. */
function changeOf({ change, old, new: there }: FoundChange): readonly InPlaceChange[] {
  if (change.status === "metadata" && old?.kind === "directory") return [];
  return [{ path: change.path, version: old?.version, there }];
}

function tallied({ change, old, new: there }: FoundChange) {
  const { path, status } = change;
  const node = old ?? there;
  const kind = node?.kind ?? "file";
  const sizeBytes = kind === "file" ? (node?.sizeBytes ?? 0) : 0;
  return { action: actionOf(status), path, kind, sizeBytes };
}

function actionOf(status: FoundChange["change"]["status"]): ChangeAction {
  switch (status) {
    case "removed":
      return "create";
    case "added":
      return "delete";
    case "metadata":
      return "metadata";
    case "changed":
    case "retyped":
    case "renamed":
      return "replace";
  }
}

/** Everything that is done in a folder changes its time. */
function foldersToFinish(
  folders: ReadonlyMap<FilePath, Version>,
  found: readonly FoundChange[],
  changes: readonly InPlaceChange[],
): InPlacePlan["folders"] {
  const touched = new Set<FilePath>();
  for (const { path, version } of changes) {
    touched.add(parentOf(path));
    if (version?.kind === "directory") touched.add(path);
  }
  for (const { change, old } of found) if (old?.kind === "directory") touched.add(change.path);
  return [...folders]
    .filter(([path]) => touched.has(path))
    .map(([path, version]) => ({ path, version }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The machine that restores would be restored below its feet. */
class WholeSystem extends TardisError {
  constructor() {
    super(`${displayPath(ROOT_PATH)} cannot be restored in place`, {
      hint: "Name the folders that are to be brought back, or restore to another disk with -o.",
      exitCode: EXIT.usage,
    });
  }
}
