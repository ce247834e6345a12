/**
 * A worker's side of saving small and middling entries: read a batch, once; then encode what of it
 * is wanted. Between the two steps the bytes stay here.
 */
import { assert } from "../core/assert.ts";
import type { FilePath } from "../core/byte-string.ts";
import type { EntryRecords } from "../core/entry-records.ts";
import type { FileStat } from "../core/entry.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import type { ContentId } from "../core/ids.ts";
import { LARGE_CONTENT_BYTES, OWN_PACK_BYTES, SEGMENT_BYTES } from "../core/limits.ts";
import type { DeltaChain, Parcel } from "../core/repository.ts";
import type { ContentCrypto } from "../format/content-crypto.ts";
import { type DeltaMember, encodeDeltaParcel } from "../format/delta-parcel.ts";
import { encodeLargeParcel } from "../format/large-parcel.ts";
import type { ParcelCipher } from "../format/parcel-cipher.ts";
import { encodeSolidParcel } from "../format/solid-parcel.ts";
import { attributesOfFile, attributesOfPath } from "../source/attributes.ts";
import { SourceFailed } from "../source/problem.ts";
import { type ReadFile, openForReading, readLink } from "../source/read-file.ts";
import { Arena } from "./arena.ts";
import type { CompressionEffort } from "./compression-effort.ts";
import type { DeltaMaker } from "./delta-maker.ts";
import type { SavingTools } from "./saving-tools.ts";
import { GarbageSchedule } from "./garbage.ts";
import { type EntryTable, type ReadTable, recordsOf } from "./entry-table.ts";
import type { EncodedBatch, EntryRead, SaveSettings } from "./jobs.ts";
import { endingOf } from "./name-ending.ts";
import { unread } from "./unread.ts";

/** Plaintext encoded between two collections. */
const GARBAGE_BYTES = 16 * 1024 * 1024;
/** What zstd and librsync leave behind of a delta: bytes for each of its plaintext, as measured. */
const DELTA_GARBAGE = 25;
/** How often a file is read that changes meanwhile. */
const READS_MAX = 3;

type Content = {
  readonly bytes: Uint8Array;
  readonly basis: DeltaChain | undefined;
  /** Of its file's name: what resembles each other is put side by side. */
  readonly ending: string;
};

/** An entry to be read: where it is, and what the scan saw of it. */
type RecordedEntry = {
  readonly path: FilePath;
  readonly records: EntryRecords;
  readonly index: number;
  readonly basis: DeltaChain | undefined;
};

/** A file as it was when it was looked at last. */
type LookedAt = Pick<FileStat, "sizeBytes" | "isSparse"> & {
  /** undefined: that was by the scan. */
  readonly stat: FileStat | undefined;
};

type Batch = { readonly contents: Map<ContentId, Content>; readonly arena: Arena };

export class BatchSaver {
  readonly #settings: SaveSettings;
  readonly #deltas: DeltaMaker;
  readonly #crypto: ContentCrypto;
  /** undefined: nothing is compressed. */
  readonly #effort: CompressionEffort | undefined;
  readonly #open = new Map<number, Batch>();
  readonly #idleArenas: Arena[] = [];
  readonly #garbage = new GarbageSchedule(GARBAGE_BYTES, "whole");
  /** What goes into one parcel, side by side. Used again and again: new memory is slow to touch. */
  readonly #joined = new Uint8Array(SEGMENT_BYTES);

  constructor(settings: SaveSettings, { deltas, crypto, effort }: SavingTools) {
    this.#settings = settings;
    this.#deltas = deltas;
    this.#crypto = crypto;
    this.#effort = effort;
  }

  read(id: number, entries: EntryTable): ReadTable {
    const batch: Batch = { contents: new Map(), arena: this.#idleArenas.pop() ?? new Arena() };
    this.#open.set(id, batch);
    const contents: (ContentId | undefined)[] = [];
    const attributes = new Map<number, ContentId>();
    const unusual = new Map<number, EntryRead>();
    const records = recordsOf(entries);
    for (let index = 0; index < records.count; index += 1) {
      const path = records.name(index) as FilePath;
      const file = { path, records, index, basis: entries.bases.get(index) };
      const read = this.#readEntry(file, batch);
      contents.push(read.content);
      if (read.attributes !== undefined) attributes.set(index, read.attributes);
      if (!isUsual(read)) unusual.set(index, read);
    }
    return { contents, attributes, unusual };
  }

  /** Ends the batch. */
  encode(id: number, wanted: readonly ContentId[]): EncodedBatch {
    const batch = this.#open.get(id);
    assert(batch !== undefined, "a batch is read before it is encoded");
    this.#open.delete(id);
    const encoder = new BatchEncoder({
      settings: this.#settings,
      effort: this.#effort,
      deltas: this.#deltas,
      joined: this.#joined,
      cipher: this.#crypto.cipher,
    });
    this.#garbage.handled(this.#joined.length);
    for (const content of wanted) {
      const found = batch.contents.get(content);
      assert(found !== undefined, "what is wanted has been read");
      encoder.add(content, found);
      if (found.basis !== undefined) this.#garbage.handled(DELTA_GARBAGE * found.bytes.length);
    }
    const encoded = encoder.finish();
    batch.arena.clear();
    this.#idleArenas.push(batch.arena);
    return encoded;
  }

  #readEntry(file: RecordedEntry, batch: Batch): EntryRead {
    const { path, records, index } = file;
    try {
      if (records.isFile(index)) return this.#readFile(file, batch);
      const attributes = attributesOfPath(path, this.#settings);
      if (attributes !== undefined && "problem" in attributes) return unread(attributes);
      const kept = this.#keepAttributes(attributes, batch);
      if (records.kind(index) === "symlink") return this.#readLink(path, kept, batch);
      return wholly(undefined, kept);
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      return unread({ code: error.code, problem: error.reason });
    }
  }

  #readFile(file: RecordedEntry, batch: Batch): EntryRead {
    const { path, records, index } = file;
    using opened = openForReading(path);
    if ("problem" in opened) return unread(opened);
    let before: LookedAt = {
      sizeBytes: records.sizeBytes(index),
      isSparse: records.isSparse(index),
      stat: undefined,
    };
    for (let reads = 1; ; reads += 1) {
      const { sizeBytes, stat } = before;
      if (sizeBytes > OWN_PACK_BYTES) return { ...wholly(), stat, hasOutgrown: true };
      const target = batch.arena.take(sizeBytes);
      const count = opened.readInto(target, 0, target.length);
      if (typeof count !== "number") return unread(count);
      const isSame = count === sizeBytes && isAsBefore(opened, file, before);
      if (isSame) return this.#keepFile(opened, file, { ...before, bytes: target }, batch);
      const now = opened.stat();
      if (reads === READS_MAX) {
        const bytes = target.subarray(0, count);
        const read = this.#keepFile(opened, file, { ...before, bytes }, batch);
        if (read.problem !== undefined) return read;
        return { ...read, stat: { ...now, sizeBytes: count }, isTorn: true };
      }
      before = { sizeBytes: now.sizeBytes, isSparse: now.isSparse, stat: now };
    }
  }

  /** What was read of a file, and its attributes. */
  #keepFile(
    opened: ReadFile,
    { path, basis }: RecordedEntry,
    read: LookedAt & { readonly bytes: Uint8Array },
    batch: Batch,
  ): EntryRead {
    const attributes = attributesOfFile(opened, read, this.#settings);
    if (attributes !== undefined && "problem" in attributes) return unread(attributes);
    const id = this.#keep(read.bytes, { basis, ending: endingOf(path) }, batch);
    return { ...wholly(id, this.#keepAttributes(attributes, batch)), stat: read.stat };
  }

  #readLink(path: FilePath, attributes: ContentId | undefined, batch: Batch): EntryRead {
    const target = readLink(path);
    if ("problem" in target) return unread(target);
    return wholly(this.#keep(target, NO_FILE, batch), attributes);
  }

  #keepAttributes(bytes: Uint8Array | undefined, batch: Batch): ContentId | undefined {
    return bytes === undefined ? undefined : this.#keep(bytes, NO_FILE, batch);
  }

  #keep(bytes: Uint8Array, about: Omit<Content, "bytes">, batch: Batch): ContentId {
    const id = this.#crypto.ids.of(bytes);
    if (!batch.contents.has(id)) batch.contents.set(id, { bytes, ...about });
    return id;
  }
}

/** Of contents that are no file's. */
const NO_FILE = { basis: undefined, ending: "" } as const;

type Encoding = {
  readonly settings: SaveSettings;
  readonly effort: CompressionEffort | undefined;
  readonly deltas: DeltaMaker;
  /** Room for what goes into one parcel. */
  readonly joined: Uint8Array;
  /** undefined: parcels are not encrypted. */
  readonly cipher: ParcelCipher | undefined;
};

/** Sorts the contents of one batch into parcels. */
class BatchEncoder {
  readonly #encoding: Encoding;
  readonly #parcels: Parcel[] = [];
  readonly #damaged: string[] = [];
  readonly #deltaMembers: DeltaMember[] = [];
  readonly #compressed: [ContentId, Content][] = [];
  readonly #stored: [ContentId, Content][] = [];

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  add(id: ContentId, content: Content): void {
    const sizeBytes = content.bytes.length;
    const delta = this.#delta(content);
    if (delta !== undefined) {
      this.#deltaMembers.push({ content: id, sizeBytes, ...delta });
    } else if (sizeBytes > LARGE_CONTENT_BYTES) {
      const level = this.#isToBeCompressed(content) ? this.#levelFor(sizeBytes) : 0;
      const bytes = encodeLargeParcel(id, content.bytes, level, this.#encoding.cipher);
      this.#parcels.push({ members: [{ content: id, sizeBytes, basis: undefined }], bytes });
    } else {
      (this.#isToBeCompressed(content) ? this.#compressed : this.#stored).push([id, content]);
    }
  }

  finish(): EncodedBatch {
    this.#addSolid(this.#stored, 0);
    const { compressSizeBytesMin } = this.#encoding.settings.data;
    const total = this.#compressed.reduce((sum, [, { bytes }]) => sum + bytes.length, 0);
    const level = total < compressSizeBytesMin ? 0 : this.#levelFor(total);
    this.#addSolid(this.#compressed.toSorted(byEnding), level);
    if (this.#deltaMembers.length > 0) {
      const bytes = encodeDeltaParcel(this.#deltaMembers, this.#encoding.cipher);
      this.#parcels.push({ members: this.#deltaMembers.map(withoutDelta), bytes });
    }
    return { parcels: this.#parcels, damaged: this.#damaged };
  }

  #isToBeCompressed({ ending }: Content): boolean {
    return !this.#encoding.settings.data.uncompressedExtensions.has(ending);
  }

  /** 0: it is stored as it is. */
  #levelFor(plaintextBytes: number): number {
    return this.#encoding.effort?.levelFor(plaintextBytes) ?? 0;
  }

  /** A damaged basis costs the delta, not the file: it is saved whole. */
  #delta({ bytes, basis }: Content): { basis: ContentId; delta: Uint8Array } | undefined {
    if (basis === undefined) return undefined;
    try {
      return this.#encoding.deltas.small(bytes, basis);
    } catch (error) {
      if (!(error instanceof RepositoryCorrupt)) throw error;
      this.#damaged.push(error.message);
      return undefined;
    }
  }

  #addSolid(contents: readonly (readonly [ContentId, Content])[], level: number): void {
    let members: { content: ContentId; sizeBytes: number }[] = [];
    let pieces: Uint8Array[] = [];
    let total = 0;
    const flush = (): void => {
      if (members.length === 0) return;
      const plaintext = join(pieces, this.#encoding.joined.subarray(0, total));
      const bytes = encodeSolidParcel(plaintext, members, level, this.#encoding.cipher);
      this.#parcels.push({ members: members.map(asFull), bytes });
      members = [];
      pieces = [];
      total = 0;
    };
    for (const [content, { bytes }] of contents) {
      if (total + bytes.length > SEGMENT_BYTES) flush();
      members.push({ content, sizeBytes: bytes.length });
      pieces.push(bytes);
      total += bytes.length;
    }
    flush();
  }
}

/** Copies `pieces` into `target`, which they fill. */
function join(pieces: readonly Uint8Array[], target: Uint8Array): Uint8Array {
  let position = 0;
  for (const piece of pieces) {
    target.set(piece, position);
    position += piece.length;
  }
  return target;
}

function asFull({ content, sizeBytes }: { content: ContentId; sizeBytes: number }) {
  return { content, sizeBytes, basis: undefined };
}

function withoutDelta({ content, sizeBytes, basis }: DeltaMember) {
  return { content, sizeBytes, basis };
}

function byEnding(a: readonly [ContentId, Content], b: readonly [ContentId, Content]): number {
  if (a[1].ending === b[1].ending) return 0;
  return a[1].ending < b[1].ending ? -1 : 1;
}

function isAsBefore(
  opened: ReadFile,
  { records, index }: RecordedEntry,
  { stat }: LookedAt,
): boolean {
  return stat === undefined ? opened.isAsRecorded(records, index) : opened.isUnchangedSince(stat);
}

function wholly(content?: ContentId, attributes?: ContentId): EntryRead {
  const stat = undefined;
  return { stat, content, attributes, isTorn: false, problem: undefined, hasOutgrown: false };
}

function isUsual({ stat, isTorn, problem, hasOutgrown }: EntryRead): boolean {
  return stat === undefined && !isTorn && problem === undefined && !hasOutgrown;
}
