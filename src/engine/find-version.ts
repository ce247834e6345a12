/** Finds a path in a set, name by name from the root. */
import type { BackupSet } from "../core/backup-set.ts";
import {
  type FileName,
  type FilePath,
  ROOT_PATH,
  displayPath,
  joinPath,
  namesOf,
} from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { EXIT, TardisError } from "../core/errors.ts";
import { type BackupSetId, type DirectoryId, ROOT_DIRECTORY } from "../core/ids.ts";
import { nearest } from "../core/nearest.ts";
import type { Repository } from "../core/repository.ts";

/** Names shown for one that is not there. */
const NEAR_MAX = 5;

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

/** The error for a path that is not in the set: it names what is like it in the same folder. */
export async function pathNotInSet(
  repository: Repository,
  set: BackupSet,
  path: FilePath,
): Promise<PathNotInSet> {
  let directory: DirectoryId | undefined = ROOT_DIRECTORY;
  let folder = ROOT_PATH;
  for (const name of namesOf(path)) {
    const entries: readonly Version[] = await entriesOf(repository, set, directory);
    const found: Version | undefined = entries.find((entry) => entry.name === name);
    if (found === undefined) return new PathNotInSet(path, set, nearPaths(folder, name, entries));
    directory = found.child;
    folder = joinPath(folder, name);
  }
  return new PathNotInSet(path, set, []);
}

async function entriesOf(
  repository: Repository,
  set: BackupSet,
  directory: DirectoryId | undefined,
): Promise<readonly Version[]> {
  if (directory === undefined) return [];
  return (await repository.directories(set.id, [directory]))[0] ?? [];
}

/** Nothing of that name in that set. */
export class PathNotInSet extends TardisError {
  constructor(path: FilePath, set: BackupSet, near: readonly FilePath[]) {
    super(`${displayPath(path)} is not in the backup set ${set.name}`, {
      hint:
        near.length === 0
          ? "Use tardis ls to see in which sets it is, and name one with --backup."
          : `There are: ${near.map(displayPath).join(", ")}.`,
      exitCode: EXIT.failed,
    });
  }
}

/** Paths in `folder` that may have been meant by `name` there. */
export function nearPaths(
  folder: FilePath,
  name: FileName,
  entries: readonly { readonly name: FileName }[],
): readonly FilePath[] {
  const names = entries.map((entry) => entry.name);
  return nearest(name, names, NEAR_MAX).map((near) => joinPath(folder, near));
}
