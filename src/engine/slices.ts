/**
 * Long work of the main thread, a slice at a time, so that what workers ask is answered in between:
 * they have little to go on with.
 */

/** A slice takes a few milliseconds at most, unless an item of it has more entries. */
const ENTRIES_PER_SLICE = 128;
/** As many entries take as long as what a directory costs besides its own. */
export const ENTRIES_PER_DIRECTORY = 8;

/** `entryCount`: of an item. Every slice has an item at least. */
export function* slicesOf<T>(items: readonly T[], entryCount: (item: T) => number): Generator<T[]> {
  let slice: T[] = [];
  let entries = 0;
  for (const item of items) {
    slice.push(item);
    entries += entryCount(item);
    if (entries < ENTRIES_PER_SLICE) continue;
    yield slice;
    slice = [];
    entries = 0;
  }
  if (slice.length > 0) yield slice;
}

/** Resolves when what has arrived meanwhile was looked at. */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
