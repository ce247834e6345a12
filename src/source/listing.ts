/**
 * What a directory holds, packed: no objects until entries are asked for, since most directories
 * of most runs are as they were, which their digest tells.
 *
 *     records   64 bytes an entry, by name, RECORD below
 *     names     the bytes of all names, one after the other
 *
 * The digest is the first half of the SHA-256 of both: only this client compares it, with one it
 * made earlier, so the layout may change at the price of one full comparison. It has everything
 * that tells a change, and nothing that changes by itself: no time of access, no number of a
 * mounted device, no allocated blocks.
 */
import type { FileName } from "../core/byte-string.ts";
import type { FileEntry } from "../core/entry.ts";
import type { NameList } from "./name-list.ts";
import type { NativeMemory } from "./native-memory.ts";
import {
  PERMISSIONS_MASK,
  STATX_WORDS,
  deviceId,
  deviceNumber,
  kindOf,
  long,
  word,
} from "./stat.ts";

const DIGEST_BYTES = 16;
const HASH_BYTES = 32;

const RECORD_WORDS = 16;
const RECORD_BYTES = RECORD_WORDS * 4;

/** Where fields are in a record, in 32-bit words. */
const RECORD = {
  /** The mode, 16 bits, and MARK bits. */
  mode: 0,
  uid: 1,
  gid: 2,
  links: 3,
  /** 64 bits; of a directory the seconds of its birth. */
  size: 4,
  /** 32 bits; of a directory the nanoseconds of its birth; of others major * 2^20 + minor. */
  deviceNumber: 6,
  mtimeNanoseconds: 7,
  mtimeSeconds: 8,
  ctimeNanoseconds: 10,
  /** Where its name ends among the names. */
  nameEnd: 11,
  ctimeSeconds: 12,
  inode: 14,
} as const;

/** Lies on another device than the directory: something is mounted there. */
const MARK_ELSEWHERE = 1 << 16;
/** Set when the digest is made: allocation goes on after a file was written. */
const MARK_SPARSE = 1 << 17;

const MODE_TYPE = 0xf000;
const TYPE_FILE = 0x8000;
const TYPE_DIRECTORY = 0x4000;
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
  readonly count: number;
  readonly tally: EntryTally;
  /** The change time of the entry that changed last; 0 where there is none. */
  readonly newestCtimeNs: bigint;
  readonly digest: Uint8Array;
  readonly failures: readonly EntryFailure[];
  readonly #memory: ArrayBuffer;
  readonly #words: Uint32Array;
  /** The same as #words; made, as #names is, when an entry is asked for: mostly none is. */
  #longs: BigInt64Array | undefined;
  readonly #namesBytes: number;
  #names: Buffer | undefined;
  readonly #device: number;
  readonly #elsewhere: ReadonlyMap<number, number> | undefined;

  /** Made by ListingBuilder. */
  constructor(parts: {
    readonly memory: ArrayBuffer;
    readonly words: Uint32Array;
    readonly count: number;
    readonly namesBytes: number;
    readonly tally: EntryTally;
    readonly newestCtimeNs: bigint;
    readonly digest: Uint8Array;
    readonly failures: readonly EntryFailure[];
    readonly device: number;
    readonly elsewhere: ReadonlyMap<number, number> | undefined;
  }) {
    this.count = parts.count;
    this.tally = parts.tally;
    this.newestCtimeNs = parts.newestCtimeNs;
    this.digest = parts.digest;
    this.failures = parts.failures;
    this.#memory = parts.memory;
    this.#words = parts.words;
    this.#namesBytes = parts.namesBytes;
    this.#device = parts.device;
    this.#elsewhere = parts.elsewhere;
  }

  /** All entries, by name, bytewise; new objects at every call. */
  entries(): FileEntry[] {
    return this.entriesBetween(0, this.count);
  }

  /** Entries `[start, end)`: for a directory that is too large to have them all at once. */
  entriesBetween(start: number, end: number): FileEntry[] {
    const entries: FileEntry[] = [];
    for (let index = start; index < end; index += 1) entries.push(this.#entry(index));
    return entries;
  }

  /** By name, bytewise. */
  subdirectories(): Subdirectory[] {
    const found: Subdirectory[] = [];
    if (this.tally.directories === 0) return found;
    for (let index = 0; index < this.count; index += 1) {
      const at = index * RECORD_WORDS;
      if ((word(this.#words, at) & MODE_TYPE) !== TYPE_DIRECTORY) continue;
      found.push({
        name: this.#name(index),
        inode: this.#inode(at),
        birthNs: this.#timeNs(at + RECORD.size, at + RECORD.deviceNumber),
        onDevice: this.#onDevice(index),
      });
    }
    return found;
  }

  #entry(index: number): FileEntry {
    const at = index * RECORD_WORDS;
    const words = this.#words;
    const mode = word(words, at);
    const isDirectory = (mode & MODE_TYPE) === TYPE_DIRECTORY;
    return {
      name: this.#name(index),
      kind: kindOf(mode),
      permissions: mode & PERMISSIONS_MASK,
      uid: word(words, at + RECORD.uid),
      gid: word(words, at + RECORD.gid),
      sizeBytes: isDirectory ? 0 : long(words, at + RECORD.size),
      mtimeNs: this.#timeNs(at + RECORD.mtimeSeconds, at + RECORD.mtimeNanoseconds),
      ctimeNs: this.#timeNs(at + RECORD.ctimeSeconds, at + RECORD.ctimeNanoseconds),
      inode: this.#inode(at),
      links: word(words, at + RECORD.links),
      deviceNumber: isDirectory ? 0 : word(words, at + RECORD.deviceNumber),
      device: this.#onDevice(index),
      birthNs: isDirectory ? this.#timeNs(at + RECORD.size, at + RECORD.deviceNumber) : 0n,
      isSparse: (mode & MARK_SPARSE) !== 0,
    };
  }

  #name(index: number): FileName {
    const at = index * RECORD_WORDS + RECORD.nameEnd;
    const start = index === 0 ? 0 : word(this.#words, at - RECORD_WORDS);
    const memory = this.#memory;
    this.#names ??= Buffer.from(memory, this.count * RECORD_BYTES, this.#namesBytes);
    return this.#names.toString("latin1", start, word(this.#words, at)) as FileName;
  }

  #onDevice(index: number): number {
    return this.#elsewhere?.get(index) ?? this.#device;
  }

  #inode(at: number): bigint {
    return BigInt.asUintN(64, this.#long(at + RECORD.inode));
  }

  #timeNs(seconds: number, nanoseconds: number): bigint {
    return this.#long(seconds) * SECOND_NS + BigInt(word(this.#words, nanoseconds));
  }

  /** The 64 signed bits at the word `at`. */
  #long(at: number): bigint {
    this.#longs ??= new BigInt64Array(this.#memory, 0, (this.count * RECORD_WORDS) / 2);
    return this.#longs[at / 2] as bigint;
  }
}

/** Takes the stats of one directory's entries, in the order of their names. */
export class ListingBuilder {
  readonly #memory: ArrayBuffer;
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
    this.#memory = new ArrayBuffer(this.#namesStart + namesBytes);
    this.#words = new Uint32Array(this.#memory, 0, capacity * RECORD_WORDS);
    this.#all = new Uint8Array(this.#memory);
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
      memory: this.#memory,
      words: this.#words,
      count,
      namesBytes,
      tally: this.#tally(),
      newestCtimeNs: this.#newestCtimeNs(),
      digest: hash.subarray(0, DIGEST_BYTES),
      failures: this.#failures ?? NO_FAILURES,
      device: deviceId(major, minor),
      elsewhere: this.#elsewhere,
    });
  }

  #addByKind(from: Uint32Array, mode: number, at: number): void {
    const to = this.#words;
    const type = mode & MODE_TYPE;
    if (type === TYPE_DIRECTORY) {
      this.#directories += 1;
      copyLong(from, STATX_WORDS.birthSeconds, to, at + RECORD.size);
      to[at + RECORD.deviceNumber] = word(from, STATX_WORDS.birthNanoseconds);
      return;
    }
    copyLong(from, STATX_WORDS.size, to, at + RECORD.size);
    const major = word(from, STATX_WORDS.deviceMajor);
    to[at + RECORD.deviceNumber] = deviceNumber(major, word(from, STATX_WORDS.deviceMinor));
    if (type !== TYPE_FILE) return;
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
