/**
 * What became of an entry over the sets. Rows of the catalog say in which sets an entry was so; but
 * a set covers certain paths only, and an unfinished one what was walked (docs/format.md §2.2). So
 * for each path there are sets that tell of it, and in each of those it has a state, or is gone.
 */
import { type Place, hasEntry, placeBelow, topPlace } from "../catalog/place.ts";
import type { BackupSet } from "../core/backup-set.ts";
import { type FileName, type FilePath, ROOT_PATH, joinPath, namesOf } from "../core/byte-string.ts";
import type { Interval, PastVersion } from "../core/history.ts";
import { type BackupSetId, type DirectoryId, ROOT_DIRECTORY } from "../core/ids.ts";
import type { EntryHistory, EntryState } from "../core/list-options.ts";
import type { Repository } from "../core/repository.ts";

/** Directories asked about in one call. */
const PLACES_PER_CALL = 64;
/** Names whose keys are remembered: in an encrypted repository each takes a while. */
const KEYS_MAX = 16_384;

/** `place`: of keys of names, in whose order an unfinished walk went (Repository.sortKey). */
type View = { readonly set: BackupSet; readonly place: Place };
type KeyOf = (name: FileName) => FileName;
type Span = Interval & { readonly directory: DirectoryId };

/** A folder over all sets: the directories that it was, and the sets that tell what was in it. */
export type FolderHistory = {
  readonly path: FilePath;
  readonly spans: readonly Span[];
  readonly views: readonly View[];
  readonly keyOf: KeyOf;
};

/** States of an entry, cut to the sets in which its folder was where it is looked for. */
export type Found = {
  readonly folder: FolderHistory;
  readonly name: FileName;
  readonly rows: readonly PastVersion[];
};

const EVER: Interval = { firstSet: 0 as BackupSetId, lastSet: undefined };

/** "/", in these sets, oldest first. */
export function rootHistory(repository: Repository, sets: readonly BackupSet[]): FolderHistory {
  const keyOf = remembering((name) => repository.sortKey(name));
  const keyPath = (path: FilePath): FilePath =>
    namesOf(path).reduce((above, name) => joinPath(above, keyOf(name)), ROOT_PATH);
  const views = sets.flatMap((set) => {
    const { roots, cursor } = set;
    const keyed = { ...set, roots: roots.map(keyPath), cursor: cursor && keyPath(cursor) };
    const place = topPlace(keyed);
    return place === undefined ? [] : [{ set, place }];
  });
  const spans = [{ ...EVER, directory: ROOT_DIRECTORY }];
  return { path: ROOT_PATH, spans, views, keyOf };
}

/** An entry as a folder; without spans where it never was one. */
export function folderOf({ folder, name, rows }: Found): FolderHistory {
  const { keyOf } = folder;
  const spans = rows.flatMap(({ child, firstSet, lastSet }) =>
    child === undefined ? [] : [{ directory: child, firstSet, lastSet }],
  );
  const views = viewsBelow(folder, name);
  return { path: joinPath(folder.path, name), spans, views, keyOf };
}

/** The sets that tell whether there is such a path, of those of `root`, oldest first. */
export function setsTellingOf(root: FolderHistory, path: FilePath): readonly BackupSet[] {
  const names = namesOf(path);
  const last = names.pop();
  let { views } = root;
  for (const name of names) views = viewsBelow({ views, keyOf: root.keyOf }, name);
  return (last === undefined ? views : viewsWith({ views, keyOf: root.keyOf }, last)).map(
    ({ set }) => set,
  );
}

type Views = Pick<FolderHistory, "views" | "keyOf">;

/** Most sets have all of most folders: then there is nothing to look up. */
function viewsBelow({ views, keyOf }: Views, name: FileName): readonly View[] {
  if (views.every(({ place }) => isWhole(place))) return views;
  return views.flatMap(({ set, place }) => {
    const below = isWhole(place) ? place : placeBelow(place, keyOf(name));
    return below === undefined ? [] : [{ set, place: below }];
  });
}

function viewsWith({ views, keyOf }: Views, name: FileName): readonly View[] {
  if (views.every(({ place }) => place.toRoots === undefined)) return views;
  return views.filter(({ place }) => hasEntry(place, keyOf(name)));
}

function isWhole({ toRoots, toCursor }: Place): boolean {
  return toRoots === undefined && toCursor === undefined;
}

function remembering(work: KeyOf): KeyOf {
  const known = new Map<FileName, FileName>();
  return (name) => {
    const key = known.get(name) ?? work(name);
    if (known.size >= KEYS_MAX) known.clear();
    known.set(name, key);
    return key;
  };
}

/** `path` in all sets at once. Of the root there is nothing to be found. */
export async function findInHistory(
  repository: Repository,
  root: FolderHistory,
  path: FilePath,
): Promise<Found | undefined> {
  let folder = root;
  let found: Found | undefined;
  for (const name of namesOf(path)) {
    if (found !== undefined) folder = folderOf(found);
    found = await entryNamed(repository, folder, name);
  }
  return found;
}

export async function entryNamed(
  repository: Repository,
  folder: FolderHistory,
  name: FileName,
): Promise<Found> {
  const places = folder.spans.map(({ directory }) => ({ directory, name }));
  const histories = places.length === 0 ? [] : await repository.histories(places);
  const rows = histories.flatMap((rowsOfSpan, index) => cutAll(rowsOfSpan, folder.spans[index]));
  return { folder, name, rows: rows.toSorted(byFirstSet) };
}

/** All entries that each folder has or had, by name. */
export async function entriesIn(
  repository: Repository,
  folders: readonly FolderHistory[],
): Promise<readonly (readonly Found[])[]> {
  const spans = folders.flatMap((folder) => folder.spans);
  const histories: (readonly PastVersion[])[] = [];
  for (let start = 0; start < spans.length; start += PLACES_PER_CALL) {
    const some = spans.slice(start, start + PLACES_PER_CALL);
    const places = some.map(({ directory }) => ({ directory, name: undefined }));
    histories.push(...(await repository.histories(places)));
  }
  let next = 0;
  return folders.map((folder) => {
    const byName = new Map<FileName, PastVersion[]>();
    for (const span of folder.spans) {
      for (const row of cutAll(histories[next] ?? [], span)) {
        const rows = byName.get(row.name);
        if (rows === undefined) byName.set(row.name, [row]);
        else rows.push(row);
      }
      next += 1;
    }
    return [...byName]
      .map(([name, rows]) => ({ folder, name, rows: rows.toSorted(byFirstSet) }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  });
}

/** undefined: none of the sets has it. */
export function entryHistory({ folder, name, rows }: Found): EntryHistory | undefined {
  const path = joinPath(folder.path, name);
  const sets = viewsWith(folder, name).map(({ set }) => set);
  const states = statesOf(path, rows, sets);
  return states.length === 0 ? undefined : { path, name, sets, states };
}

/** `rows`, oldest first, as runs of `sets`; where between or after them there is none: gone. */
export function statesOf(
  path: FilePath,
  rows: readonly PastVersion[],
  sets: readonly BackupSet[],
): readonly EntryState[] {
  const states: EntryState[] = [];
  let end = 0;
  for (const version of rows) {
    const from = indexOfSet(sets, version.firstSet);
    const to = indexOfSet(sets, ((version.lastSet ?? Infinity) + 1) as BackupSetId) - 1;
    if (from > to) continue;
    if (states.length > 0 && from > end) states.push(gone(path, end, from - 1));
    states.push({ path, version, from, to });
    end = to + 1;
  }
  if (states.length > 0 && end < sets.length) states.push(gone(path, end, sets.length - 1));
  return states;
}

/** The part of an interval that lies in another; undefined: none. */
export function cut<T extends Interval>(row: T, by: Interval | undefined): T | undefined {
  if (by === undefined) return undefined;
  const firstSet = Math.max(row.firstSet, by.firstSet) as BackupSetId;
  const last = Math.min(row.lastSet ?? Infinity, by.lastSet ?? Infinity);
  if (firstSet > last) return undefined;
  return { ...row, firstSet, lastSet: last === Infinity ? undefined : (last as BackupSetId) };
}

function cutAll(rows: readonly PastVersion[], by: Interval | undefined): readonly PastVersion[] {
  return rows.map((row) => cut(row, by)).filter((row) => row !== undefined);
}

function gone(path: FilePath, from: number, to: number): EntryState {
  return { path, version: undefined, from, to };
}

/** The index of the first set from `id` on. */
function indexOfSet(sets: readonly BackupSet[], id: BackupSetId): number {
  let low = 0;
  let high = sets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sets[middle]?.id ?? id) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byFirstSet(a: Interval, b: Interval): number {
  return a.firstSet - b.firstSet;
}
