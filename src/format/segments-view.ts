/** The plaintext of a solid parcel, read anywhere in: the last two segments are kept. */
import { type RandomAccess, type ReadAt, readInParts } from "./read-at.ts";
import { type BorrowedRoom, borrowRoom } from "./room.ts";
import type { SolidBody } from "./solid-parcel.ts";

type KeptSegment = { index: number; bytes: Uint8Array; readonly room: BorrowedRoom };

export class SegmentsView implements RandomAccess, Disposable {
  readonly sizeBytes: number;
  readonly read: ReadAt;
  readonly #body: SolidBody;
  /** Where it begins in the body. */
  readonly #start: number;
  readonly #room = borrowRoom();
  /** The one used last comes first. */
  #kept: readonly [KeptSegment, KeptSegment];

  /** Bytes [start, end) of the body. */
  constructor(body: SolidBody, { start, end }: { readonly start: number; readonly end: number }) {
    this.sizeBytes = end - start;
    this.read = readInParts(end - start, this.#room, (at, max) => this.#part(at, max));
    this.#body = body;
    this.#start = start;
    this.#kept = [noSegment(), noSegment()];
  }

  [Symbol.dispose](): void {
    this.#room[Symbol.dispose]();
    for (const { room } of this.#kept) room[Symbol.dispose]();
  }

  /** As much as lies in one segment, at most `lengthMax`: a view. */
  #part(position: number, lengthMax: number): Uint8Array {
    const { segmentBytes } = this.#body;
    const from = this.#start + position;
    const index = Math.floor(from / segmentBytes);
    const offset = from - index * segmentBytes;
    return this.#segment(index).subarray(offset, offset + lengthMax);
  }

  #segment(index: number): Uint8Array {
    const [newest, older] = this.#kept;
    if (newest.index === index) return newest.bytes;
    this.#kept = [older, newest];
    if (older.index !== index) {
      older.index = -1; // until it is whole
      older.bytes = older.room.take(this.#body.segmentSize(index));
      this.#body.readSegment(index, older.bytes);
      older.index = index;
    }
    return older.bytes;
  }
}

function noSegment(): KeptSegment {
  return { index: -1, bytes: new Uint8Array(0), room: borrowRoom() };
}
