/**
 * Parcels written as a stream, of one member each: a large content, or a delta of one. The caller
 * writes headBytes of zeroes, then every piece, the rest, and at the end the head over the zeroes.
 * docs/format.md §1.1.
 */
import { assert } from "../core/assert.ts";
import type { ContentId } from "../core/ids.ts";
import { SEGMENT_BYTES } from "../core/limits.ts";
import type { BodyWriter, RoomFor } from "./body-parts.ts";
import { type ParcelOutput, assembleParcel, bodyWriter } from "./body-writer.ts";
import type { CompressionLevel } from "./compress.ts";
import { type HeadOfBody, RESERVED_HEAD_BYTES, segmentLogFor } from "./parcel.ts";
import type { ParcelCipher } from "./parcel-cipher.ts";
import { newSegment } from "./segment.ts";

/** A large content, segment by segment. */
export class LargeParcelEncoder {
  readonly #level: CompressionLevel;
  readonly #body: BodyWriter;
  #sizeBytes = 0;

  /** `cipher`: of an encrypted repository. */
  constructor(level: CompressionLevel, cipher?: ParcelCipher) {
    this.#level = level;
    this.#body = bodyWriter(cipher);
  }

  get headBytes(): number {
    return RESERVED_HEAD_BYTES + this.#body.sealingBytes;
  }

  /** What to write, in what `roomFor` gives. Every segment but the last has SEGMENT_BYTES. */
  segment(plaintext: Uint8Array, roomFor?: RoomFor): Uint8Array {
    assert(this.#sizeBytes % SEGMENT_BYTES === 0, "only the last segment is shorter");
    assert(plaintext.length <= SEGMENT_BYTES, "a segment has at most SEGMENT_BYTES");
    using segment = newSegment(plaintext, this.#level);
    this.#sizeBytes += plaintext.length;
    return this.#body.update(segment.parts, roomFor);
  }

  /** What to write after the last segment: a new buffer, which may be empty. */
  finish(): Uint8Array {
    return this.#body.finish();
  }

  /** headBytes. Ends the parcel. */
  head(content: ContentId): Uint8Array {
    return this.#body.head(headOfLarge(content, this.#sizeBytes), RESERVED_HEAD_BYTES);
  }
}

/** A delta that is too large to be held in memory. */
export class LargeDeltaEncoder {
  readonly #body: BodyWriter;
  #storedBytes = 0;

  /** `cipher`: of an encrypted repository. */
  constructor(cipher?: ParcelCipher) {
    this.#body = bodyWriter(cipher);
  }

  get headBytes(): number {
    return RESERVED_HEAD_BYTES + this.#body.sealingBytes;
  }

  /** What to write of the delta's next bytes, in what `roomFor` gives. */
  piece(bytes: Uint8Array, roomFor?: RoomFor): Uint8Array {
    this.#storedBytes += bytes.length;
    return this.#body.update([bytes], roomFor);
  }

  /** What to write after the last piece: a new buffer, which may be empty. */
  finish(): Uint8Array {
    return this.#body.finish();
  }

  /** headBytes. Ends the parcel. `sizeBytes` is that of the content. */
  head({ id, sizeBytes }: { id: ContentId; sizeBytes: number }, basis: ContentId): Uint8Array {
    const delta = { basis, storedBytes: this.#storedBytes };
    const members = [{ content: id, sizeBytes, delta }];
    return this.#body.head({ coding: "delta", segmentLog: 0, members }, RESERVED_HEAD_BYTES);
  }
}

/** The parcel of one large content that is in memory. */
export function encodeLargeParcel(
  content: ContentId,
  plaintext: Uint8Array,
  level: CompressionLevel,
  output: ParcelOutput = {},
): Uint8Array {
  using stack = new DisposableStack();
  const parts: Uint8Array[] = [];
  for (let start = 0; start < plaintext.length; start += SEGMENT_BYTES) {
    const segment = newSegment(plaintext.subarray(start, start + SEGMENT_BYTES), level);
    parts.push(...stack.use(segment).parts);
  }
  const head = headOfLarge(content, plaintext.length);
  return assembleParcel(head, parts, output, RESERVED_HEAD_BYTES);
}

function headOfLarge(content: ContentId, sizeBytes: number): HeadOfBody {
  const members = [{ content, sizeBytes, delta: undefined }];
  return { coding: "solid", segmentLog: segmentLogFor(sizeBytes), members };
}
