/** Which versions of an entry `tardis ls` shows, and the sets that each is shown with. Pure. */
import type { BackupSet } from "../core/backup-set.ts";
import type { FilePath } from "../core/byte-string.ts";
import type { PastVersion } from "../core/history.ts";
import type { EntryHistory, EntryState } from "../core/list-options.ts";

export type VersionChoice = {
  readonly versions: "none" | "change" | "all" | "last";
  readonly deletions: boolean;
  readonly broken: boolean;
  /** What is a change besides another kind or content. */
  readonly changes: "content" | "times" | "metadata";
};

export type ShownVersion = {
  readonly path: FilePath;
  /** The newest that it stands for; undefined: gone. */
  readonly version: PastVersion | undefined;
  readonly first: BackupSet;
  readonly last: BackupSet;
  readonly setCount: number;
};

export type ShownEntry = {
  readonly entry: EntryHistory;
  /** The newest state that is not gone. */
  readonly newest: PastVersion;
  readonly versions: readonly ShownVersion[];
};

/** undefined: nothing of it is to be shown. */
export function shownEntry(entry: EntryHistory, choice: VersionChoice): ShownEntry | undefined {
  const states = entry.states.filter(({ version }) => isWanted(version, choice));
  const newest = states.findLast(({ version }) => version !== undefined)?.version;
  const isGone = entry.states.at(-1)?.version === undefined;
  if (newest === undefined || (isGone && !choice.deletions)) return undefined;
  return { entry, newest, versions: versionsOf(entry, states, choice) };
}

/** Whether the content was wanted and could not be read. */
export function isBroken({ flags, kind, content, sizeBytes }: PastVersion): boolean {
  return flags.isUnreadable || (kind === "file" && content === undefined && sizeBytes > 0);
}

function isWanted(version: PastVersion | undefined, choice: VersionChoice): boolean {
  if (version === undefined) return choice.deletions;
  return choice.broken || !isBroken(version);
}

function versionsOf(
  entry: EntryHistory,
  states: readonly EntryState[],
  choice: VersionChoice,
): readonly ShownVersion[] {
  switch (choice.versions) {
    case "none":
      return [];
    case "all":
      return states.flatMap((state) => eachSet(entry, state));
    case "change":
      return changesOf(states, choice).map((state) => shown(entry, state));
    case "last": {
      const kept = changesOf(states, choice).findLast(({ version }) => version !== undefined);
      return kept === undefined ? [] : [shown(entry, kept)];
    }
  }
}

/** States that follow one another and differ in nothing that is a change are one. */
function changesOf(
  states: readonly EntryState[],
  { changes }: VersionChoice,
): readonly EntryState[] {
  const merged: EntryState[] = [];
  for (const state of states) {
    const last = merged.at(-1);
    const goesOn = last !== undefined && last.to + 1 === state.from && last.path === state.path;
    if (goesOn && isSame(last.version, state.version, changes))
      merged[merged.length - 1] = { ...state, from: last.from };
    else merged.push(state);
  }
  return merged;
}

function isSame(
  a: PastVersion | undefined,
  b: PastVersion | undefined,
  changes: VersionChoice["changes"],
): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind !== b.kind || a.content !== b.content || isBroken(a) !== isBroken(b)) return false;
  if (changes === "content") return true;
  return a.mtimeNs === b.mtimeNs && (changes === "times" || isSameMetadata(a, b));
}

function isSameMetadata(a: PastVersion, b: PastVersion): boolean {
  return (
    a.permissions === b.permissions &&
    a.owner.uid === b.owner.uid &&
    a.owner.gid === b.owner.gid &&
    a.attributes === b.attributes &&
    a.ctimeNs === b.ctimeNs
  );
}

function eachSet(entry: EntryHistory, state: EntryState): readonly ShownVersion[] {
  const { path, version } = state;
  return entry.sets
    .slice(state.from, state.to + 1)
    .map((set) => ({ path, version, first: set, last: set, setCount: 1 }));
}

function shown({ sets }: EntryHistory, { path, version, from, to }: EntryState): ShownVersion {
  const [first, last] = [sets[from], sets[to]];
  if (first === undefined || last === undefined) throw new RangeError("a state is in some sets");
  return { path, version, first, last, setCount: to - from + 1 };
}
