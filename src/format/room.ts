/**
 * Memory that is used again for one thing after the other, as much as was ever wanted at once: what
 * is allocated anew is slow to touch, and every few megabytes of it start a collection of garbage.
 */
import { assert } from "../core/assert.ts";
import { SEGMENT_BYTES } from "../core/limits.ts";
import { frameBytesMax, release } from "./compress.ts";

/**
 * Up to a quarter more: rooms for things of about one size can then take each other's place. What
 * is not written to costs nothing.
 */
function roomyBytes(length: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, length))) - 2);
  return Math.ceil(length / step) * step;
}

export class Room implements Disposable {
  #bytes = new Uint8Array(0);

  /** At least as much as was ever wanted. */
  get sizeBytes(): number {
    return this.#bytes.length;
  }

  /** So many bytes, of any content, until the next call. */
  take(length: number): Uint8Array {
    if (this.#bytes.length < length) {
      release(this.#bytes);
      this.#bytes = new Uint8Array(roomyBytes(length));
    }
    return this.#bytes.subarray(0, length);
  }

  /** Gives the memory back; what was taken of it becomes empty. */
  [Symbol.dispose](): void {
    release(this.#bytes);
    this.#bytes = new Uint8Array(0);
  }
}

/** What a room that waits may hold: a segment, or the frame of one. */
const IDLE_BYTES_MAX = roomyBytes(frameBytesMax(SEGMENT_BYTES));
/** A room that is waiting for its next use. Few things need two of them at once. */
let idle: Room | undefined;

/** A room that keeps its memory, for one thing: until it is disposed. */
export type BorrowedRoom = Disposable & Pick<Room, "take">;

/** One that waits, or another. It waits again afterwards, unless it is larger than most. */
export function borrowRoom(): BorrowedRoom {
  let lent: Room | undefined = idle ?? new Room();
  idle = undefined;
  return {
    take(length) {
      assert(lent !== undefined, "a room is not used any more once it was given back");
      return lent.take(length);
    },
    [Symbol.dispose]() {
      const room = lent;
      lent = undefined;
      if (room === undefined) return;
      if (idle === undefined && room.sizeBytes <= IDLE_BYTES_MAX) idle = room;
      else room[Symbol.dispose]();
    },
  };
}
