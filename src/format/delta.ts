/**
 * A content as what makes it from another, its basis. The first byte of a delta says its form:
 *
 *     1 whole    a zstd frame whose dictionary is the whole basis; both at most 1 MiB
 *     2 windows  delta-windows.ts; any size, what a client makes that can read the basis
 *     3 plain    a librsync delta; what a client makes that has only a signature
 *
 * No form needs librsync to be applied. docs/format.md §1.3.
 */
import { assert } from "../core/assert.ts";
import { LARGE_CONTENT_BYTES } from "../core/limits.ts";
import {
  compressWith,
  decompressWith,
  Dictionary,
  release,
  type CompressionLevel,
} from "./compress.ts";
import { DeltaReader } from "./delta-reader.ts";
import { decodeWindows, type EmitWindow, emitCopy, encodeWindows } from "./delta-windows.ts";
import type { Emit } from "./librsync.ts";
import { parseDelta, type DeltaOperation } from "./librsync-delta.ts";
import { randomAccessOf, type RandomAccess } from "./read-at.ts";
import {
  decodeSegment,
  encodeSegment,
  readSegmentPrefix,
  SEGMENT_PREFIX_BYTES,
} from "./segment.ts";
import { WindowsView } from "./windows-view.ts";
import { varintLength, writeVarint } from "./varint.ts";

/** Largest content, and largest basis, of a whole delta. */
export const WHOLE_DELTA_BYTES_MAX = LARGE_CONTENT_BYTES;

/** A librsync delta is cut into pieces of at most this, part of the format. */
const PLAIN_PIECE_BYTES_MAX = 4 * 1024 * 1024;

const FORM = { whole: 1, windows: 2, plain: 3 } as const;

/** What a delta applies to, and the size of what comes out. */
type Patch<Basis> = { readonly basis: Basis; readonly sizeBytes: number };

/** Form 1, a new buffer. Both have at most WHOLE_DELTA_BYTES_MAX. */
export function encodeWholeDelta(
  { basis, content }: { readonly basis: Uint8Array; readonly content: Uint8Array },
  level: CompressionLevel,
): Uint8Array {
  assert(basis.length <= WHOLE_DELTA_BYTES_MAX, "a larger basis is for windows");
  assert(content.length <= WHOLE_DELTA_BYTES_MAX, "a larger content is for windows");
  using dictionary = Dictionary.of(basis);
  const frame = compressWith(dictionary, content, level);
  const delta = new Uint8Array(1 + frame.length);
  delta[0] = FORM.whole;
  delta.set(frame, 1);
  release(frame);
  return delta;
}

/** Form 2. Emits new buffers. */
export function encodeWindowsDelta(
  operations: Iterable<DeltaOperation>,
  source: { readonly basis: RandomAccess; readonly level: CompressionLevel },
  emit: EmitWindow,
): void {
  emit(Uint8Array.of(FORM.windows), { literalBytes: 0, replacedBytes: 0, storedBytes: 0 });
  encodeWindows(operations, source, emit);
}

/** Form 3, of a librsync delta in pieces. Emits new buffers. */
export function encodePlainDelta(
  pieces: Iterable<Uint8Array>,
  level: CompressionLevel,
  emit: Emit,
): void {
  emit(Uint8Array.of(FORM.plain));
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += PLAIN_PIECE_BYTES_MAX) {
      emit(encodePlainSegment(piece.subarray(start, start + PLAIN_PIECE_BYTES_MAX), level));
    }
  }
}

/** The content, a new buffer. Throws RangeError on damage. */
export function applyDelta(delta: Uint8Array, { basis, sizeBytes }: Patch<Uint8Array>): Uint8Array {
  if (delta[0] === FORM.whole) {
    using dictionary = Dictionary.of(basis);
    return decompressWith(dictionary, delta.subarray(1), sizeBytes);
  }
  const content = new Uint8Array(sizeBytes);
  let position = 0;
  const patch = { basis: randomAccessOf(basis), sizeBytes };
  applyLargeDelta(randomAccessOf(delta), patch, (piece) => {
    content.set(piece, position);
    position += piece.length;
  });
  return content;
}

/**
 * Emits exactly `sizeBytes` in constant memory, or throws RangeError on damage; pieces are valid
 * until `emit` returns. The delta is read from front to end, the basis anywhere.
 */
export function applyLargeDelta(delta: RandomAccess, patch: Patch<RandomAccess>, emit: Emit): void {
  const reader = new DeltaReader(delta);
  const form = reader.u8();
  switch (form) {
    case FORM.whole:
      applyWhole(reader, patch, emit);
      return;
    case FORM.windows:
      decodeWindows(reader, patch, emit);
      break;
    case FORM.plain:
      applyPlain(reader, patch, emit);
      break;
    default:
      throw new RangeError(`a delta of form ${form} is not known`);
  }
  if (reader.remaining > 0) throw new RangeError("a delta goes on after its end");
}

/** A content read through its delta; undefined: the delta is of a form that cannot. */
export function viewThrough(
  delta: RandomAccess,
  patch: Patch<RandomAccess>,
): WindowsView | undefined {
  const reader = new DeltaReader(delta);
  return reader.u8() === FORM.windows ? new WindowsView(reader, patch) : undefined;
}

function applyWhole(delta: DeltaReader, patch: Patch<RandomAccess>, emit: Emit): void {
  const { basis, sizeBytes } = patch;
  if (Math.max(basis.sizeBytes, sizeBytes, delta.remaining) > 2 * WHOLE_DELTA_BYTES_MAX) {
    throw new RangeError(`a whole delta cannot make ${sizeBytes} bytes of ${basis.sizeBytes}`);
  }
  using dictionary = Dictionary.of(basis.read(0, basis.sizeBytes));
  emit(decompressWith(dictionary, delta.bytes(delta.remaining), sizeBytes));
}

function applyPlain(
  delta: DeltaReader,
  { basis, sizeBytes }: Patch<RandomAccess>,
  emit: Emit,
): void {
  let left = sizeBytes;
  for (const operation of parseDelta(plainSegments(delta))) {
    left -= operation.kind === "copy" ? operation.length : operation.bytes.length;
    if (left < 0) throw new RangeError(`a delta makes more than ${sizeBytes} bytes`);
    if (operation.kind === "copy") emitCopy(operation, basis, emit);
    else emit(operation.bytes);
  }
  if (left > 0) throw new RangeError(`a delta makes ${sizeBytes - left} bytes, not ${sizeBytes}`);
}

function* plainSegments(delta: DeltaReader): Generator<Uint8Array, void> {
  while (delta.remaining > 0) {
    const sizeBytes = delta.varint();
    if (sizeBytes > PLAIN_PIECE_BYTES_MAX)
      throw new RangeError(`a delta has a piece of ${sizeBytes} bytes`);
    const prefix = readSegmentPrefix(delta.bytes(SEGMENT_PREFIX_BYTES), sizeBytes);
    const piece = new Uint8Array(sizeBytes);
    decodeSegment(delta.bytes(prefix.storedBytes), prefix, piece);
    yield piece;
  }
}

function encodePlainSegment(piece: Uint8Array, level: CompressionLevel): Uint8Array {
  const segment = encodeSegment(piece, level, varintLength(piece.length));
  writeVarint(segment, 0, piece.length);
  return segment;
}
