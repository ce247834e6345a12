/**
 * A worker's side of saving small and middling entries: read a batch, once; then encode what of it
 * is wanted. Between the two steps the bytes stay here.
 */
import { assert } from "../core/assert.ts";
import type { FilePath } from "../core/byte-string.ts";
import type { EntryRecords } from "../core/entry-records.ts";
import type { FileStat } from "../core/entry.ts";
import type { ContentId } from "../core/ids.ts";
import { OWN_PACK_BYTES, SEGMENT_BYTES } from "../core/limits.ts";
import type { ContentCrypto } from "../format/content-crypto.ts";
import { attributesOfFile, attributesOfPath } from "../source/attributes.ts";
import { SourceFailed } from "../source/problem.ts";
import { type ReadFile, irregular, openUnseen, readLink } from "../source/read-file.ts";
import { Arena } from "./arena.ts";
import { type BatchLayout, layOut } from "./batch-layout.ts";
import { BatchEncoder, type Content } from "./batch-encoder.ts";
import { ClaimTable } from "./claim-table.ts";
import type { CompressionEffort } from "./compression-effort.ts";
import type { DeltaMaker } from "./delta-maker.ts";
import type { SavingTools } from "./saving-tools.ts";
import { GarbageSchedule } from "./garbage.ts";
import { type EntryTable, type ReadTable, recordsOf } from "./entry-table.ts";
import type { Bases, EncodedBatch, EntryRead, Jobs, SaveSettings } from "./jobs.ts";
import { ParcelRoom } from "./parcel-rooms.ts";
import { packParcels } from "./parcel-table.ts";
import { unread } from "./unread.ts";

/** Plaintext encoded between two collections. */
const GARBAGE_BYTES = 16 * 1024 * 1024;
/** What zstd and librsync leave behind of a delta: bytes for each of its plaintext, as measured. */
const DELTA_GARBAGE = 25;
const NO_BASES: Bases = new Map();
/** How often a file is read that changes meanwhile. */
const READS_MAX = 3;

/** An entry to be read: where it is, and what the scan saw of it. */
type RecordedEntry = {
  readonly path: FilePath;
  readonly records: EntryRecords;
  readonly index: number;
};

/** A file as it was when it was looked at last. */
type LookedAt = Pick<FileStat, "sizeBytes" | "isSparse"> & {
  /** undefined: that was by the scan. */
  readonly stat: FileStat | undefined;
};

type Batch = {
  readonly contents: Map<ContentId, Content>;
  readonly arena: Arena;
  readonly layout: BatchLayout;
};

export class BatchSaver {
  readonly #settings: SaveSettings;
  readonly #deltas: DeltaMaker;
  readonly #crypto: ContentCrypto;
  /** undefined: nothing is compressed. */
  readonly #effort: CompressionEffort | undefined;
  readonly #claims: ClaimTable;
  readonly #open = new Map<number, Batch>();
  readonly #idleArenas: Arena[] = [];
  readonly #garbage: GarbageSchedule;

  constructor(settings: SaveSettings, { deltas, crypto, effort }: SavingTools) {
    this.#settings = settings;
    this.#deltas = deltas;
    this.#crypto = crypto;
    this.#effort = effort;
    this.#claims = new ClaimTable(settings.claims);
    // Where parcels lie in rooms that all threads see, no large buffers are left behind.
    this.#garbage = new GarbageSchedule(
      GARBAGE_BYTES,
      settings.rooms.rooms.length > 0 ? "young" : "whole",
    );
  }

  read({ batch: id, entries, wanted }: Jobs["read-batch"]["ask"]): Jobs["read-batch"]["answer"] {
    const { found, batch } = this.#read(entries);
    const contents = wanted === "claimed" ? this.#claimed(batch) : undefined;
    if (contents === undefined) {
      this.#open.set(id, batch);
      return { found, claimed: undefined };
    }
    // Nothing is in the repository that a delta could be made against.
    return { found, claimed: { ...this.#encode(batch, contents, NO_BASES), contents } };
  }

  #read(entries: EntryTable): { readonly found: ReadTable; readonly batch: Batch } {
    const records = recordsOf(entries);
    const layout = layOut(records, this.#settings.data.uncompressedExtensions);
    const arena = this.#idleArenas.pop() ?? new Arena();
    arena.begin(layout.totalBytes);
    const batch: Batch = { contents: new Map(), arena, layout };
    const contents: (ContentId | undefined)[] = [];
    const attributes = new Map<number, ContentId>();
    const unusual = new Map<number, EntryRead>();
    for (let index = 0; index < records.count; index += 1) {
      const path = records.name(index) as FilePath;
      const file = { path, records, index };
      const read = this.#readEntry(file, batch);
      contents.push(read.content);
      if (read.attributes !== undefined) attributes.set(index, read.attributes);
      if (!isUsual(read)) unusual.set(index, read);
    }
    return { found: { contents, attributes, unusual }, batch };
  }

  /** Those of its contents that nobody else stores; undefined: there is no room to tell that. */
  #claimed({ contents }: Batch): ContentId[] | undefined {
    if (!this.#claims.reserve(contents.size)) return undefined;
    return [...contents.keys()].filter((content) => this.#claims.claim(content));
  }

  /** Ends the batch. */
  encode({ batch: id, wanted, bases }: Jobs["encode-batch"]["ask"]): EncodedBatch {
    const batch = this.#open.get(id);
    assert(batch !== undefined, "a batch is read before it is encoded");
    this.#open.delete(id);
    return this.#encode(batch, wanted, bases);
  }

  #encode(batch: Batch, wanted: readonly ContentId[], bases: Bases): EncodedBatch {
    const room = ParcelRoom.take(this.#settings.rooms);
    try {
      return this.#encodeTo(room, batch, wanted, bases);
    } catch (error) {
      room.giveBack();
      throw error;
    }
  }

  #encodeTo(
    room: ParcelRoom,
    batch: Batch,
    wanted: readonly ContentId[],
    bases: Bases,
  ): EncodedBatch {
    const encoder = new BatchEncoder({
      data: this.#settings.data,
      effort: this.#effort,
      deltas: this.#deltas,
      arena: batch.arena,
      output: { cipher: this.#crypto.cipher, roomFor: (length) => room.take(length) },
    });
    this.#garbage.handled(SEGMENT_BYTES);
    for (const [index, content] of wanted.entries()) {
      const found = batch.contents.get(content);
      assert(found !== undefined, "what is wanted has been read");
      const basis = bases.get(index);
      encoder.add(content, found, basis);
      if (basis !== undefined) this.#garbage.handled(DELTA_GARBAGE * found.bytes.length);
    }
    const { parcels, damaged } = encoder.finish();
    batch.arena.clear();
    this.#idleArenas.push(batch.arena);
    return { parcels: packParcels(parcels, wanted, room), room: room.send(), damaged };
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
    using opened = openUnseen(path);
    if ("problem" in opened) return unread(opened);
    let before: LookedAt = {
      sizeBytes: records.sizeBytes(index),
      isSparse: records.isSparse(index),
      stat: undefined,
    };
    for (let reads = 1; ; reads += 1) {
      const { sizeBytes, stat } = before;
      if (sizeBytes > OWN_PACK_BYTES) return { ...wholly(), stat, hasOutgrown: true };
      const target = roomFor(file, sizeBytes, batch);
      const count = opened.readInto(target, 0, target.length);
      if (typeof count !== "number") return unread(opened.isRegular() ? count : irregular());
      const isSame = count === sizeBytes && isAsBefore(opened, file, before);
      if (isSame) return this.#keepFile(opened, file, { ...before, bytes: target }, batch);
      const now = opened.stat();
      if (now.kind !== "file") return unread(irregular());
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
    { index }: RecordedEntry,
    read: LookedAt & { readonly bytes: Uint8Array },
    batch: Batch,
  ): EntryRead {
    const attributes = attributesOfFile(opened, read, this.#settings);
    if (attributes !== undefined && "problem" in attributes) return unread(attributes);
    const handling = batch.layout.handling[index] ?? "compressed";
    const id = this.#keep({ bytes: read.bytes, handling }, batch);
    return { ...wholly(id, this.#keepAttributes(attributes, batch)), stat: read.stat };
  }

  #readLink(path: FilePath, attributes: ContentId | undefined, batch: Batch): EntryRead {
    const target = readLink(path);
    if ("problem" in target) return unread(target);
    return wholly(this.#keepOther(target, batch), attributes);
  }

  #keepAttributes(bytes: Uint8Array | undefined, batch: Batch): ContentId | undefined {
    return bytes === undefined ? undefined : this.#keepOther(bytes, batch);
  }

  /** What is no file's. */
  #keepOther(found: Uint8Array, batch: Batch): ContentId {
    const bytes = batch.arena.take(found.length);
    bytes.set(found);
    return this.#keep({ bytes, handling: "compressed" }, batch);
  }

  #keep(content: Content, { contents }: Batch): ContentId {
    const id = this.#crypto.ids.of(content.bytes);
    if (!contents.has(id)) contents.set(id, content);
    return id;
  }
}

/** Where it is laid out, or, if it has grown since, apart. */
function roomFor(
  { records, index }: RecordedEntry,
  sizeBytes: number,
  { arena, layout }: Batch,
): Uint8Array {
  if (sizeBytes > records.sizeBytes(index)) return arena.apart(sizeBytes);
  return arena.at(layout.starts[index] ?? 0, sizeBytes);
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
