/**
 * Parcels whose plaintexts are compressed as one: contents of small files that resemble each other,
 * or one large content. docs/format.md §1.2.
 */
import { assert } from "../core/assert.ts";
import type { ContentId } from "../core/ids.ts";
import { SEGMENT_BYTES } from "../core/limits.ts";
import { type ParcelOutput, assembleParcel } from "./body-writer.ts";
import type { CompressionLevel } from "./compress.ts";
import { segmentLogFor, type HeadOfBody, type ParcelHead } from "./parcel.ts";
import { randomAccessOf, type ReadAt } from "./read-at.ts";
import {
  decodeSegment,
  newSegment,
  readSegmentPrefix,
  SEGMENT_PREFIX_BYTES,
  type SegmentPrefix,
} from "./segment.ts";
import { memberOf, type WholeParcel } from "./whole-parcel.ts";

/** Of several contents in one parcel, part of the format: readers may hold them in memory. */
const SHARED_BYTES_MAX = 8 * 1024 * 1024;

export type SolidMember = { readonly content: ContentId; readonly sizeBytes: number };

/**
 * The parcel of the members whose plaintexts are, one after the other, `plaintext`, which has at
 * most SEGMENT_BYTES.
 */
export function encodeSolidParcel(
  plaintext: Uint8Array,
  members: readonly SolidMember[],
  level: CompressionLevel,
  output: ParcelOutput = {},
): Uint8Array {
  assert(plaintext.length <= SEGMENT_BYTES, "what is larger is a large parcel");
  const head: HeadOfBody = {
    coding: "solid",
    segmentLog: segmentLogFor(plaintext.length),
    members: members.map((member) => ({ ...member, delta: undefined })),
  };
  if (plaintext.length === 0) return assembleParcel(head, [], output);
  using segment = newSegment(plaintext, level);
  return assembleParcel(head, segment.parts, output);
}

/** The plaintexts of these members, as views of one new buffer, in the order given. */
export function solidMembers(parcel: WholeParcel, indexes: readonly number[]): Uint8Array[] {
  const members = indexes.map((index) => memberOf(parcel.head, index));
  const plaintext = new Uint8Array(solidBytes(parcel.head));
  readSolid(parcel, plaintext);
  return members.map(({ start, end }) => plaintext.subarray(start, end));
}

/**
 * Bytes of all plaintexts of a parcel. Throws RangeError unless it is solid, and small enough to be
 * read at once.
 */
export function solidBytes(head: ParcelHead): number {
  if (head.coding !== "solid") throw new RangeError(`a ${head.coding} parcel is not solid`);
  const sizeBytes = head.members.at(-1)?.end ?? 0;
  if (sizeBytes <= SHARED_BYTES_MAX) return sizeBytes;
  throw new RangeError(`a parcel of ${sizeBytes} bytes is too large to be read whole`);
}

/** All plaintexts of a parcel, one after the other, into `target`, which has solidBytes(). */
export function readSolid({ head, body }: WholeParcel, target: Uint8Array): void {
  new SolidBody(head, randomAccessOf(body).read).readAll(target);
}

/** Reads the plaintext of a solid parcel in segments: in constant memory, from any place. */
export class SolidBody {
  /** Of all plaintexts. */
  readonly sizeBytes: number;
  readonly #head: ParcelHead;
  readonly #read: ReadAt;
  /** Where segment `index` starts in the body, for those whose predecessors were seen. */
  readonly #starts: number[] = [0];

  /** `read` gives bytes of the body. Throws RangeError unless the parcel is solid. */
  constructor(head: ParcelHead, read: ReadAt) {
    if (head.coding !== "solid") throw new RangeError(`a ${head.coding} parcel is not solid`);
    this.sizeBytes = head.members.at(-1)?.end ?? 0;
    this.#head = head;
    this.#read = read;
  }

  /** All of it into `target`, which has sizeBytes. */
  readAll(target: Uint8Array): void {
    const { segmentBytes } = this.#head;
    for (let start = 0; start < target.length; start += segmentBytes) {
      this.readSegment(start / segmentBytes, target.subarray(start, start + segmentBytes));
    }
  }

  /** Plaintext bytes of all segments but the last. */
  get segmentBytes(): number {
    return this.#head.segmentBytes;
  }

  /** Plaintext bytes of one. */
  segmentSize(index: number): number {
    const { segmentBytes } = this.#head;
    return Math.min(segmentBytes, this.sizeBytes - index * segmentBytes);
  }

  /** The segment into `target`, which has just room for it. Throws RangeError on damage. */
  readSegment(index: number, target: Uint8Array): void {
    const start = this.#startOf(index);
    const prefix = this.#prefixAt(index, start);
    const stored = this.#read(start + SEGMENT_PREFIX_BYTES, prefix.storedBytes);
    decodeSegment(stored, prefix, target);
  }

  #startOf(index: number): number {
    for (let known = this.#starts.length - 1; known < index; known += 1) {
      const start = this.#starts[known] as number;
      const { storedBytes } = this.#prefixAt(known, start);
      this.#starts.push(start + SEGMENT_PREFIX_BYTES + storedBytes);
    }
    return this.#starts[index] as number;
  }

  /** The prefix of a segment that lies within the body. */
  #prefixAt(index: number, start: number): SegmentPrefix {
    const left = this.#head.bodyBytes - start - SEGMENT_PREFIX_BYTES;
    if (left < 0) throw new RangeError(`a parcel ends before its segment ${index}`);
    const bytes = this.#read(start, SEGMENT_PREFIX_BYTES);
    const prefix = readSegmentPrefix(bytes, this.segmentSize(index));
    if (prefix.storedBytes <= left) return prefix;
    throw new RangeError(`a parcel ends within its segment ${index}`);
  }
}
