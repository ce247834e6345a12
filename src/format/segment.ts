/**
 * A segment: plaintext of a known size, compressed where that helps, with its length before it.
 * docs/format.md §1.2.
 */
import { SEGMENT_BYTES } from "../core/limits.ts";
import { copyParts, lengthOf } from "./body-parts.ts";
import { ByteReader } from "./byte-reader.ts";
import { compressInto, decompressInto, frameBytesMax, type CompressionLevel } from "./compress.ts";
import { Room } from "./room.ts";

/** Of the length before a segment. */
export const SEGMENT_PREFIX_BYTES = 4;

const STORED_FLAG = 0x8000_0000;

export type SegmentPrefix = { readonly storedBytes: number; readonly isCompressed: boolean };

/** Where a segment is compressed that lies in no parcel yet. Few parcels have two of them. */
const idleRooms: Room[] = [];
const IDLE_ROOMS_MAX = 1;

/** Prefix and bytes, side by side, until it is disposed: then others are compressed there. */
export type NewSegment = Disposable & { readonly parts: readonly [Uint8Array, Uint8Array] };

/** Holds a view of `plaintext` where compressing does not help. */
export function newSegment(plaintext: Uint8Array, level: CompressionLevel): NewSegment {
  const room = level === 0 ? undefined : (idleRooms.pop() ?? new Room());
  const stored = room === undefined ? plaintext : shorter(plaintext, level, room);
  const prefix = new Uint8Array(SEGMENT_PREFIX_BYTES);
  const flags = stored === plaintext ? STORED_FLAG : 0;
  new DataView(prefix.buffer).setUint32(0, stored.length + flags, true);
  return {
    parts: [prefix, stored],
    [Symbol.dispose]() {
      if (room !== undefined) giveBack(room);
    },
  };
}

/** Its frame, or itself where that is as short. */
function shorter(plaintext: Uint8Array, level: CompressionLevel, room: Room): Uint8Array {
  const frame = compressInto(room.take(frameBytesMax(plaintext.length)), plaintext, level);
  return frame.length < plaintext.length ? frame : plaintext;
}

function giveBack(room: Room): void {
  const isUsual = room.sizeBytes <= frameBytesMax(SEGMENT_BYTES);
  if (isUsual && idleRooms.length < IDLE_ROOMS_MAX) idleRooms.push(room);
  else room[Symbol.dispose]();
}

/** Prefix and bytes, in a new buffer with `headroomBytes` of zeroes before them. */
export function encodeSegment(
  plaintext: Uint8Array,
  level: CompressionLevel,
  headroomBytes: number,
): Uint8Array {
  using segment = newSegment(plaintext, level);
  const bytes = new Uint8Array(headroomBytes + lengthOf(segment.parts));
  copyParts(segment.parts, bytes.subarray(headroomBytes));
  return bytes;
}

/** Throws RangeError when no segment of `sizeBytes` is stored so. */
export function readSegmentPrefix(bytes: Uint8Array, sizeBytes: number): SegmentPrefix {
  const word = new ByteReader(bytes).u32();
  const isCompressed = word < STORED_FLAG;
  const storedBytes = isCompressed ? word : word - STORED_FLAG;
  const isPossible = isCompressed ? storedBytes < sizeBytes : storedBytes === sizeBytes;
  if (isPossible) return { storedBytes, isCompressed };
  throw new RangeError(`${storedBytes} stored bytes cannot be a segment of ${sizeBytes}`);
}

/** The plaintext, which `target` has just room for. */
export function decodeSegment(stored: Uint8Array, prefix: SegmentPrefix, target: Uint8Array): void {
  if (prefix.isCompressed) decompressInto(target, stored);
  else target.set(stored);
}
