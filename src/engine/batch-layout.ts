/**
 * Where the contents of a batch's files are read to: those that are stored as they are, then those
 * that are compressed, by the endings of their names, for these resemble each other. After them is
 * room for what is no file's, and is compressed. Pure.
 */
import type { FilePath } from "../core/byte-string.ts";
import type { EntryRecords } from "../core/entry-records.ts";
import { endingOf } from "./name-ending.ts";

export type Handling = "compressed" | "stored";

export type BatchLayout = {
  /** By index; of what is no file 0. */
  readonly starts: Float64Array;
  /** By index. */
  readonly handling: readonly Handling[];
  readonly totalBytes: number;
};

/** Sorts before "1". */
const STORED_FIRST = "0";

/** `records`: named by their paths. `uncompressed`: endings of what is stored as it is. */
export function layOut(records: EntryRecords, uncompressed: ReadonlySet<string>): BatchLayout {
  const files: number[] = [];
  const keys: string[] = [];
  const handling: Handling[] = [];
  for (let index = 0; index < records.count; index += 1) {
    const isFile = records.isFile(index);
    const ending = isFile ? endingOf(records.name(index) as string as FilePath) : "";
    const isStored = isFile && uncompressed.has(ending);
    if (isFile) files.push(index);
    keys.push(isStored ? STORED_FIRST : `1${ending}`);
    handling.push(isStored ? "stored" : "compressed");
  }
  files.sort((a, b) => compare(keys[a] as string, keys[b] as string));
  const starts = new Float64Array(records.count);
  let totalBytes = 0;
  for (const index of files) {
    starts[index] = totalBytes;
    totalBytes += records.sizeBytes(index);
  }
  return { starts, handling, totalBytes };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
