/** The body of a new parcel before it is written: parts, one after the other, nowhere joined. */
import type { HeadOfBody } from "./parcel.ts";

export type BodyParts = readonly Uint8Array[];

/** Gives room for so many bytes, of any content. */
export type RoomFor = (length: number) => Uint8Array;

export function newBuffer(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** Makes of a body, piece by piece, what is stored of it, and then the parcel's head. */
export interface BodyWriter {
  /** What a head grows by. */
  readonly sealingBytes: number;
  /** What can be written now, in what `roomFor` gives; may be empty. Keeps nothing of `parts`. */
  update(parts: BodyParts, roomFor?: RoomFor): Uint8Array;
  /** The rest of the body: a new buffer, which may be empty. */
  finish(): Uint8Array;
  /** The head of what was written, padded as one of `plainHeadBytes` that is not encrypted. */
  head(head: HeadOfBody, plainHeadBytes: number): Uint8Array;
}

/** Bytes of all of them. */
export function lengthOf(parts: BodyParts): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Copies all of them to the beginning of `target`. */
export function copyParts(parts: BodyParts, target: Uint8Array): void {
  let end = 0;
  for (const part of parts) {
    target.set(part, end);
    end += part.length;
  }
}

/** Goes through parts without regard to where one ends. */
export class PartsReader {
  readonly #parts: BodyParts;
  #index = 0;
  #offset = 0;

  constructor(parts: BodyParts) {
    this.#parts = parts;
  }

  /** The next `count` bytes, of those that there are: views. */
  take(count: number): Uint8Array[] {
    const views: Uint8Array[] = [];
    for (let left = count; left > 0;) {
      const part = this.#parts[this.#index];
      if (part === undefined) break;
      const view = part.subarray(this.#offset, this.#offset + left);
      if (view.length > 0) views.push(view);
      left -= view.length;
      this.#offset += view.length;
      if (this.#offset < part.length) continue;
      this.#index += 1;
      this.#offset = 0;
    }
    return views;
  }
}
