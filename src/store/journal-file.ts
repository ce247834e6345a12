/**
 * The journal: every committed change of the catalog, append-only, so that a lost catalog can be
 * made again. journal-record.ts has the bytes.
 *
 * A crash while appending leaves a torn tail, of which nobody was told that it is there: opening
 * cuts it off. Anything else that is not as it was written is damage, and is reported.
 */
import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import {
  RepositoryCorrupt,
  RepositoryTooNew,
  StorageFailed,
  StorageUnreadable,
} from "../core/errors.ts";
import { errorCodeOf, readWholly, syncFolder, writeWholly, writingTo } from "./files.ts";
import {
  encodeJournalHeader,
  encodeRecord,
  HEADER_BYTES,
  isWholeRecord,
  JOURNAL_VERSION,
  journalVersionOf,
  OVERHEAD_BYTES,
  payloadBytesOf,
  PREFIX_BYTES,
  SUM_BYTES,
} from "./journal-record.ts";

const syncData = promisify(fdatasync);

/** A place between two records, and the sum of all before it, in hex. */
export type JournalMark = { readonly lengthBytes: number; readonly sum: string };

export type JournalOpening = {
  /** "append" makes the file when there is none, and cuts off a torn tail. */
  readonly access: "read" | "append";
  /** Where the catalog knows it to be whole up to: only what follows is checked when opening. */
  readonly from?: JournalMark;
};

/** What lies at a place: a record, the end, what a crash left, or damage. */
type Found =
  | { readonly kind: "record"; readonly bytes: Uint8Array }
  | { readonly kind: "end" | "torn" | "damaged" };

export class JournalFile implements Disposable {
  readonly path: string;
  /** Bytes of a torn tail: cut off, or, opened to read, left out. */
  readonly tornBytes: number;
  #file: number;
  #isOpen = true;
  #lengthBytes = HEADER_BYTES;
  #lastSum: Uint8Array;

  /**
   * Throws RepositoryCorrupt when it is missing ("read"), damaged or shorter than `from`, and
   * RepositoryTooNew for a later version.
   */
  static open(path: string, opening: JournalOpening): JournalFile {
    const file = openFile(path, opening.access);
    try {
      return new JournalFile(path, file, opening);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  private constructor(path: string, file: number, { access, from }: JournalOpening) {
    this.path = path;
    this.#file = file;
    if (access === "append") this.#writeMissingHeader();
    this.#checkHeader();
    this.#lastSum = this.#sumBefore(from);
    this.#lengthBytes = from?.lengthBytes ?? HEADER_BYTES;
    this.#findEnd();
    this.tornBytes = this.#fileBytes() - this.#lengthBytes;
    if (access === "append" && this.tornBytes > 0) this.#cutTail();
  }

  /** Up to the end of the last record. */
  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  get endMark(): JournalMark {
    return { lengthBytes: this.#lengthBytes, sum: this.#lastSum.toHex() };
  }

  /**
   * Payloads in order, each a new buffer. Throws RepositoryCorrupt, which names the record by its
   * number from the start or `from`, when one is not as it was written.
   */
  *records(from?: JournalMark): Generator<Uint8Array, void> {
    const end = this.#lengthBytes;
    let position = from?.lengthBytes ?? HEADER_BYTES;
    let previous = this.#sumBefore(from);
    for (let number = 1; position < end; number += 1) {
      const found = this.#recordAt(position, previous, end);
      if (found.kind !== "record") throw this.#damaged(number, position);
      yield found.bytes.subarray(PREFIX_BYTES, -SUM_BYTES);
      previous = found.bytes.subarray(-SUM_BYTES);
      position += found.bytes.length;
    }
  }

  /** Durable after sync(). Throws StorageFailed; the journal is then as before. */
  append(payload: Uint8Array): void {
    const record = encodeRecord(this.#lastSum, payload);
    writingTo(this.path, () => writeWholly(this.#file, record, this.#lengthBytes));
    this.#lengthBytes += record.length;
    this.#lastSum = record.slice(-SUM_BYTES);
  }

  async sync(): Promise<void> {
    try {
      await syncData(this.#file);
    } catch (cause) {
      throw new StorageFailed(this.path, cause);
    }
  }

  /** Durably puts these records in the place of all; a crash leaves the old or the new. */
  async replaceWith(payloads: Iterable<Uint8Array>): Promise<void> {
    const temporary = `${this.path}.new`;
    const replacement = JournalFile.#create(temporary);
    try {
      for (const payload of payloads) replacement.append(payload);
      await replacement.sync();
      writingTo(this.path, () => {
        renameSync(temporary, this.path);
        syncFolder(dirname(this.path));
      });
    } catch (error) {
      replacement[Symbol.dispose]();
      throw error;
    }
    closeSync(this.#file);
    this.#file = replacement.#file;
    this.#lengthBytes = replacement.#lengthBytes;
    this.#lastSum = replacement.#lastSum;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#file);
  }

  /** An empty one, whatever was there. */
  static #create(path: string): JournalFile {
    const file = writingTo(path, () => openSync(path, "w+"));
    return new JournalFile(path, file, { access: "append" });
  }

  /** Moves the end on, over every whole record. Throws RepositoryCorrupt on damage. */
  #findEnd(): void {
    const fileBytes = this.#fileBytes();
    for (let number = 1; ; number += 1) {
      const found = this.#recordAt(this.#lengthBytes, this.#lastSum, fileBytes);
      if (found.kind === "damaged") throw this.#damaged(number, this.#lengthBytes);
      if (found.kind !== "record") return;
      this.#lengthBytes += found.bytes.length;
      this.#lastSum = found.bytes.slice(-SUM_BYTES);
    }
  }

  #recordAt(position: number, previous: Uint8Array, fileBytes: number): Found {
    const left = fileBytes - position;
    if (left === 0) return { kind: "end" };
    if (left < PREFIX_BYTES) return { kind: "torn" };
    const payloadBytes = payloadBytesOf(previous, this.#read(position, PREFIX_BYTES));
    // After a crash the end of a file may read as zeroes that were never written.
    if (payloadBytes === undefined) return { kind: this.#isZero(position) ? "torn" : "damaged" };
    const length = OVERHEAD_BYTES + payloadBytes;
    if (length > left) return { kind: "torn" };
    const bytes = this.#read(position, length);
    if (isWholeRecord(previous, bytes)) return { kind: "record", bytes };
    return { kind: length === left ? "torn" : "damaged" };
  }

  #isZero(position: number): boolean {
    const rest = this.#read(position, this.#fileBytes() - position);
    return rest.every((byte) => byte === 0);
  }

  #writeMissingHeader(): void {
    // Fewer bytes than a header: making it was interrupted, before any record.
    if (this.#fileBytes() >= HEADER_BYTES) return;
    writingTo(this.path, () => {
      writeWholly(this.#file, encodeJournalHeader(), 0);
      syncFolder(dirname(this.path));
    });
  }

  #checkHeader(): void {
    const version = journalVersionOf(this.#read(0, Math.min(HEADER_BYTES, this.#fileBytes())));
    if (version === undefined) throw new RepositoryCorrupt(this.path, "it has no header");
    if (version > JOURNAL_VERSION) {
      throw new RepositoryTooNew(this.path, version, JOURNAL_VERSION);
    }
  }

  /** The 16 bytes that a record at the mark, or else the first, is chained to. */
  #sumBefore(mark: JournalMark | undefined): Uint8Array {
    if (mark === undefined) return this.#read(0, HEADER_BYTES);
    const start = mark.lengthBytes - SUM_BYTES;
    const isThere = start >= 0 && mark.lengthBytes <= this.#fileBytes();
    const sum = isThere ? this.#read(start, SUM_BYTES) : undefined;
    if (sum?.toHex() === mark.sum) return sum;
    throw new RepositoryCorrupt(this.path, `it is not what it was up to byte ${mark.lengthBytes}`);
  }

  #cutTail(): void {
    writingTo(this.path, () => ftruncateSync(this.#file, this.#lengthBytes));
  }

  #fileBytes(): number {
    return fstatSync(this.#file).size;
  }

  #read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (readWholly(this.#file, bytes, position) === length) return bytes;
    throw new RepositoryCorrupt(this.path, `it has no bytes ${position} to ${position + length}`);
  }

  #damaged(number: number, position: number): RepositoryCorrupt {
    return new RepositoryCorrupt(this.path, `record ${number}, at byte ${position}`);
  }
}

function openFile(path: string, access: JournalOpening["access"]): number {
  try {
    return openSync(path, access === "read" ? "r" : "r+");
  } catch (cause) {
    const isMissing = errorCodeOf(cause) === "ENOENT";
    if (access === "append" && isMissing) return writingTo(path, () => openSync(path, "wx+"));
    if (access === "append") throw new StorageFailed(path, cause);
    if (isMissing) throw new RepositoryCorrupt(path, "the file is missing", cause);
    throw new StorageUnreadable(path, cause);
  }
}
