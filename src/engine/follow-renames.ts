/**
 * What became of a file under whatever name: where it was before it came to a place, and where it
 * went from there. Directories stay themselves when they are renamed; a file that turns up
 * elsewhere in the very set in which it is gone here is the same if it has the inode or content.
 */
import type { BackupSet } from "../core/backup-set.ts";
import { type FilePath, joinPath } from "../core/byte-string.ts";
import type { Interval, PastVersion } from "../core/history.ts";
import type { EntryHistory, EntryState } from "../core/list-options.ts";
import type { Repository } from "../core/repository.ts";
import { DirectoryPaths } from "./directory-paths.ts";
import { type FolderHistory, cut, setsTellingOf } from "./history.ts";

/** Renames followed in each direction. */
const RENAMES_MAX = 100;

type Move = "came-from" | "went-to";
type Step = Interval & { readonly path: FilePath; readonly version: PastVersion };

/** The same entry with the states of all its places, under the path it was asked for. */
export async function followRenames(
  repository: Repository,
  root: FolderHistory,
  history: EntryHistory,
): Promise<EntryHistory> {
  const newest = history.states.findLast(({ version }) => version !== undefined)?.version;
  if (newest === undefined) return history;
  const place = await rowsOf(repository, newest);
  const before = await followed(repository, place, "came-from");
  const after = await followed(repository, place, "went-to");
  const steps = await stepsOf(repository, [...before, ...place, ...after]);
  const told = toldBy(root, steps);
  if (told.length === 0) return history;
  return { ...history, sets: told.map(({ set }) => set), states: statesAlong(told) };
}

/** All states in the place of one, oldest first. */
async function rowsOf(
  repository: Repository,
  { directory, name }: PastVersion,
): Promise<readonly PastVersion[]> {
  return (await repository.histories([{ directory, name }]))[0] ?? [];
}

async function followed(
  repository: Repository,
  start: readonly PastVersion[],
  move: Move,
): Promise<readonly PastVersion[]> {
  const found: PastVersion[] = [];
  let rows = start;
  for (let count = 0; count < RENAMES_MAX; count += 1) {
    const end = move === "came-from" ? rows[0] : rows.at(-1);
    const next = end && (await neighbour(repository, end, move));
    if (next === undefined) break;
    const place = await rowsOf(repository, next);
    rows =
      move === "came-from"
        ? place.filter(({ firstSet }) => firstSet <= next.firstSet)
        : place.filter(({ firstSet }) => firstSet >= next.firstSet);
    if (move === "came-from") found.unshift(...rows);
    else found.push(...rows);
  }
  return found;
}

/** What it was in the set before its first, or in the set after its last. */
async function neighbour(
  repository: Repository,
  version: PastVersion,
  move: Move,
): Promise<PastVersion | undefined> {
  if (version.kind !== "file" || (move === "went-to" && version.lastSet === undefined))
    return undefined;
  const [alike = []] = await repository.lookalikes([version]);
  const joins = alike.filter((other) =>
    move === "came-from"
      ? other.lastSet === version.firstSet - 1
      : other.firstSet === (version.lastSet ?? 0) + 1,
  );
  const elsewhere = joins.filter(
    ({ directory, name }) => directory !== version.directory || name !== version.name,
  );
  return elsewhere.toSorted((a, b) => likeness(b, version) - likeness(a, version))[0];
}

function likeness(a: PastVersion, b: PastVersion): number {
  const isSameContent = a.content !== undefined && a.content === b.content;
  return (isSameContent ? 1 : 0) + (a.inode === b.inode && a.fileSystem === b.fileSystem ? 2 : 0);
}

async function stepsOf(
  repository: Repository,
  versions: readonly PastVersion[],
): Promise<readonly Step[]> {
  const paths = new DirectoryPaths(repository);
  await paths.load(new Set(versions.map(({ directory }) => directory)));
  return versions.flatMap((version) =>
    paths.spans(version.directory, version).flatMap((span) => {
      const part = cut<Interval>(span, version);
      return part === undefined
        ? []
        : [{ ...part, path: joinPath(span.path, version.name), version }];
    }),
  );
}

type Told = Pick<EntryState, "path" | "version"> & { readonly set: BackupSet };

/** What each set says that tells of where it was then, from the first that has it. */
function toldBy(root: FolderHistory, steps: readonly Step[]): readonly Told[] {
  const paths = new Set(steps.map(({ path }) => path));
  const telling = new Map([...paths].map((path) => [path, new Set(setsTellingOf(root, path))]));
  let last: FilePath | undefined;
  return root.views.flatMap(({ set }) => {
    const now = steps.find(
      ({ firstSet, lastSet }) => firstSet <= set.id && set.id <= (lastSet ?? Infinity),
    );
    const path = now?.path ?? last;
    if (path === undefined || telling.get(path)?.has(set) !== true) return [];
    last = path;
    return [{ set, path, version: now?.version }];
  });
}

function statesAlong(told: readonly Told[]): readonly EntryState[] {
  const states: EntryState[] = [];
  for (const [index, { path, version }] of told.entries()) {
    const last = states.at(-1);
    if (last !== undefined && last.version === version && last.path === path)
      states[states.length - 1] = { ...last, to: index };
    else states.push({ path, version, from: index, to: index });
  }
  return states;
}
