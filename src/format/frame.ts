/** A frame of zstd on its way into something larger, and where it lies until it is there. */
import {
  type CompressionLevel,
  compress,
  compressInto,
  frameBytesMax,
  release,
} from "./compress.ts";
import { borrowRoom } from "./room.ts";

/**
 * Up to this level frames are made in a context and memory that stay. Above, the tables of a
 * context take megabytes, and compressing takes so long that new memory does not matter.
 */
const KEPT_LEVEL_MAX = 3;

/** Its bytes may lie elsewhere, or be others', once it is disposed. */
export type Frame = Disposable & { readonly bytes: Uint8Array };

export function newFrame(plaintext: Uint8Array, level: CompressionLevel): Frame {
  return level <= KEPT_LEVEL_MAX ? inRoom(plaintext, level) : inOwnMemory(plaintext, level);
}

function inRoom(plaintext: Uint8Array, level: CompressionLevel): Frame {
  const room = borrowRoom();
  const bytes = compressInto(room.take(frameBytesMax(plaintext.length)), plaintext, level);
  return { bytes, [Symbol.dispose]: () => room[Symbol.dispose]() };
}

function inOwnMemory(plaintext: Uint8Array, level: CompressionLevel): Frame {
  const bytes = compress(plaintext, level);
  return { bytes, [Symbol.dispose]: () => release(bytes) };
}
