/**
 * Long work of the main thread, a slice at a time, so that what workers ask is answered in between:
 * they have little to go on with.
 */

/** A slice takes a few milliseconds at most, if no item of it has more entries. */
const ENTRIES_PER_SLICE = 128;
/** What an item costs besides its entries. */
const ENTRIES_PER_ITEM = 8;

/** `entryCount`: of an item. Every slice has an item at least. */
export function* slicesOf<T>(items: readonly T[], entryCount: (item: T) => number): Generator<T[]> {
  let slice: T[] = [];
  let weight = 0;
  for (const item of items) {
    slice.push(item);
    weight += ENTRIES_PER_ITEM + entryCount(item);
    if (weight < ENTRIES_PER_SLICE) continue;
    yield slice;
    slice = [];
    weight = 0;
  }
  if (slice.length > 0) yield slice;
}

/** Resolves when what has arrived meanwhile was looked at. */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
