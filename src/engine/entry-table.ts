/**
 * Batches on their way between threads, as columns. An array of objects costs 30 µs an entry to be
 * cloned; this costs one.
 */
import { assert } from "../core/assert.ts";
import type { FilePath } from "../core/byte-string.ts";
import { EntryRecords, RECORD, RECORD_WORDS } from "../core/entry-records.ts";
import type { ContentId } from "../core/ids.ts";
import type { EntryRead } from "./jobs.ts";

/** What a worker needs to know of each entry. */
export type EntryTable = {
  readonly count: number;
  /** As in EntryRecords, but that an entry's name is the path that it is read by. */
  readonly words: Uint32Array;
  readonly paths: Uint8Array;
};

/** What a worker found. */
export type ReadTable = {
  /** By index. */
  readonly contents: readonly (ContentId | undefined)[];
  readonly attributes: ReadonlyMap<number, ContentId>;
  /** Those that are not as the scan saw them, or could not be read, by index: all of it. */
  readonly unusual: ReadonlyMap<number, EntryRead>;
};

/** Room of a new table. Most have a few hundred entries. */
const ENTRIES_FIRST = 256;
const PATH_BYTES_FIRST = 16 * 1024;

export class EntryTableBuilder {
  #words = new Uint32Array(ENTRIES_FIRST * RECORD_WORDS);
  #paths = Buffer.allocUnsafeSlow(PATH_BYTES_FIRST);
  #count = 0;
  #pathEnd = 0;

  get count(): number {
    return this.#count;
  }

  /** The entry at `index` of `records`, which is read at `path`. */
  add(records: EntryRecords, index: number, path: FilePath): void {
    this.#reserve(path.length);
    const at = this.#count * RECORD_WORDS;
    const from = index * RECORD_WORDS;
    for (let word = 0; word < RECORD_WORDS; word += 1) {
      this.#words[at + word] = records.words[from + word] as number;
    }
    this.#pathEnd += this.#paths.write(path, this.#pathEnd, "latin1");
    this.#words[at + RECORD.nameEnd] = this.#pathEnd;
    this.#count += 1;
  }

  /** Ends it. */
  finish(): EntryTable {
    return {
      count: this.#count,
      words: this.#words.slice(0, this.#count * RECORD_WORDS),
      paths: new Uint8Array(this.#paths.subarray(0, this.#pathEnd)),
    };
  }

  #reserve(pathBytes: number): void {
    if ((this.#count + 1) * RECORD_WORDS > this.#words.length) {
      const words = new Uint32Array(2 * this.#words.length);
      words.set(this.#words);
      this.#words = words;
    }
    if (this.#pathEnd + pathBytes <= this.#paths.length) return;
    const paths = Buffer.allocUnsafeSlow(2 * this.#paths.length + pathBytes);
    paths.set(this.#paths);
    this.#paths = paths;
  }
}

/** The entries of a table as records: each goes by its path. */
export function recordsOf({ count, words, paths }: EntryTable): EntryRecords {
  assert(words.length === count * RECORD_WORDS, "a table has a record for each entry");
  return new EntryRecords({ count, words, names: paths, device: 0, elsewhere: undefined });
}

/** What was found of the entry at `index`. */
export function readAt(table: ReadTable, index: number): EntryRead {
  const unusual = table.unusual.get(index);
  if (unusual !== undefined) return unusual;
  return {
    stat: undefined,
    content: table.contents[index],
    attributes: table.attributes.get(index),
    isTorn: false,
    problem: undefined,
    hasOutgrown: false,
  };
}
