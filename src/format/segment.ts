/**
 * A segment: plaintext of a known size, compressed where that helps, with its length before it.
 * docs/format.md §1.2.
 */
import { copyParts, lengthOf } from "./body-parts.ts";
import { ByteReader } from "./byte-reader.ts";
import { decompressInto, type CompressionLevel } from "./compress.ts";
import { newFrame } from "./frame.ts";

/** Of the length before a segment. */
export const SEGMENT_PREFIX_BYTES = 4;

const STORED_FLAG = 0x8000_0000;

export type SegmentPrefix = { readonly storedBytes: number; readonly isCompressed: boolean };

/** Prefix and bytes, side by side, until it is disposed: then others are compressed there. */
export type NewSegment = Disposable & { readonly parts: readonly [Uint8Array, Uint8Array] };

/** Holds a view of `plaintext` where compressing does not help. */
export function newSegment(plaintext: Uint8Array, level: CompressionLevel): NewSegment {
  const frame = level === 0 ? undefined : newFrame(plaintext, level);
  const isCompressed = frame !== undefined && frame.bytes.length < plaintext.length;
  const stored = isCompressed ? frame.bytes : plaintext;
  const prefix = new Uint8Array(SEGMENT_PREFIX_BYTES);
  const flags = isCompressed ? 0 : STORED_FLAG;
  new DataView(prefix.buffer).setUint32(0, stored.length + flags, true);
  return { parts: [prefix, stored], [Symbol.dispose]: () => frame?.[Symbol.dispose]() };
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
