/**
 * Memory that workers put parcels into and the main thread writes them to disk from: one for each
 * batch that is encoded, used again and again. Parcels in buffers of their own, handed over from
 * thread to thread, take a collection of garbage every few megabytes in both, and new pages each.
 */
import { SEGMENT_BYTES } from "../core/limits.ts";

/** What one batch becomes, mostly: a segment that cannot be compressed, and heads. */
const ROOM_BYTES = SEGMENT_BYTES + 256 * 1024;
/** As many as there are full batches in the workers. What is not written to takes no memory. */
const ROOMS = 4;

/** The main thread's side. */
export class ParcelRooms {
  /** All of them: for the workers. */
  readonly memory: readonly SharedArrayBuffer[];
  readonly #idle: number[];

  constructor() {
    this.memory = Array.from({ length: ROOMS }, () => new SharedArrayBuffer(ROOM_BYTES));
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

/** A worker's side: one room, from its beginning to its end, or none. */
export class ParcelRoom {
  readonly #memory: SharedArrayBuffer | undefined;
  #used = 0;

  constructor(memory: SharedArrayBuffer | undefined) {
    this.#memory = memory;
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

  has({ buffer }: Uint8Array): boolean {
    return buffer === this.#memory;
  }
}
