/**
 * Memory that workers put parcels into and the main thread writes them to disk from: lent for one
 * batch, or one piece of a large file, after the other. Buffers of their own that are handed over
 * take a collection of garbage every few megabytes, in both threads, and new pages each.
 */
import { assert } from "../core/assert.ts";
import { release } from "./saved.ts";

/**
 * What a segment of 2 MiB mostly becomes, and heads. What cannot be compressed goes in a buffer of
 * its own: rooms for that too would take 4 MB more, all the time.
 */
const ROOM_BYTES = 1280 * 1024;
/**
 * For a first backup: as many as are mostly wanted at once. Later runs store little, and take
 * their memory for deltas.
 */
const ROOMS_FIRST = 3;

/** The main thread's side. */
export class ParcelRooms {
  /** All of them: for the workers. */
  readonly memory: readonly SharedArrayBuffer[];
  readonly #idle: number[];

  constructor(run: "first" | "later") {
    const count = run === "first" ? ROOMS_FIRST : 0;
    this.memory = Array.from({ length: count }, () => new SharedArrayBuffer(ROOM_BYTES));
    this.#idle = this.memory.map((_memory, index) => index);
  }

  /** Until it is disposed; undefined: all are lent. */
  lend(): LentRoom | undefined {
    const index = this.#idle.pop();
    const memory = index === undefined ? undefined : this.memory[index];
    if (index === undefined || memory === undefined) return undefined;
    return {
      index,
      bytes: new Uint8Array(memory),
      [Symbol.dispose]: () => void this.#idle.push(index),
    };
  }
}

export type LentRoom = Disposable & { readonly index: number; readonly bytes: Uint8Array };

/** Bytes on their way: a buffer that is handed over, or where they are in the room lent. */
export type SentBytes = Uint8Array | { readonly start: number; readonly end: number };

/** Until it is disposed. `room`: that was lent. */
export function received(
  sent: SentBytes,
  room: LentRoom | undefined,
): Disposable & { readonly bytes: Uint8Array } {
  if (!("start" in sent)) return { bytes: sent, [Symbol.dispose]: () => release(sent) };
  assert(room !== undefined, "what is sent lies in the room that was lent for it");
  return { bytes: room.bytes.subarray(sent.start, sent.end), [Symbol.dispose]() {} };
}

/** A worker's side: one room, from its beginning to its end, or none. */
export class ParcelRoom {
  readonly #memory: SharedArrayBuffer | undefined;
  #used = 0;

  /** `lent`: which of `rooms`. */
  constructor(rooms: readonly SharedArrayBuffer[], lent: number | undefined) {
    this.#memory = lent === undefined ? undefined : rooms[lent];
  }

  /** So many bytes of it, of any content; where it has not as many left, a new buffer. */
  take(length: number): Uint8Array {
    const memory = this.#memory;
    if (memory === undefined || this.#used + length > memory.byteLength) {
      return new Uint8Array(length);
    }
    this.#used += length;
    return new Uint8Array(memory, this.#used - length, length);
  }

  /** What to send of bytes that take() may have given. */
  sent(bytes: Uint8Array): SentBytes {
    const { buffer, byteOffset: start, byteLength } = bytes;
    return buffer === this.#memory ? { start, end: start + byteLength } : bytes;
  }
}
