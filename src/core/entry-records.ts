/**
 * The entries of one directory, packed. This is the form in which they go from the file system to
 * the catalog and to the workers; an object is made where somebody looks at one of few.
 *
 *     records   64 bytes an entry: RECORD
 *     names     the bytes of all names, one after the other
 *
 * Numbers are as the machine has them, which is little-endian wherever tardis runs.
 */
import type { FileName } from "./byte-string.ts";
import { type FileEntry, type FileKind, type FileStat, KIND_CODES } from "./entry.ts";
import { PERMISSIONS_MASK, TYPE_BITS, TYPE_MASK, kindOfMode } from "./file-mode.ts";
import { longOf, splitTime, timeNs, writeLong } from "./unix-time.ts";

/** 32-bit words of a record. */
export const RECORD_WORDS = 16;

/** Where fields are in a record, in 32-bit words; of 64-bit fields the lower half. */
export const RECORD = {
  /** The mode, 16 bits, and MARK bits. */
  mode: 0,
  uid: 1,
  gid: 2,
  links: 3,
  /** 64 bits; of a directory the seconds of its birth. */
  size: 4,
  /** Of a directory the nanoseconds of its birth; of others major * 2^20 + minor. */
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
export const MARK_ELSEWHERE = 1 << 16;
/** Fewer bytes are allocated than its size says. */
export const MARK_SPARSE = 1 << 17;

const WORD = 2 ** 32;

/** The parts of EntryRecords. The memory is its from then on. */
export type RecordParts = {
  readonly count: number;
  /** RECORD_WORDS for each, at least. */
  readonly words: Uint32Array;
  /** To the end of the last name, at least. */
  readonly names: Uint8Array;
  /** st_dev of all that `elsewhere`, by index, does not name. */
  readonly device: number;
  readonly elsewhere: ReadonlyMap<number, number> | undefined;
};

export class EntryRecords {
  readonly count: number;
  /** To be read only: for who compares or copies whole records. */
  readonly words: Uint32Array;
  readonly #names: Buffer;
  readonly #device: number;
  readonly #elsewhere: ReadonlyMap<number, number> | undefined;

  constructor({ count, words, names, device, elsewhere }: RecordParts) {
    this.count = count;
    this.words = words;
    this.#names = Buffer.from(names.buffer, names.byteOffset, names.length);
    this.#device = device;
    this.#elsewhere = elsewhere;
  }

  /** In the order given. */
  static of(entries: readonly FileEntry[]): EntryRecords {
    const words = new Uint32Array(entries.length * RECORD_WORDS);
    const device = entries[0]?.device ?? 0;
    const elsewhere = new Map<number, number>();
    for (const [index, entry] of entries.entries()) {
      writeStat(words, index * RECORD_WORDS, entry);
      if (entry.device !== device) elsewhere.set(index, entry.device);
    }
    const names = joinNames(
      entries.map(({ name }) => name),
      words,
    );
    return new EntryRecords({ count: entries.length, words, names, device, elsewhere });
  }

  /** As an object of its own. */
  entry(index: number): FileEntry {
    return {
      name: this.name(index),
      kind: this.kind(index),
      permissions: this.permissions(index),
      uid: this.uid(index),
      gid: this.gid(index),
      sizeBytes: this.sizeBytes(index),
      mtimeNs: this.mtimeNs(index),
      ctimeNs: this.ctimeNs(index),
      inode: this.inode(index),
      links: this.links(index),
      deviceNumber: this.deviceNumber(index),
      device: this.device(index),
      birthNs: this.birthNs(index),
      isSparse: this.isSparse(index),
    };
  }

  /** Objects for all: not for a directory that may be large. */
  entries(): FileEntry[] {
    return Array.from({ length: this.count }, (_none, index) => this.entry(index));
  }

  name(index: number): FileName {
    const at = index * RECORD_WORDS + RECORD.nameEnd;
    const start = index === 0 ? 0 : this.#word(at - RECORD_WORDS);
    return this.#names.toString("latin1", start, this.#word(at)) as FileName;
  }

  /** Of all, in order. */
  names(): FileName[] {
    return Array.from({ length: this.count }, (_none, index) => this.name(index));
  }

  kind(index: number): FileKind {
    return kindOfMode(this.#word(index * RECORD_WORDS));
  }

  kindCode(index: number): number {
    return KIND_CODES[this.kind(index)];
  }

  isDirectory(index: number): boolean {
    return (this.#word(index * RECORD_WORDS) & TYPE_MASK) === TYPE_BITS.directory;
  }

  isFile(index: number): boolean {
    return (this.#word(index * RECORD_WORDS) & TYPE_MASK) === TYPE_BITS.file;
  }

  permissions(index: number): number {
    return this.#word(index * RECORD_WORDS) & PERMISSIONS_MASK;
  }

  isSparse(index: number): boolean {
    return (this.#word(index * RECORD_WORDS) & MARK_SPARSE) !== 0;
  }

  uid(index: number): number {
    return this.#word(index * RECORD_WORDS + RECORD.uid);
  }

  gid(index: number): number {
    return this.#word(index * RECORD_WORDS + RECORD.gid);
  }

  links(index: number): number {
    return this.#word(index * RECORD_WORDS + RECORD.links);
  }

  sizeBytes(index: number): number {
    if (this.isDirectory(index)) return 0;
    const at = index * RECORD_WORDS + RECORD.size;
    return this.#word(at) + this.#word(at + 1) * WORD;
  }

  deviceNumber(index: number): number {
    return this.isDirectory(index) ? 0 : this.#word(index * RECORD_WORDS + RECORD.deviceNumber);
  }

  device(index: number): number {
    return this.#elsewhere?.get(index) ?? this.#device;
  }

  mtimeNs(index: number): bigint {
    const at = index * RECORD_WORDS;
    return this.#timeNs(at + RECORD.mtimeSeconds, at + RECORD.mtimeNanoseconds);
  }

  ctimeNs(index: number): bigint {
    const at = index * RECORD_WORDS;
    return this.#timeNs(at + RECORD.ctimeSeconds, at + RECORD.ctimeNanoseconds);
  }

  birthNs(index: number): bigint {
    if (!this.isDirectory(index)) return 0n;
    const at = index * RECORD_WORDS;
    return this.#timeNs(at + RECORD.size, at + RECORD.deviceNumber);
  }

  inode(index: number): bigint {
    return BigInt.asUintN(64, this.signedInode(index));
  }

  /** As the catalog has it. */
  signedInode(index: number): bigint {
    const at = index * RECORD_WORDS + RECORD.inode;
    return longOf(this.#word(at), this.#word(at + 1));
  }

  /** The entries at `indices`, in their order; where `stats` has one, with that instead. */
  pick(indices: readonly number[], stats: ReadonlyMap<number, FileStat>): EntryRecords {
    const words = new Uint32Array(indices.length * RECORD_WORDS);
    const elsewhere = new Map<number, number>();
    for (const [place, index] of indices.entries()) {
      const from = index * RECORD_WORDS;
      words.set(this.words.subarray(from, from + RECORD_WORDS), place * RECORD_WORDS);
      const stat = stats.get(index);
      if (stat !== undefined) writeStat(words, place * RECORD_WORDS, stat);
      const device = stat?.device ?? this.device(index);
      if (device !== this.#device) elsewhere.set(place, device);
    }
    const names = joinNames(
      indices.map((index) => this.name(index)),
      words,
    );
    const device = this.#device;
    return new EntryRecords({ count: indices.length, words, names, device, elsewhere });
  }

  /** The same under other names: one for each, in order. */
  renamed(names: readonly FileName[]): EntryRecords {
    const words = this.words.slice(0, this.count * RECORD_WORDS);
    const parts = { count: this.count, device: this.#device, elsewhere: this.#elsewhere };
    return new EntryRecords({ ...parts, words, names: joinNames(names, words) });
  }

  #timeNs(seconds: number, nanoseconds: number): bigint {
    return timeNs(this.#word(seconds), this.#word(seconds + 1), this.#word(nanoseconds));
  }

  #word(at: number): number {
    return this.words[at] as number;
  }
}

/** Of a directory without any. */
export const NO_ENTRIES = EntryRecords.of([]);

/** Writes where they end to the records in `words`. */
function joinNames(names: readonly FileName[], words: Uint32Array): Uint8Array {
  let end = 0;
  for (const [index, name] of names.entries()) {
    end += name.length;
    words[index * RECORD_WORDS + RECORD.nameEnd] = end;
  }
  return Buffer.from(names.join(""), "latin1");
}

/** All but where the name ends. */
function writeStat(words: Uint32Array, at: number, stat: FileStat): void {
  const { kind, permissions, isSparse, mtimeNs, ctimeNs, birthNs } = stat;
  words[at] = TYPE_BITS[kind] | permissions | (isSparse ? MARK_SPARSE : 0);
  words[at + RECORD.uid] = stat.uid;
  words[at + RECORD.gid] = stat.gid;
  words[at + RECORD.links] = stat.links;
  writeTime(
    words,
    { seconds: at + RECORD.mtimeSeconds, rest: at + RECORD.mtimeNanoseconds },
    mtimeNs,
  );
  writeTime(
    words,
    { seconds: at + RECORD.ctimeSeconds, rest: at + RECORD.ctimeNanoseconds },
    ctimeNs,
  );
  writeLong(words, at + RECORD.inode, stat.inode);
  if (kind === "directory") {
    writeTime(words, { seconds: at + RECORD.size, rest: at + RECORD.deviceNumber }, birthNs);
  } else {
    writeLong(words, at + RECORD.size, BigInt(stat.sizeBytes));
    words[at + RECORD.deviceNumber] = stat.deviceNumber;
  }
}

function writeTime(
  words: Uint32Array,
  at: { readonly seconds: number; readonly rest: number },
  value: bigint,
): void {
  const { seconds, nanoseconds } = splitTime(value);
  writeLong(words, at.seconds, seconds);
  words[at.rest] = Number(nanoseconds);
}
