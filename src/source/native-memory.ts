/**
 * Memory that both JavaScript and the C library see. It never moves, so a pointer into it is good
 * as long as the object lives; who keeps only the pointer does not keep the object alive.
 */
import { type Pointer, ptr } from "bun:ffi";
import type { ByteString } from "../core/byte-string.ts";

export class NativeMemory {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly longs: BigInt64Array;
  readonly pointer: Pointer;

  /** `lengthBytes` must be a multiple of 8. */
  constructor(lengthBytes: number) {
    // The buffer comes first: a small array that is asked for its buffer later moves into one.
    const memory = new ArrayBuffer(lengthBytes);
    this.bytes = Buffer.from(memory);
    this.words = new Uint32Array(memory);
    this.longs = new BigInt64Array(memory);
    this.pointer = ptr(this.bytes);
  }

  /** The address of the byte at `offset`. */
  at(offset: number): Pointer {
    return (this.pointer + offset) as Pointer;
  }

  /** Writes `text` and a NUL at `offset`, which must have room for it; its address. */
  writeText(text: ByteString, offset: number): Pointer {
    const end = offset + this.bytes.write(text, offset, "latin1");
    this.bytes[end] = 0;
    return this.at(offset);
  }

  /** Gives the memory back to the system now, instead of when the collector finds it. */
  release(): void {
    (this.bytes.buffer as ArrayBuffer).transfer(0);
  }
}

/** A text of no bytes, for calls that are about their descriptor. */
export const EMPTY_NAME = new NativeMemory(8);
