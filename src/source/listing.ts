/**
 * What a directory holds, as packed records (core/entry-records.ts), by name: most directories of
 * most runs are as they were, which their digest tells, and no entry of them becomes an object.
 *
 * The digest is the first half of the SHA-256 of records and names: only this client compares it,
 * with one it made earlier, so the layout may change at the price of one full comparison. It has
 * everything that tells a change, and nothing that changes by itself: no time of access, no number
 * of a mounted device, no allocated blocks.
 */
import type { FileName } from "../core/byte-string.ts";
import {
  EntryRecords,
  MARK_ELSEWHERE,
  MARK_SPARSE,
  RECORD,
  RECORD_WORDS,
} from "../core/entry-records.ts";
import type { FileEntry } from "../core/entry.ts";
import { TYPE_BITS, TYPE_MASK } from "../core/file-mode.ts";
import type { NameList } from "./name-list.ts";
import type { NativeMemory } from "./native-memory.ts";
import { STATX_WORDS, deviceId, deviceNumber, long, word } from "./stat.ts";

const DIGEST_BYTES = 16;
const HASH_BYTES = 32;

const RECORD_BYTES = RECORD_WORDS * 4;

const BLOCK_BYTES = 512;
const WORD = 2 ** 32;
const SECOND_NS = 1_000_000_000n;
const NO_FAILURES: readonly EntryFailure[] = [];

/** How many entries of each kind, and the bytes of the files. */
export type EntryTally = {
  readonly files: number;
  readonly directories: number;
  readonly others: number;
  readonly bytes: number;
};

/** An entry that could not be looked at, and is not in the listing. */
export type EntryFailure = { readonly name: FileName; readonly reason: string };

export type Subdirectory = {
  readonly name: FileName;
  readonly inode: bigint;
  readonly birthNs: bigint;
  /** st_dev: differs from the directory's where a file system is mounted. */
  readonly onDevice: number;
};

export class DirectoryListing {
  readonly records: EntryRecords;
  readonly tally: EntryTally;
  /** The change time of the entry that changed last; 0 where there is none. */
  readonly newestCtimeNs: bigint;
  readonly digest: Uint8Array;
  readonly failures: readonly EntryFailure[];

  /** Made by ListingBuilder. */
  constructor(parts: {
    readonly records: EntryRecords;
    readonly tally: EntryTally;
    readonly newestCtimeNs: bigint;
    readonly digest: Uint8Array;
    readonly failures: readonly EntryFailure[];
  }) {
    this.records = parts.records;
    this.tally = parts.tally;
    this.newestCtimeNs = parts.newestCtimeNs;
    this.digest = parts.digest;
    this.failures = parts.failures;
  }

  get count(): number {
    return this.records.count;
  }

  /** All entries, by name, bytewise; new objects at every call. */
  entries(): FileEntry[] {
    return this.records.entries();
  }

  /** By name, bytewise. */
  subdirectories(): Subdirectory[] {
    const found: Subdirectory[] = [];
    if (this.tally.directories === 0) return found;
    const { records } = this;
    for (let index = 0; index < records.count; index += 1) {
      if (!records.isDirectory(index)) continue;
      found.push({
        name: records.name(index),
        inode: records.inode(index),
        birthNs: records.birthNs(index),
        onDevice: records.device(index),
      });
    }
    return found;
  }
}

/** Takes the stats of one directory's entries, in the order of their names. */
export class ListingBuilder {
  readonly #words: Uint32Array;
  readonly #all: Uint8Array;
  readonly #capacity: number;
  /** Behind the records, as many as there may be. */
  readonly #namesStart: number;
  readonly #directory: { readonly major: number; readonly minor: number };
  #count = 0;
  #nameEnd: number;
  #files = 0;
  #directories = 0;
  #fileBytes = 0;
  #newestSeconds = -Infinity;
  #newestNanoseconds = 0;
  #sparse: number[] | undefined;
  #elsewhere: Map<number, number> | undefined;
  #failures: EntryFailure[] | undefined;

  /** For at most `capacity` entries whose names have at most `namesBytes`. */
  constructor(
    capacity: number,
    namesBytes: number,
    directory: { readonly major: number; readonly minor: number },
  ) {
    this.#namesStart = capacity * RECORD_BYTES;
    this.#nameEnd = this.#namesStart;
    const memory = new ArrayBuffer(this.#namesStart + namesBytes);
    this.#words = new Uint32Array(memory, 0, capacity * RECORD_WORDS);
    this.#all = new Uint8Array(memory);
    this.#capacity = capacity;
    this.#directory = directory;
  }

  /** The next entry: the name at `index` of `names`, and what statx wrote to `stat`. */
  add(names: NameList, index: number, stat: NativeMemory): void {
    const from = stat.words;
    const to = this.#words;
    const at = this.#count * RECORD_WORDS;
    const mode = word(from, STATX_WORDS.mode) & 0xffff;
    this.#nameEnd = names.copyName(index, this.#all, this.#nameEnd);
    to[at] = mode;
    to[at + RECORD.uid] = word(from, STATX_WORDS.uid);
    to[at + RECORD.gid] = word(from, STATX_WORDS.gid);
    to[at + RECORD.links] = word(from, STATX_WORDS.links);
    to[at + RECORD.mtimeNanoseconds] = word(from, STATX_WORDS.mtimeNanoseconds);
    copyLong(from, STATX_WORDS.mtimeSeconds, to, at + RECORD.mtimeSeconds);
    to[at + RECORD.ctimeNanoseconds] = word(from, STATX_WORDS.ctimeNanoseconds);
    to[at + RECORD.nameEnd] = this.#nameEnd - this.#namesStart;
    copyLong(from, STATX_WORDS.ctimeSeconds, to, at + RECORD.ctimeSeconds);
    copyLong(from, STATX_WORDS.inode, to, at + RECORD.inode);
    this.#addByKind(from, mode, at);
    this.#noteDevice(from, at);
    this.#noteCtime(from);
    this.#count += 1;
  }

  addFailure(failure: EntryFailure): void {
    this.#failures ??= [];
    this.#failures.push(failure);
  }

  finish(): DirectoryListing {
    const count = this.#count;
    const recordsBytes = count * RECORD_BYTES;
    const namesBytes = this.#nameEnd - this.#namesStart;
    // Entries that were gone when they were looked at leave a gap before the names.
    if (count < this.#capacity) {
      this.#all.copyWithin(recordsBytes, this.#namesStart, this.#nameEnd);
    }
    const hash = new Uint8Array(HASH_BYTES);
    Bun.SHA256.hash(this.#all.subarray(0, recordsBytes + namesBytes), hash);
    for (const index of this.#sparse ?? []) {
      const at = index * RECORD_WORDS;
      this.#words[at] = word(this.#words, at) | MARK_SPARSE;
    }
    const { major, minor } = this.#directory;
    return new DirectoryListing({
      records: new EntryRecords({
        count,
        words: this.#words,
        names: this.#all.subarray(recordsBytes, recordsBytes + namesBytes),
        device: deviceId(major, minor),
        elsewhere: this.#elsewhere,
      }),
      tally: this.#tally(),
      newestCtimeNs: this.#newestCtimeNs(),
      digest: hash.subarray(0, DIGEST_BYTES),
      failures: this.#failures ?? NO_FAILURES,
    });
  }

  #addByKind(from: Uint32Array, mode: number, at: number): void {
    const to = this.#words;
    const type = mode & TYPE_MASK;
    if (type === TYPE_BITS.directory) {
      this.#directories += 1;
      copyLong(from, STATX_WORDS.birthSeconds, to, at + RECORD.size);
      to[at + RECORD.deviceNumber] = word(from, STATX_WORDS.birthNanoseconds);
      return;
    }
    copyLong(from, STATX_WORDS.size, to, at + RECORD.size);
    const major = word(from, STATX_WORDS.deviceMajor);
    to[at + RECORD.deviceNumber] = deviceNumber(major, word(from, STATX_WORDS.deviceMinor));
    if (type !== TYPE_BITS.file) return;
    const sizeBytes = long(from, STATX_WORDS.size);
    this.#files += 1;
    this.#fileBytes += sizeBytes;
    if (long(from, STATX_WORDS.blocks) * BLOCK_BYTES >= sizeBytes) return;
    this.#sparse ??= [];
    this.#sparse.push(this.#count);
  }

  #noteDevice(from: Uint32Array, at: number): void {
    const major = word(from, STATX_WORDS.onDeviceMajor);
    const minor = word(from, STATX_WORDS.onDeviceMinor);
    if (major === this.#directory.major && minor === this.#directory.minor) return;
    this.#elsewhere ??= new Map();
    this.#elsewhere.set(this.#count, deviceId(major, minor));
    this.#words[at] = word(this.#words, at) | MARK_ELSEWHERE;
  }

  #noteCtime(from: Uint32Array): void {
    const upper = word(from, STATX_WORDS.ctimeSeconds + 1) | 0;
    const seconds = upper * WORD + word(from, STATX_WORDS.ctimeSeconds);
    const nanoseconds = word(from, STATX_WORDS.ctimeNanoseconds);
    if (seconds < this.#newestSeconds) return;
    if (seconds === this.#newestSeconds && nanoseconds <= this.#newestNanoseconds) return;
    this.#newestSeconds = seconds;
    this.#newestNanoseconds = nanoseconds;
  }

  #newestCtimeNs(): bigint {
    if (this.#count === 0) return 0n;
    return BigInt(this.#newestSeconds) * SECOND_NS + BigInt(this.#newestNanoseconds);
  }

  #tally(): EntryTally {
    const files = this.#files;
    const directories = this.#directories;
    const others = this.#count - files - directories;
    return { files, directories, others, bytes: this.#fileBytes };
  }
}

function copyLong(from: Uint32Array, source: number, to: Uint32Array, target: number): void {
  to[target] = from[source] as number;
  to[target + 1] = from[source + 1] as number;
}
