/**
 * Where a directory lies in a backup set, as far as it matters for what the set holds of it: above
 * the roots, or within one; before or after the point that an unfinished walk reached. Pure.
 *
 * A walk visits directories in preorder by the bytes of their names, so all that is to be known of
 * a directory follows from its parent's place and its own name.
 */
import type { BackupSet } from "../core/backup-set.ts";
import { type FileName, ROOT_PATH, namesOf } from "../core/byte-string.ts";

export type Place = {
  /** undefined: within a root. Else it is above roots: the names from here to each of them. */
  readonly toRoots: readonly (readonly FileName[])[] | undefined;
  /** undefined: all of it was walked. Else the names from here to the last directory walked. */
  readonly toCursor: readonly FileName[] | undefined;
};

/** Most directories of most sets: one object stands for them all. */
const WHOLE: Place = { toRoots: undefined, toCursor: undefined };

/** The place of "/"; undefined when the walk did not get that far. */
export function topPlace({ roots, state, cursor }: BackupSet): Place | undefined {
  const isWalked = state === "complete";
  if (!isWalked && cursor === undefined) return undefined;
  return place(
    roots.includes(ROOT_PATH) ? undefined : roots.map(namesOf),
    isWalked || cursor === undefined ? undefined : namesOf(cursor),
  );
}

/** Whether the set has the entry `name` of a directory here. */
export function hasEntry({ toRoots }: Place, name: FileName): boolean {
  return toRoots === undefined || toRoots.some(([first]) => first === name);
}

/** The place of the directory `name` in one here; undefined: the set has no entries of it. */
export function placeBelow(above: Place, name: FileName): Place | undefined {
  if (above === WHOLE) return WHOLE;
  if (!hasEntry(above, name)) return undefined;
  const { toCursor } = above;
  const next = toCursor?.[0];
  // Preorder: what lies below the last directory walked comes after it.
  if (toCursor !== undefined && (next === undefined || name > next)) return undefined;
  return place(rootsBelow(above.toRoots, name), name === next ? toCursor?.slice(1) : undefined);
}

function rootsBelow(toRoots: Place["toRoots"], name: FileName): Place["toRoots"] {
  if (toRoots === undefined) return undefined;
  const tails = toRoots.filter(([first]) => first === name).map((names) => names.slice(1));
  return tails.some((names) => names.length === 0) ? undefined : tails;
}

function place(toRoots: Place["toRoots"], toCursor: Place["toCursor"]): Place {
  return toRoots === undefined && toCursor === undefined ? WHOLE : { toRoots, toCursor };
}
