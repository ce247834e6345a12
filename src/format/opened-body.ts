/** The plaintext of an encrypted body, from any place or as a whole. docs/format.md §7.3. */
import type { ReadAt } from "./read-at.ts";
import type { Room } from "./room.ts";
import { PIECE_BYTES, STORED_PIECE_BYTES, TAG_BYTES, openPiece } from "./stream-pieces.ts";

export class OpenedBody {
  /** Of the plaintext. */
  readonly sizeBytes: number;
  readonly #key: Uint8Array;
  readonly #storedBytes: number;
  readonly #pieceCount: number;
  readonly #read: ReadAt;
  readonly #room: Room;
  /** The piece read last: what is read next mostly begins in it. */
  #kept: Uint8Array | undefined;
  #keptIndex = -1;

  /**
   * `read` gives bytes of the body as stored, `room` memory for what is read of several pieces, or
   * of all. Throws RangeError for an impossible length.
   */
  constructor(key: Uint8Array, storedBytes: number, read: ReadAt, room: Room) {
    this.#room = room;
    this.#key = key;
    this.#storedBytes = storedBytes;
    this.#read = read;
    this.#pieceCount = Math.ceil(storedBytes / STORED_PIECE_BYTES);
    this.sizeBytes = storedBytes - this.#pieceCount * TAG_BYTES;
    const isPossible = this.#pieceCount > 0 && this.#lastBytes >= TAG_BYTES;
    if (!isPossible) throw new RangeError(`${storedBytes} bytes cannot be an encrypted body`);
  }

  /** A view, valid until the next call and as long as nobody else takes the room. */
  readonly read: ReadAt = (position, length) => {
    if (position < 0 || length < 0 || position + length > this.sizeBytes) {
      throw new RangeError(`bytes ${position}+${length} are wanted, there are ${this.sizeBytes}`);
    }
    const offset = position % PIECE_BYTES;
    if (offset + length <= PIECE_BYTES) {
      return this.#piece(Math.floor(position / PIECE_BYTES)).subarray(offset, offset + length);
    }
    const bytes = this.#room.take(length);
    for (let filled = 0; filled < length;) {
      const from = position + filled;
      const index = Math.floor(from / PIECE_BYTES);
      const start = from % PIECE_BYTES;
      const end = Math.min(PIECE_BYTES, start + length - filled);
      if (end - start === PIECE_BYTES) this.#open(index, bytes.subarray(filled));
      else bytes.set(this.#piece(index).subarray(start, end), filled);
      filled += end - start;
    }
    return bytes;
  };

  /** All of it: what takes the room. */
  whole(): Uint8Array {
    const bytes = this.#room.take(this.sizeBytes);
    for (let index = 0; index < this.#pieceCount; index += 1) {
      this.#open(index, bytes.subarray(index * PIECE_BYTES));
    }
    return bytes;
  }

  get #lastBytes(): number {
    return this.#storedBytes - (this.#pieceCount - 1) * STORED_PIECE_BYTES;
  }

  #piece(index: number): Uint8Array {
    this.#kept ??= new Uint8Array(PIECE_BYTES);
    if (index !== this.#keptIndex) {
      this.#keptIndex = -1; // until it is known to be authentic
      this.#open(Math.min(index, this.#pieceCount - 1), this.#kept);
      this.#keptIndex = index;
    }
    return this.#kept;
  }

  #open(index: number, target: Uint8Array): void {
    const isLast = index === this.#pieceCount - 1;
    const length = isLast ? this.#lastBytes : STORED_PIECE_BYTES;
    const stored = this.#read(index * STORED_PIECE_BYTES, length);
    openPiece(this.#key, { index, isLast }, stored, target);
  }
}
