/**
 * Memory that workers put parcels into and the main thread writes them to disk from: a room for one
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

const FREE = 0;
const TAKEN = 1;

/** The rooms, and a word for each: who takes one is seen by all threads. */
export type RoomMemory = {
  readonly rooms: readonly SharedArrayBuffer[];
  readonly states: SharedArrayBuffer;
};

export function roomMemory(run: "first" | "later", roomBytes = ROOM_BYTES): RoomMemory {
  const count = run === "first" ? ROOMS_FIRST : 0;
  return {
    rooms: Array.from({ length: count }, () => new SharedArrayBuffer(roomBytes)),
    states: new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT),
  };
}

/** Bytes on their way: a buffer that is handed over, or where they are in the room. */
export type SentBytes = Uint8Array | { readonly start: number; readonly end: number };

/** A worker's side: one room, from its beginning to its end, or none. */
export class ParcelRoom {
  readonly #memory: SharedArrayBuffer | undefined;
  readonly #giveBack: () => void;
  /** Which it is. */
  readonly #index: number | undefined;
  #used = 0;

  private constructor(index: number | undefined, memory?: SharedArrayBuffer, states?: Int32Array) {
    this.#index = index;
    this.#memory = memory;
    this.#giveBack = () => {
      if (states !== undefined && index !== undefined) Atomics.store(states, index, FREE);
    };
  }

  /** One that is free, if any is. To be ended by send() or giveBack(). */
  static take({ rooms, states }: RoomMemory): ParcelRoom {
    const words = new Int32Array(states);
    const index = words.findIndex(
      (_word, room) => Atomics.compareExchange(words, room, FREE, TAKEN) === FREE,
    );
    return index < 0 ? new ParcelRoom(undefined) : new ParcelRoom(index, rooms[index], words);
  }

  /** So many bytes of it, of any content; where it has not as many left, a new buffer. */
  take(length: number): Uint8Array {
    const memory = this.#memory;
    const hasRoom = memory !== undefined && this.#used + length <= memory.byteLength;
    // Where there is nothing to be put, nothing needs the room.
    if (!hasRoom || length === 0) return new Uint8Array(length);
    this.#used += length;
    return new Uint8Array(memory, this.#used - length, length);
  }

  /** What to send of bytes that take() may have given. */
  placeOf(bytes: Uint8Array): SentBytes {
    const { buffer, byteOffset: start, byteLength } = bytes;
    return buffer === this.#memory ? { start, end: start + byteLength } : bytes;
  }

  /** Which room the receiver has to give back; undefined: nothing is in it. */
  send(): number | undefined {
    if (this.#used > 0) return this.#index;
    this.#giveBack();
    return undefined;
  }

  /** Nothing is sent. */
  giveBack(): void {
    this.#giveBack();
  }
}

/** The receiver's side: the room that something was sent in, until it is disposed. */
export class ReceivedRoom implements Disposable {
  readonly #bytes: Uint8Array | undefined;
  readonly #giveBack: () => void;

  /** `index`: that was sent. */
  constructor({ rooms, states }: RoomMemory, index: number | undefined) {
    const memory = index === undefined ? undefined : rooms[index];
    this.#bytes = memory && new Uint8Array(memory);
    this.#giveBack = () => {
      if (index !== undefined) Atomics.store(new Int32Array(states), index, FREE);
    };
  }

  /** Until it is disposed, and no longer than the room. */
  received(sent: SentBytes): Disposable & { readonly bytes: Uint8Array } {
    if (!("start" in sent)) return { bytes: sent, [Symbol.dispose]: () => release(sent) };
    assert(this.#bytes !== undefined, "what is sent lies in the room that is told with it");
    return { bytes: this.#bytes.subarray(sent.start, sent.end), [Symbol.dispose]() {} };
  }

  [Symbol.dispose](): void {
    this.#giveBack();
  }
}
