/** Finds a path in a set, name by name from the root, and sets by what people call them. */
import type { BackupSet } from "../core/backup-set.ts";
import {
  type FileName,
  type FilePath,
  ROOT_PATH,
  display,
  displayPath,
  namesOf,
} from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { EXIT, TardisError, UsageError } from "../core/errors.ts";
import { type BackupSetId, type DirectoryId, ROOT_DIRECTORY } from "../core/ids.ts";
import type { Repository } from "../core/repository.ts";

/** What a path is in a set. The root itself has no version. */
export type Found =
  | { readonly kind: "root"; readonly directory: DirectoryId }
  | { readonly kind: "entry"; readonly version: Version };

/** undefined when the set has no such path. */
export async function findPath(
  repository: Repository,
  set: BackupSetId,
  path: FilePath,
): Promise<Found | undefined> {
  if (path === ROOT_PATH) return { kind: "root", directory: ROOT_DIRECTORY };
  let directory: DirectoryId | undefined = ROOT_DIRECTORY;
  let version: Version | undefined;
  for (const name of namesOf(path)) {
    if (directory === undefined) return undefined;
    const [entries] = await repository.directories(set, [directory]);
    version = entries?.find((entry) => entry.name === name);
    if (version === undefined) return undefined;
    directory = version.child;
  }
  return version === undefined ? undefined : { kind: "entry", version };
}

/**
 * The set that `text` names: "Current" (the newest complete one), a name, a number or a tag.
 * Throws UsageError when there is none.
 */
export async function findSet(repository: Repository, text: string): Promise<BackupSet> {
  const sets = await repository.backupSets();
  const found =
    text === "Current"
      ? sets.findLast(({ state }) => state === "complete")
      : (sets.find(({ name }) => name === text) ??
        sets.find(({ tags }) => tags.includes(text)) ??
        sets.find(({ id }) => String(id) === text));
  if (found !== undefined) return found;
  if (text === "Current") {
    throw new UsageError(
      `${repository.name} has no complete backup set`,
      sets.length === 0 ? "Make a first backup with tardis backup." : "Name one with --backup.",
    );
  }
  const names = sets.slice(-5).map(({ name }) => name);
  const hint =
    names.length === 0 ? "The repository has no sets." : `The newest are: ${names.join(", ")}.`;
  throw new UsageError(`${repository.name} has no backup set ${text}`, hint);
}

/** Nothing of that name in that set. */
export class PathNotInSet extends TardisError {
  constructor(path: FilePath, set: BackupSet, near: readonly FileName[]) {
    super(`${displayPath(path)} is not in the backup set ${set.name}`, {
      hint:
        near.length === 0
          ? "tardis admin list shows the sets; name another with --backup."
          : `In its folder there are: ${near.map(display).join(", ")}.`,
      exitCode: EXIT.failed,
    });
  }
}
