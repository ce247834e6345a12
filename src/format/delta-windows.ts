/**
 * Deltas of contents too large to be a zstd dictionary: librsync says what to copy from the basis,
 * and the literal bytes between are compressed against the places of the basis where they probably
 * come from. Of a database with changed pages, that leaves the bytes that changed in the pages.
 *
 * Both directions keep one cursor in the basis: a copy sets it to the copy's end, a literal moves
 * it on by the literal's length. What a literal passes over is what it probably replaces.
 *
 * Works in windows, in constant memory. docs/format.md §1.3, form 2.
 */
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { compressWith, decompressWith, Dictionary, type CompressionLevel } from "./compress.ts";
import type { DeltaReader } from "./delta-reader.ts";
import type { Emit } from "./librsync.ts";
import type { DeltaOperation } from "./librsync-delta.ts";
import type { RandomAccess } from "./read-at.ts";
import { VARINT_BYTES_MAX } from "./varint.ts";

/** Literal bytes of one window at most, and so also of its dictionary. */
const WINDOW_LITERAL_BYTES_MAX = 256 * 1024;
/** A window ends when its operations reach this. */
const WINDOW_OPERATIONS_BYTES = 64 * 1024;
const OPERATION_BYTES_MAX = 2 * VARINT_BYTES_MAX;
/** A long copy is handed on in pieces of this. */
const COPY_PIECE_BYTES = 1024 * 1024;

type Range = { readonly start: number; readonly length: number };

/** Emits the windows, each a new buffer. */
export function encodeWindows(
  operations: Iterable<DeltaOperation>,
  { basis, level }: { readonly basis: RandomAccess; readonly level: CompressionLevel },
  emit: Emit,
): void {
  const encoder = new WindowEncoder(basis, level, emit);
  for (const operation of operations) {
    if (operation.kind === "copy") encoder.copy(operation);
    else encoder.literal(operation.bytes);
  }
  encoder.finish();
}

/** Emits the content; pieces are valid until `emit` returns. Throws RangeError on damage. */
export function decodeWindows(
  delta: DeltaReader,
  { basis, sizeBytes }: { readonly basis: RandomAccess; readonly sizeBytes: number },
  emit: Emit,
): void {
  const cursor = new Cursor(basis.sizeBytes);
  for (let left = sizeBytes; left > 0;) {
    const window = readWindow(delta, cursor);
    if (window.sizeBytes > left) throw new RangeError(`a delta makes more than ${sizeBytes} bytes`);
    const literals = readLiterals(delta, window, basis);
    emitWindow(window, { basis, literals }, emit);
    left -= window.sizeBytes;
  }
}

/** Where a literal probably comes from, as docs/format.md §1.3 says: encoder and decoder agree. */
class Cursor {
  readonly #basisBytes: number;
  #position = 0;

  constructor(basisBytes: number) {
    this.#basisBytes = basisBytes;
  }

  get position(): number {
    return this.#position;
  }

  /** Throws RangeError unless the copy lies in the basis. */
  copy(copy: Range): void {
    expectWithin(copy, this.#basisBytes);
    this.#position = copy.start + copy.length;
  }

  /** The part of the basis that a literal passes over; undefined beyond its end. */
  literal(length: number): Range | undefined {
    const start = this.#position;
    this.#position += length;
    const within = Math.min(length, this.#basisBytes - start);
    return within > 0 ? { start, length: within } : undefined;
  }
}

class WindowEncoder {
  readonly #basis: RandomAccess;
  readonly #level: CompressionLevel;
  readonly #emit: Emit;
  readonly #cursor: Cursor;
  readonly #operations = new ByteWriter(WINDOW_OPERATIONS_BYTES + OPERATION_BYTES_MAX);
  readonly #literals = new Uint8Array(WINDOW_LITERAL_BYTES_MAX);
  #literalBytes = 0;
  #ranges: Range[] = [];
  /** Copies and literals that go on where the last one ended become one. */
  #openCopy: Range | undefined;
  #openLiteralBytes = 0;

  constructor(basis: RandomAccess, level: CompressionLevel, emit: Emit) {
    this.#basis = basis;
    this.#level = level;
    this.#emit = emit;
    this.#cursor = new Cursor(basis.sizeBytes);
  }

  copy({ start, length }: Range): void {
    this.#endLiteral();
    const open = this.#openCopy;
    if (open !== undefined && open.start + open.length === start) {
      this.#openCopy = { start: open.start, length: open.length + length };
      return;
    }
    this.#endCopy();
    this.#openCopy = { start, length };
  }

  literal(bytes: Uint8Array): void {
    this.#endCopy();
    for (let position = 0; position < bytes.length;) {
      const room = WINDOW_LITERAL_BYTES_MAX - this.#literalBytes;
      const part = bytes.subarray(position, position + room);
      this.#literals.set(part, this.#literalBytes);
      this.#literalBytes += part.length;
      this.#openLiteralBytes += part.length;
      position += part.length;
      if (this.#literalBytes === WINDOW_LITERAL_BYTES_MAX) this.#endLiteral();
    }
  }

  finish(): void {
    this.#endCopy();
    this.#endLiteral();
    this.#endWindow();
  }

  #endCopy(): void {
    const copy = this.#openCopy;
    if (copy === undefined) return;
    this.#openCopy = undefined;
    this.#operations.varint(copy.length * 2 + 1);
    this.#operations.signedVarint(copy.start - this.#cursor.position);
    this.#cursor.copy(copy);
    this.#endFullWindow();
  }

  #endLiteral(): void {
    const length = this.#openLiteralBytes;
    if (length === 0) return;
    this.#openLiteralBytes = 0;
    this.#operations.varint(length * 2);
    const range = this.#cursor.literal(length);
    if (range !== undefined) this.#ranges.push(range);
    this.#endFullWindow();
  }

  #endFullWindow(): void {
    const isFull =
      this.#literalBytes === WINDOW_LITERAL_BYTES_MAX ||
      this.#operations.length >= WINDOW_OPERATIONS_BYTES;
    if (isFull) this.#endWindow();
  }

  #endWindow(): void {
    if (this.#operations.length === 0) return;
    const literals = this.#compressLiterals();
    const window = new ByteWriter(this.#operations.length + literals.length + 2 * VARINT_BYTES_MAX);
    window.varint(this.#operations.length);
    window.bytes(this.#operations.written);
    window.varint(literals.length);
    window.bytes(literals);
    this.#emit(window.written);
    this.#operations.clear();
    this.#literalBytes = 0;
    this.#ranges = [];
  }

  #compressLiterals(): Uint8Array {
    if (this.#literalBytes === 0) return new Uint8Array(0);
    const literals = this.#literals.subarray(0, this.#literalBytes);
    using dictionary = dictionaryOf(this.#ranges, this.#basis);
    return compressWith(dictionary, literals, this.#level);
  }
}

type Window = {
  readonly operations: readonly (Range | number)[];
  /** Of the content. */
  readonly sizeBytes: number;
  readonly literalBytes: number;
  readonly ranges: readonly Range[];
};

/** The operations of the next window: a range to copy, or the length of a literal. */
function readWindow(delta: DeltaReader, cursor: Cursor): Window {
  const length = delta.varint();
  if (length === 0 || length > WINDOW_OPERATIONS_BYTES + OPERATION_BYTES_MAX) {
    throw new RangeError(`a delta has a window with ${length} bytes of operations`);
  }
  const reader = new ByteReader(delta.bytes(length));
  const operations: (Range | number)[] = [];
  const ranges: Range[] = [];
  let sizeBytes = 0;
  let literalBytes = 0;
  while (reader.remaining > 0) {
    const word = reader.varint();
    const operationBytes = Math.floor(word / 2);
    sizeBytes += operationBytes;
    if (word % 2 === 1) {
      const copy = { start: cursor.position + reader.signedVarint(), length: operationBytes };
      cursor.copy(copy);
      operations.push(copy);
      continue;
    }
    literalBytes += operationBytes;
    const range = cursor.literal(operationBytes);
    if (range !== undefined) ranges.push(range);
    operations.push(operationBytes);
  }
  if (sizeBytes === 0) throw new RangeError("a delta has an empty window");
  if (literalBytes > WINDOW_LITERAL_BYTES_MAX) {
    throw new RangeError(`a delta has a window with ${literalBytes} literal bytes`);
  }
  return { operations, sizeBytes, literalBytes, ranges };
}

function readLiterals(delta: DeltaReader, window: Window, basis: RandomAccess): Uint8Array {
  const storedBytes = delta.varint();
  if (window.literalBytes === 0) {
    if (storedBytes === 0) return new Uint8Array(0);
    throw new RangeError("a delta has literals that no operation uses");
  }
  // zstd frames are never longer than this; a damaged length must not make the reader allocate.
  if (storedBytes > window.literalBytes + WINDOW_LITERAL_BYTES_MAX) {
    throw new RangeError(`a delta has a window with ${storedBytes} stored bytes`);
  }
  using dictionary = dictionaryOf(window.ranges, basis);
  return decompressWith(dictionary, delta.bytes(storedBytes), window.literalBytes);
}

function emitWindow(
  window: Window,
  { basis, literals }: { readonly basis: RandomAccess; readonly literals: Uint8Array },
  emit: Emit,
): void {
  let used = 0;
  for (const operation of window.operations) {
    if (typeof operation === "number") {
      emit(literals.subarray(used, used + operation));
      used += operation;
    } else {
      emitCopy(operation, basis, emit);
    }
  }
}

/** Emits a range of the basis. Throws RangeError unless it lies in it. */
export function emitCopy(copy: Range, basis: RandomAccess, emit: Emit): void {
  expectWithin(copy, basis.sizeBytes);
  const { start, length } = copy;
  for (let done = 0; done < length; done += COPY_PIECE_BYTES) {
    emit(basis.read(start + done, Math.min(COPY_PIECE_BYTES, length - done)));
  }
}

function dictionaryOf(ranges: readonly Range[], basis: RandomAccess): Dictionary {
  const dictionary = new Dictionary(ranges.reduce((sum, { length }) => sum + length, 0));
  for (const { start, length } of ranges) dictionary.add(basis.read(start, length));
  return dictionary;
}

function expectWithin({ start, length }: Range, basisBytes: number): void {
  if (start >= 0 && start + length <= basisBytes) return;
  throw new RangeError(`a delta copies ${start}+${length} from a basis of ${basisBytes}`);
}
