/**
 * A worker's side of saving files over OWN_PACK_BYTES: piece by piece, in constant memory. The main
 * thread asks for each piece, so that no more is made than it can write.
 */
import { assert } from "../core/assert.ts";
import type { FileStat } from "../core/entry.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import type { ContentId } from "../core/ids.ts";
import { SEGMENT_BYTES } from "../core/limits.ts";
import type { Parcel } from "../core/repository.ts";
import { type RoomFor, newBuffer } from "../format/body-parts.ts";
import type { ContentHasher } from "../format/checksum.ts";
import type { ContentCrypto } from "../format/content-crypto.ts";
import { LargeDeltaEncoder, LargeParcelEncoder } from "../format/large-parcel.ts";
import { borrowRoom } from "../format/room.ts";
import { encodeSolidParcel } from "../format/solid-parcel.ts";
import { attributesOfFile } from "../source/attributes.ts";
import { SourceFailed } from "../source/problem.ts";
import { type ReadFile, openForReading } from "../source/read-file.ts";
import type { ScratchFile } from "../store/scratch-file.ts";
import { piecesOf, scratchAccess } from "./content-pieces.ts";
import type { CompressionEffort } from "./compression-effort.ts";
import type { DeltaMaker } from "./delta-maker.ts";
import type { SavingTools } from "./saving-tools.ts";
import { GarbageSchedule } from "./garbage.ts";
import type {
  DeltaKind,
  EntryRead,
  EntryToRead,
  Jobs,
  SaveSettings,
  StreamedParcel,
} from "./jobs.ts";
import { endingOf } from "./name-ending.ts";
import { ParcelRoom } from "./parcel-rooms.ts";
import { type Refusal, unread } from "./unread.ts";

/** Bytes of pieces and deltas between two collections. */
const GARBAGE_BYTES = 16 * 1024 * 1024;
/** Counted for each byte looked at for a delta: its basis, its windows, what zstd leaves. */
const DELTA_GARBAGE = 4;
/** Read at once where there is no segment to be filled. */
const READ_BYTES = 256 * 1024;

type OpenedRead = EntryRead & { readonly stat: FileStat };
type Opened = { readonly read: EntryRead; readonly attributes: Parcel | undefined };

export class LargeSaver {
  readonly #settings: SaveSettings;
  readonly #deltas: DeltaMaker;
  readonly #crypto: ContentCrypto;
  /** undefined: nothing is compressed. */
  readonly #effort: CompressionEffort | undefined;
  readonly #open = new Map<number, LargeFile>();
  readonly #garbage = new GarbageSchedule(GARBAGE_BYTES, "whole");

  constructor(settings: SaveSettings, { deltas, crypto, effort }: SavingTools) {
    this.#settings = settings;
    this.#deltas = deltas;
    this.#crypto = crypto;
    this.#effort = effort;
  }

  open(id: number, file: EntryToRead): Opened {
    const opened = openForReading(file.path);
    if ("problem" in opened) return { read: unread(opened), attributes: undefined };
    try {
      return this.#opened(id, file, opened);
    } catch (error) {
      opened[Symbol.dispose]();
      if (!(error instanceof SourceFailed)) throw error;
      const refusal = { code: error.code, problem: error.reason };
      return { read: unread(refusal), attributes: undefined };
    }
  }

  #opened(id: number, file: EntryToRead, opened: ReadFile): Opened {
    const stat = opened.stat();
    opened.expectSequentialReading();
    const attributes = attributesOfFile(opened, stat, this.#settings);
    if (attributes !== undefined && "problem" in attributes) {
      opened[Symbol.dispose]();
      return { read: unread(attributes), attributes: undefined };
    }
    const kept = attributes === undefined ? undefined : this.#attributeParcel(attributes);
    const read: EntryRead = {
      stat,
      content: undefined,
      attributes: kept?.members[0]?.content,
      isTorn: false,
      problem: undefined,
      hasOutgrown: false,
    };
    const how = { level: this.#level(file), crypto: this.#crypto };
    this.#open.set(id, new LargeFile(file, opened, { ...read, stat }, how));
    return { read, attributes: kept };
  }

  hash(id: number): ContentId | undefined {
    return this.#file(id).hash();
  }

  /** Whether the file has a delta now. */
  delta(id: number, how: DeltaKind): boolean {
    const file = this.#file(id);
    this.#garbage.handled(DELTA_GARBAGE * file.makeDelta(this.#deltas, how));
    return file.hasDelta;
  }

  piece(id: number): Jobs["piece-large"]["answer"] {
    const room = ParcelRoom.take(this.#settings.rooms);
    try {
      const piece = this.#file(id).piece((length) => room.take(length));
      this.#garbage.handled(piece?.length ?? 0);
      if (piece !== undefined) return { bytes: room.placeOf(piece), room: room.send() };
    } catch (error) {
      room.giveBack();
      throw error;
    }
    room.giveBack();
    return undefined;
  }

  finish(id: number): StreamedParcel {
    return this.#file(id).finish();
  }

  /** No error when it is closed already, or never was opened. */
  close(id: number): void {
    this.#open.get(id)?.[Symbol.dispose]();
    this.#open.delete(id);
  }

  #file(id: number): LargeFile {
    const file = this.#open.get(id);
    assert(file !== undefined, "a large file is open until it is closed");
    return file;
  }

  #attributeParcel(bytes: Uint8Array): Parcel {
    const member = { content: this.#crypto.ids.of(bytes), sizeBytes: bytes.length };
    const parcel = encodeSolidParcel(bytes, [member], 0, this.#crypto);
    return { members: [{ ...member, basis: undefined }], bytes: parcel };
  }

  #level({ path, entry }: EntryToRead): number {
    if (this.#settings.data.uncompressedExtensions.has(endingOf(path))) return 0;
    return this.#effort?.levelFor(entry.sizeBytes) ?? 0;
  }
}

/** One file on its way: whole, unless makeDelta() found a delta worth it. */
class LargeFile implements Disposable {
  readonly #file: EntryToRead;
  readonly #source: ReadFile;
  readonly #read: OpenedRead;
  readonly #damaged: string[] = [];
  readonly #full: LargeParcelEncoder;
  readonly #crypto: ContentCrypto;
  #hasher: ContentHasher;
  #pieces: Iterator<Uint8Array> | undefined;
  /** For the piece that is made now. */
  #roomFor: RoomFor = newBuffer;
  #delta: { readonly file: ScratchFile; readonly encoder: LargeDeltaEncoder } | undefined;
  #position = 0;
  #failure: Refusal | undefined;

  constructor(
    file: EntryToRead,
    source: ReadFile,
    read: OpenedRead,
    { level, crypto }: { readonly level: number; readonly crypto: ContentCrypto },
  ) {
    this.#file = file;
    this.#source = source;
    this.#read = read;
    this.#full = new LargeParcelEncoder(level, crypto.cipher);
    this.#crypto = crypto;
    this.#hasher = crypto.ids.hasher();
  }

  hash(): ContentId | undefined {
    return this.#reading(() => {
      for (const _piece of this.#hashed(new Uint8Array(READ_BYTES)));
      return this.#rewind();
    });
  }

  get hasDelta(): boolean {
    return this.#delta !== undefined;
  }

  /** Bytes that were read for it. */
  makeDelta(deltas: DeltaMaker, how: DeltaKind): number {
    const { basis, entry } = this.#file;
    // A basis that is damaged is of no use the other way either.
    const isOfNoUse = this.#failure !== undefined || this.#damaged.length > 0;
    if (basis === undefined || isOfNoUse) return 0;
    try {
      const file = this.#reading(() =>
        deltas[how](this.#hashed(new Uint8Array(READ_BYTES)), basis),
      );
      if (file === undefined) this.#rewind();
      else this.#delta = { file, encoder: new LargeDeltaEncoder(this.#crypto.cipher) };
    } catch (error) {
      if (!(error instanceof RepositoryCorrupt)) throw error;
      this.#damaged.push(error.message);
      this.#rewind();
    }
    return entry.sizeBytes;
  }

  /** The next, in what `roomFor` gives; undefined: there is no more. */
  piece(roomFor: RoomFor): Uint8Array | undefined {
    this.#roomFor = roomFor;
    if (this.#pieces === undefined) {
      this.#pieces = this.#delta === undefined ? this.#fullPieces() : this.#deltaPieces();
      return new Uint8Array((this.#delta?.encoder ?? this.#full).headBytes);
    }
    const pieces = this.#pieces;
    const next = this.#failure === undefined ? this.#reading(() => pieces.next()) : undefined;
    return next === undefined || next.done === true ? undefined : next.value;
  }

  finish(): StreamedParcel {
    if (this.#failure !== undefined) {
      return { read: unread(this.#failure), parcel: undefined, damaged: this.#damaged };
    }
    const content = this.#hasher.finish();
    const sizeBytes = this.#position;
    const { stat } = this.#read;
    const isTorn = sizeBytes !== stat.sizeBytes || !this.#source.isUnchangedSince(stat);
    const read = { ...this.#read, stat: { ...stat, sizeBytes }, content, isTorn };
    const basis = this.#delta === undefined ? undefined : this.#file.basis?.[0]?.content;
    const head =
      this.#delta === undefined || basis === undefined
        ? this.#full.head(content)
        : this.#delta.encoder.head({ id: content, sizeBytes }, basis);
    const parcel = { head, member: { content, sizeBytes, basis } };
    return { read, parcel, damaged: this.#damaged };
  }

  [Symbol.dispose](): void {
    this.#pieces?.return?.();
    this.#source[Symbol.dispose]();
    this.#delta?.file[Symbol.dispose]();
  }

  *#fullPieces(): Generator<Uint8Array, void> {
    using room = borrowRoom();
    for (const segment of this.#hashed(room.take(SEGMENT_BYTES))) {
      yield this.#full.segment(segment, this.#roomFor);
    }
    yield* nonEmpty(this.#full.finish());
  }

  *#deltaPieces(): Generator<Uint8Array, void> {
    assert(this.#delta !== undefined, "there is a delta");
    const { file, encoder } = this.#delta;
    using delta = scratchAccess(file);
    for (const piece of piecesOf(delta)) yield encoder.piece(piece, this.#roomFor);
    yield* nonEmpty(encoder.finish());
  }

  /** From where the last read ended to the end of the file: pieces as long as `buffer`, in it. */
  *#hashed(buffer: Uint8Array): Generator<Uint8Array, void> {
    for (;;) {
      const count = this.#fill(buffer);
      if (count === 0) return;
      const piece = buffer.subarray(0, count);
      this.#hasher.update(piece);
      yield piece;
      // That was its end. What is written behind it by now shows when its state is compared.
      if (count < buffer.length) return;
    }
  }

  /** Only the last piece of a file does not fill it. */
  #fill(buffer: Uint8Array): number {
    const count = this.#source.readInto(buffer, this.#position, buffer.length);
    if (typeof count !== "number") {
      throw new SourceFailed(this.#file.path, count.problem, count.code);
    }
    this.#position += count;
    return count;
  }

  /** What `read` gives; undefined when the file could not be read, which finish() tells. */
  #reading<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      this.#failure = { code: error.code, problem: error.reason };
      return undefined;
    }
  }

  #rewind(): ContentId {
    const content = this.#hasher.finish();
    this.#hasher = this.#crypto.ids.hasher();
    this.#position = 0;
    return content;
  }
}

/** No turn between threads is taken for nothing. */
function nonEmpty(piece: Uint8Array): readonly Uint8Array[] {
  return piece.length === 0 ? [] : [piece];
}
