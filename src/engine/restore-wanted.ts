/** What a restore is to bring back, and from which sets: of paths, or of contents by their ids. */
import type { BackupSet } from "../core/backup-set.ts";
import {
  type FileName,
  type FilePath,
  ROOT_PATH,
  byteStringOfText,
  displayPath,
  joinPath,
  namesOf,
} from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { EXIT, TardisError } from "../core/errors.ts";
import type { ContentId } from "../core/ids.ts";
import type { Repository } from "../core/repository.ts";
import type { RestoreOptions, RestorePath } from "../core/restore-options.ts";
import { findSet } from "./find-set.ts";
import { type Found, findPath, pathNotInSet } from "./find-version.ts";
import { entryHistory, findInHistory, rootHistory } from "./history.ts";
import type { RestoreItem } from "./restore-run.ts";

/** An entry that was named, and the set it is taken from. */
export type Named = { readonly path: FilePath; readonly found: Found; readonly set: BackupSet };

/** Where things go below the output, by the set they come from. */
export type ItemsOfSet = { readonly set: BackupSet; readonly items: readonly RestoreItem[] };

/** Not empty. Throws UsageError, PathNotInSet, ContentUnknown. */
export async function findWanted(
  repository: Repository,
  { set, wanted }: Pick<RestoreOptions, "set" | "wanted">,
): Promise<readonly Named[]> {
  const found: Named[] = [];
  if (wanted.kind === "contents") {
    const sets = await repository.backupSets();
    for (const content of wanted.contents)
      found.push(await contentNamed(repository, content, { sets, names: wanted.names }));
    return found;
  }
  if (set.kind === "last") {
    const sets = await repository.backupSets();
    for (const path of wanted.paths) found.push(await lastNamed(repository, sets, path));
    return found;
  }
  const chosen = await findSet(repository, set);
  for (const path of wanted.paths) found.push(await named(repository, chosen, path));
  return found;
}

/** In the order in which the sets were first named. */
export function bySet<T extends { readonly set: BackupSet; readonly item: RestoreItem }>(
  items: readonly T[],
): readonly ItemsOfSet[] {
  const groups = new Map<number, { set: BackupSet; items: RestoreItem[] }>();
  for (const { set, item } of items) {
    const group = groups.get(set.id);
    if (group === undefined) groups.set(set.id, { set, items: [item] });
    else group.items.push(item);
  }
  return [...groups.values()];
}

async function named(
  repository: Repository,
  set: BackupSet,
  { path, others }: RestorePath,
): Promise<Named> {
  for (const candidate of [path, ...others]) {
    const found = await findPath(repository, set.id, candidate);
    if (found !== undefined) return { path: candidate, found, set };
  }
  throw await pathNotInSet(repository, set, path);
}

/** As it was in the newest set that has it. */
async function lastNamed(
  repository: Repository,
  sets: readonly BackupSet[],
  { path, others }: RestorePath,
): Promise<Named> {
  const root = rootHistory(repository, sets);
  for (const candidate of [path, ...others]) {
    if (candidate === ROOT_PATH)
      return await named(repository, await findSet(repository, CURRENT), { path, others });
    const rows = await findInHistory(repository, root, candidate);
    const history = rows && entryHistory(rows);
    const last = history?.states.findLast(({ version }) => version !== undefined);
    const set = last && history?.sets[last.to];
    // By the way that leads to it in that set, which vouches for it where something can.
    if (set !== undefined) return await named(repository, set, { path: candidate, others: [] });
  }
  throw new PathNowhere(path);
}

const CURRENT = { kind: "named", text: "Current" } as const;

/** `names`: recover the one it had last, with all that was said of it, or name it by its id. */
async function contentNamed(
  repository: Repository,
  content: ContentId,
  { sets, names }: { readonly sets: readonly BackupSet[]; readonly names: "recover" | "checksum" },
): Promise<Named> {
  const [chain] = await repository.chains([content]);
  const [blob] = chain ?? [];
  if (blob === undefined) throw new ContentUnknown(content);
  const [rows = []] = await repository.lookalikes([{ inode: undefined, content }]);
  const newest = rows.toSorted((a, b) => a.firstSet - b.firstSet).at(-1);
  const set = sets.find(({ id }) => id === newest?.firstSet) ?? sets.at(-1);
  if (set === undefined) throw new ContentUnknown(content);
  if (names === "recover" && newest !== undefined)
    return {
      path: joinPath(ROOT_PATH, newest.name),
      found: { kind: "entry", version: newest },
      set,
    };
  const name = byteStringOfText(content) as FileName;
  const version = versionNamed(name, content, blob.sizeBytes);
  return { path: joinPath(ROOT_PATH, name), found: { kind: "entry", version }, set };
}

/** Nothing but its bytes are known of it. */
function versionNamed(name: FileName, content: ContentId, sizeBytes: number): Version {
  return {
    name,
    kind: "file",
    permissions: 0o600,
    owner: { uid: 0, gid: 0, userName: "", groupName: "" },
    sizeBytes,
    mtimeNs: 0n,
    ctimeNs: 0n,
    inode: 0n,
    fileSystem: 0,
    links: 1,
    deviceNumber: 0,
    flags: { isRacy: false, isTorn: false, isUnreadable: false, leftOut: [] },
    content,
    attributes: undefined,
    child: undefined,
  };
}

/** The last name of a path; the root has none. */
export function lastName(path: FilePath): FileName {
  return namesOf(path).at(-1) ?? ("" as FileName);
}

class PathNowhere extends TardisError {
  constructor(path: FilePath) {
    super(`${displayPath(path)} is in none of the backup sets`, {
      hint: 'Look for it: tardis ls --find "*name*".',
      exitCode: EXIT.failed,
    });
  }
}

/** No content with that id is stored. */
class ContentUnknown extends TardisError {
  constructor(content: ContentId) {
    super(`no content ${content} is stored`, {
      hint: "Give all of its 64 digits; tardis ls -c shows the checksums of versions.",
      exitCode: EXIT.failed,
    });
  }
}
