/**
 * Batches on their way between threads, as columns. An array of objects costs 30 µs an entry to be
 * cloned; this costs one.
 */
import type { FilePath } from "../core/byte-string.ts";
import { KIND_CODES, kindOfCode } from "../core/entry.ts";
import type { ContentId } from "../core/ids.ts";
import type { DeltaChain } from "../core/repository.ts";
import type { EntryRead, EntryToRead, ExpectedEntry } from "./jobs.ts";

/** What a worker needs to know of each entry. */
export type EntryTable = {
  /** Joined by NUL, which no path has. */
  readonly paths: string;
  readonly kinds: Uint8Array;
  readonly sparse: Uint8Array;
  readonly sizes: Float64Array;
  /** Of modification and of change, in turn. */
  readonly times: BigInt64Array;
  readonly inodes: BigUint64Array;
  /** By index, of the few that have one. */
  readonly bases: ReadonlyMap<number, DeltaChain>;
};

/** What a worker found. */
export type ReadTable = {
  /** By index. */
  readonly contents: readonly (ContentId | undefined)[];
  readonly attributes: ReadonlyMap<number, ContentId>;
  /** Those that are not as the scan saw them, or could not be read, by index: all of it. */
  readonly unusual: ReadonlyMap<number, EntryRead>;
};

export function packEntries(files: readonly EntryToRead[]): EntryTable {
  const table = {
    paths: files.map(({ path }) => path).join("\0"),
    kinds: new Uint8Array(files.length),
    sparse: new Uint8Array(files.length),
    sizes: new Float64Array(files.length),
    times: new BigInt64Array(2 * files.length),
    inodes: new BigUint64Array(files.length),
    bases: new Map<number, DeltaChain>(),
  };
  for (const [index, { entry, basis }] of files.entries()) {
    table.kinds[index] = KIND_CODES[entry.kind];
    table.sparse[index] = entry.isSparse ? 1 : 0;
    table.sizes[index] = entry.sizeBytes;
    table.times[2 * index] = entry.mtimeNs;
    table.times[2 * index + 1] = entry.ctimeNs;
    table.inodes[index] = entry.inode;
    if (basis !== undefined) table.bases.set(index, basis);
  }
  return table;
}

/** One entry of a table. */
export type UnpackedEntry = {
  readonly path: FilePath;
  readonly expected: ExpectedEntry;
  readonly basis: DeltaChain | undefined;
};

export function* unpackEntries(table: EntryTable): Generator<UnpackedEntry, void> {
  const paths = table.paths.split("\0") as FilePath[];
  for (const [index, path] of paths.entries()) {
    const expected = {
      kind: kindOfCode(table.kinds[index] ?? 0),
      isSparse: table.sparse[index] === 1,
      sizeBytes: table.sizes[index] ?? 0,
      mtimeNs: table.times[2 * index] ?? 0n,
      ctimeNs: table.times[2 * index + 1] ?? 0n,
      inode: table.inodes[index] ?? 0n,
    };
    yield { path, expected, basis: table.bases.get(index) };
  }
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
