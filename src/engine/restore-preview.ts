/** `regen --dry-run`: what a restore would create, replace and leave. Only looks at the disk. */
import { ChangeTally, type ChangeAction, type ChangePlan } from "../core/change-plan.ts";
import { type FilePath, joinPath } from "../core/byte-string.ts";
import type { FileStat, Version } from "../core/entry.ts";
import { Interrupted } from "../core/errors.ts";
import type { DirectoryId } from "../core/ids.ts";
import type { Repository } from "../core/repository.ts";
import type { OverwritePolicy, RestoreOptions } from "../core/restore-options.ts";
import { SourceFailed } from "../source/problem.ts";
import { statPath } from "../source/stat-path.ts";
import type { ItemsOfSet } from "./restore-wanted.ts";

type Looked = {
  readonly path: FilePath;
  readonly directory: DirectoryId;
  /** created: nothing can be in it yet. */
  readonly state: "there" | "created";
};

type Preview = {
  readonly repository: Repository;
  readonly output: FilePath;
  readonly options: Pick<RestoreOptions, "existing" | "directories" | "signal">;
};

/** Throws Interrupted, and SourceFailed where a folder cannot be looked at. */
export async function previewRestore(
  groups: readonly ItemsOfSet[],
  preview: Preview,
): Promise<ChangePlan> {
  const walk = new PreviewWalk(preview);
  for (const group of groups) await walk.add(group);
  return walk.plan;
}

class PreviewWalk {
  readonly #preview: Preview;
  readonly #tally = new ChangeTally();

  constructor(preview: Preview) {
    this.#preview = preview;
  }

  get plan(): ChangePlan {
    return this.#tally.plan;
  }

  async add({ set, items }: ItemsOfSet): Promise<void> {
    const { output, repository, options } = this.#preview;
    const folders: Looked[] = [];
    for (const item of items) {
      const path = item.path === "" ? output : joinPath(output, item.path);
      if (item.kind === "inside") folders.push({ path, directory: item.directory, state: "there" });
      else folders.push(...this.#look(path, item.version, "there"));
    }
    if (options.directories === "only") return;
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      if (options.signal.aborted) throw new Interrupted("the restore");
      const [entries = []] = await repository.directories(set.id, [folder.directory]);
      for (const version of entries)
        folders.push(...this.#look(joinPath(folder.path, version.name), version, folder.state));
    }
  }

  /** Counts it. Of a directory that is walked into, where that leads. */
  #look(path: FilePath, version: Version, above: Looked["state"]): readonly Looked[] {
    const { existing } = this.#preview.options;
    const found = above === "created" ? undefined : lookAtEntry(path);
    const { kind, sizeBytes, child } = version;
    const isFolder = kind === "directory";
    if (isFolder && found?.kind === "directory")
      return child === undefined ? [] : [{ path, directory: child, state: "there" }];
    const action = actionOf(version, found, existing);
    this.#tally.add({ action, path, kind, sizeBytes });
    if (!isFolder || child === undefined || action === "leave") return [];
    return [{ path, directory: child, state: "created" }];
  }
}

/** undefined: nothing is there. Throws SourceFailed when that cannot be told. */
function lookAtEntry(path: FilePath): FileStat | undefined {
  const found = statPath(path);
  if (!("problem" in found)) return found;
  if (found.code === "ENOENT" || found.code === "ENOTDIR") return undefined;
  throw new SourceFailed(path, found.problem, found.code);
}

function actionOf(
  { kind, mtimeNs }: Version,
  found: FileStat | undefined,
  existing: OverwritePolicy,
): ChangeAction {
  if (found === undefined) return "create";
  // Only "always" removes what is in the way of a directory, and nothing removes a directory.
  if (kind === "directory") return existing === "always" ? "replace" : "leave";
  if (found.kind === "directory") return "leave";
  switch (existing) {
    case "always":
      return "replace";
    case "never":
      return "leave";
    case "newer":
      return mtimeNs > found.mtimeNs ? "replace" : "leave";
    case "older":
      return mtimeNs < found.mtimeNs ? "replace" : "leave";
  }
}
