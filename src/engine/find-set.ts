/** Which set is meant by what people call it, or by a date. Pure, of the sets that there are. */
import type { BackupSet } from "../core/backup-set.ts";
import { UsageError } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { Repository } from "../core/repository.ts";
import type { OneSetChoice } from "../core/set-choice.ts";

const CURRENT = "Current";
const NAMES_SHOWN = 5;

/** Throws UsageError when there is none, or more than one begins so. */
export async function findSet(repository: Repository, choice: OneSetChoice): Promise<BackupSet> {
  return chooseSet(await repository.backupSets(), choice, repository.name);
}

/** `sets`: oldest first. `where` is for messages. Throws UsageError. */
export function chooseSet(
  sets: readonly BackupSet[],
  choice: OneSetChoice,
  where: string,
): BackupSet {
  if (choice.kind === "at") return setAt(sets, choice, where);
  const { text } = choice;
  const found = text === CURRENT ? newestComplete(sets) : named(sets, text);
  if (found !== undefined) return found;
  if (text === CURRENT) throw noCompleteSet(sets, where);
  throw new UsageError(`${where} has no backup set ${text}`, namesHint(sets, text));
}

/**
 * A:B in names of sets, either of which may be missing; or one set. Names may have colons too: the
 * range is read so that both are sets. Throws UsageError.
 */
export function chooseSetRange(
  sets: readonly BackupSet[],
  text: string,
  where: string,
): readonly BackupSet[] {
  const one = text === CURRENT ? newestComplete(sets) : named(sets, text);
  if (one !== undefined) return [one];
  for (const { index } of text.matchAll(/:/g)) {
    const from = endOfRange(sets, text.slice(0, index), sets[0]);
    const to = endOfRange(sets, text.slice(index + 1), sets.at(-1));
    if (from === undefined || to === undefined) continue;
    return sets.filter(({ id }) => id >= from.id && id <= to.id);
  }
  throw new UsageError(
    `the range of sets "${text}" names no sets of ${where}`,
    "Write FIRST:LAST, each a name, number or tag of a set; one of the two may be left out.",
  );
}

function setAt(
  sets: readonly BackupSet[],
  { timeMs, said }: Extract<OneSetChoice, { kind: "at" }>,
  where: string,
): BackupSet {
  const complete = sets.filter(({ state }) => state === "complete");
  const [first] = complete;
  if (first === undefined) throw noCompleteSet(sets, where);
  const found = complete.findLast(({ startedMs }) => startedMs <= timeMs);
  if (found !== undefined) return found;
  const started = new Date(first.startedMs).toISOString().replace(/\.\d+/, "");
  throw new UsageError(
    `${where} has no backup set from "${said}" or before`,
    `The first complete one is ${first.name}, started ${started}: name it with --backup.`,
  );
}

function named(sets: readonly BackupSet[], text: string): BackupSet | undefined {
  const exact =
    sets.find(({ name }) => name === text) ??
    sets.find(({ tags }) => tags.includes(text)) ??
    sets.find(({ id }) => String(id) === text);
  if (exact !== undefined || text === "") return exact;
  const begun = sets.filter(({ name, tags }) =>
    [name, ...tags].some((called) => called.startsWith(text)),
  );
  if (begun.length < 2) return begun[0];
  const names = begun.map(({ name }) => name);
  const shown = names.slice(-NAMES_SHOWN).join(", ");
  throw new UsageError(
    `${names.length} backup sets begin with ${text}`,
    `Write more of the name: ${names.length > NAMES_SHOWN ? "…, " : ""}${shown}.`,
  );
}

function endOfRange(
  sets: readonly BackupSet[],
  text: string,
  open: BackupSet | undefined,
): BackupSet | undefined {
  if (text === "") return open;
  return text === CURRENT ? newestComplete(sets) : named(sets, text);
}

function newestComplete(sets: readonly BackupSet[]): BackupSet | undefined {
  return sets.findLast(({ state }) => state === "complete");
}

function noCompleteSet(sets: readonly BackupSet[], where: string): UsageError {
  return new UsageError(
    `${where} has no complete backup set`,
    sets.length === 0 ? "Make a first backup with tardis backup." : "Name one with --backup.",
  );
}

function namesHint(sets: readonly BackupSet[], text: string): string {
  if (sets.length === 0) return "The repository has no sets.";
  const called = sets.flatMap(({ name, tags }) => [name, ...tags]);
  const near = nearest(text, called, NAMES_SHOWN);
  if (near.length > 0) return `Did you mean ${near.join(", ")}?`;
  const newest = sets.slice(-NAMES_SHOWN).map(({ name }) => name);
  return `The newest are: ${newest.join(", ")}.`;
}
