/**
 * Parcels written as a stream, of one member each: a large content, or a delta of one. The caller
 * writes RESERVED_HEAD_BYTES of zeroes, then every piece, and at the end the head over the zeroes.
 * docs/format.md §1.1.
 */
import { assert } from "../core/assert.ts";
import type { ContentId } from "../core/ids.ts";
import { SEGMENT_BYTES } from "../core/limits.ts";
import { SumHasher } from "./checksum.ts";
import { release, type CompressionLevel } from "./compress.ts";
import { encodeHead, RESERVED_HEAD_BYTES, segmentLogFor } from "./parcel.ts";
import { encodeSegment } from "./segment.ts";

/** A large content, segment by segment. */
export class LargeParcelEncoder {
  readonly #level: CompressionLevel;
  readonly #sum = new SumHasher();
  #sizeBytes = 0;
  #bodyBytes = 0;

  constructor(level: CompressionLevel) {
    this.#level = level;
  }

  /** Plaintext bytes so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The piece to write, a new buffer. Every segment but the last has SEGMENT_BYTES. */
  segment(plaintext: Uint8Array): Uint8Array {
    assert(this.#sizeBytes % SEGMENT_BYTES === 0, "only the last segment is shorter");
    assert(plaintext.length <= SEGMENT_BYTES, "a segment has at most SEGMENT_BYTES");
    const piece = encodeSegment(plaintext, this.#level);
    this.#sum.update(piece);
    this.#sizeBytes += plaintext.length;
    this.#bodyBytes += piece.length;
    return piece;
  }

  /** RESERVED_HEAD_BYTES. Ends the parcel. */
  head(content: ContentId): Uint8Array {
    const member = { content, sizeBytes: this.#sizeBytes, delta: undefined };
    const head = {
      coding: "solid",
      segmentLog: segmentLogFor(this.#sizeBytes),
      bodySum: this.#sum.finish(),
      bodyBytes: this.#bodyBytes,
      members: [member],
    } as const;
    return encodeHead(head, RESERVED_HEAD_BYTES);
  }
}

/** A delta that is too large to be held in memory. */
export class LargeDeltaEncoder {
  readonly #sum = new SumHasher();
  #bodyBytes = 0;

  /** Bytes of the delta so far. */
  get storedBytes(): number {
    return this.#bodyBytes;
  }

  /** Takes note of a piece that the caller writes as it is. */
  add(piece: Uint8Array): void {
    this.#sum.update(piece);
    this.#bodyBytes += piece.length;
  }

  /** RESERVED_HEAD_BYTES. Ends the parcel. `sizeBytes` is that of the content. */
  head(content: { id: ContentId; sizeBytes: number }, basis: ContentId): Uint8Array {
    const delta = { basis, storedBytes: this.#bodyBytes };
    const head = {
      coding: "delta",
      segmentLog: 0,
      bodySum: this.#sum.finish(),
      bodyBytes: this.#bodyBytes,
      members: [{ content: content.id, sizeBytes: content.sizeBytes, delta }],
    } as const;
    return encodeHead(head, RESERVED_HEAD_BYTES);
  }
}

/** The parcel of one large content that is in memory: a new buffer. */
export function encodeLargeParcel(
  content: ContentId,
  plaintext: Uint8Array,
  level: CompressionLevel,
): Uint8Array {
  const encoder = new LargeParcelEncoder(level);
  const pieces: Uint8Array[] = [new Uint8Array(RESERVED_HEAD_BYTES)];
  for (let start = 0; start < plaintext.length; start += SEGMENT_BYTES) {
    pieces.push(encoder.segment(plaintext.subarray(start, start + SEGMENT_BYTES)));
  }
  const parcel = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const piece of pieces) {
    parcel.set(piece, position);
    position += piece.length;
    release(piece);
  }
  parcel.set(encoder.head(content));
  return parcel;
}
