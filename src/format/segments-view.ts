/** The plaintext of a solid parcel, read anywhere in: the last segment is kept, or two. */
import { type RandomAccess, type ReadAt, readInParts } from "./read-at.ts";
import { type BorrowedRoom, borrowRoom } from "./room.ts";
import type { SolidBody } from "./solid-parcel.ts";

const KEPT_MAX = 2;

type KeptSegment = { index: number; bytes: Uint8Array; readonly room: BorrowedRoom };

export class SegmentsView implements RandomAccess, Disposable {
  readonly sizeBytes: number;
  readonly read: ReadAt;
  readonly #body: SolidBody;
  /** Where it begins in the body. */
  readonly #start: number;
  readonly #room = borrowRoom();
  /** The one used last comes first. */
  #kept: readonly KeptSegment[] = [];

  /** Bytes [start, end) of the body. */
  constructor(body: SolidBody, { start, end }: { readonly start: number; readonly end: number }) {
    this.sizeBytes = end - start;
    this.read = readInParts(end - start, this.#room, (at, max) => this.#part(at, max));
    this.#body = body;
    this.#start = start;
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
    const kept = this.#kept.find((segment) => segment.index === index);
    const newest = this.#kept[0];
    if (kept !== undefined && kept === newest) return kept.bytes;
    const segment = kept ?? this.#next(index);
    this.#kept = [segment, ...this.#kept.filter((other) => other !== segment)];
    if (kept === undefined) {
      segment.bytes = segment.room.take(this.#body.segmentSize(index));
      this.#body.readSegment(index, segment.bytes);
      segment.index = index;
    }
    return segment.bytes;
  }

  /** Room for one more; a second one only for who comes back. */
  #next(index: number): KeptSegment {
    const [newest] = this.#kept;
    const isBack = newest !== undefined && index < newest.index;
    const isRoom = this.#kept.length === 0 || (isBack && this.#kept.length < KEPT_MAX);
    const segment = isRoom ? undefined : this.#kept.at(-1);
    if (segment === undefined) return { index: -1, bytes: new Uint8Array(0), room: borrowRoom() };
    segment.index = -1; // until it is whole
    return segment;
  }
}
