/**
 * Deltas of contents too large to be a zstd dictionary: copies from the basis, and the literal
 * bytes between, compressed against what they replace. Of a database with changed pages, that
 * leaves the bytes that changed in the pages.
 *
 * Works in windows (delta-window.ts), in constant memory. docs/format.md §1.3, form 2.
 */
import { ByteWriter } from "./byte-writer.ts";
import { compressWith, Dictionary, type CompressionLevel } from "./compress.ts";
import type { DeltaReader } from "./delta-reader.ts";
import {
  Cursor,
  expectWithin,
  OPERATION_BYTES_MAX,
  type Range,
  readLiterals,
  readWindow,
  type Window,
  WINDOW_LITERAL_BYTES_MAX,
  WINDOW_OPERATIONS_BYTES,
} from "./delta-window.ts";
import type { Emit } from "./librsync.ts";
import type { DeltaOperation } from "./librsync-delta.ts";
import type { RandomAccess } from "./read-at.ts";
import { VARINT_BYTES_MAX } from "./varint.ts";

/**
 * A window ends where its literals replace places of the basis further apart than this: who reads
 * it from front to end wants what they replace, and then what is copied between them.
 */
const WINDOW_SPAN_BYTES = 512 * 1024;
/** A long copy is handed on in pieces of this. */
const COPY_PIECE_BYTES = 1024 * 1024;

/** What became of the literals of a window. */
export type WindowSizes = {
  /** Before they were compressed. */
  readonly literalBytes: number;
  /** Of what they replace. */
  readonly replacedBytes: number;
  readonly storedBytes: number;
};

/** Takes a window, a new buffer. */
export type EmitWindow = (window: Uint8Array, sizes: WindowSizes) => void;

/** The basis is read where literals replace something, right when they come. */
export function encodeWindows(
  operations: Iterable<DeltaOperation>,
  { basis, level }: { readonly basis: RandomAccess; readonly level: CompressionLevel },
  emit: EmitWindow,
): void {
  using encoder = new WindowEncoder(basis, level, emit);
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

class WindowEncoder implements Disposable {
  readonly #basis: RandomAccess;
  readonly #level: CompressionLevel;
  readonly #emit: EmitWindow;
  readonly #cursor: Cursor;
  readonly #operations = new ByteWriter(WINDOW_OPERATIONS_BYTES + OPERATION_BYTES_MAX);
  readonly #literals = new Uint8Array(WINDOW_LITERAL_BYTES_MAX);
  /** What the literals of this window replace. */
  readonly #replaced = new Dictionary(WINDOW_LITERAL_BYTES_MAX);
  #literalBytes = 0;
  /** In the basis: where the first of them begins. */
  #windowStart = 0;
  /** Copies and literals that go on where the last one ended become one. */
  #openCopy: Range | undefined;
  #openLiteralBytes = 0;

  constructor(basis: RandomAccess, level: CompressionLevel, emit: EmitWindow) {
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
      this.#endFarWindow();
      const room = WINDOW_LITERAL_BYTES_MAX - this.#literalBytes;
      const part = bytes.subarray(position, position + room);
      this.#addLiteral(part);
      position += part.length;
      if (this.#literalBytes === WINDOW_LITERAL_BYTES_MAX) this.#endLiteral();
    }
  }

  finish(): void {
    this.#endCopy();
    this.#endLiteral();
    this.#endWindow();
  }

  [Symbol.dispose](): void {
    this.#replaced[Symbol.dispose]();
  }

  #addLiteral(part: Uint8Array): void {
    if (this.#literalBytes === 0) this.#windowStart = this.#cursor.position;
    this.#literals.set(part, this.#literalBytes);
    this.#literalBytes += part.length;
    this.#openLiteralBytes += part.length;
    const range = this.#cursor.literal(part.length);
    if (range !== undefined) this.#replaced.add(this.#basis.read(range.start, range.length));
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
    this.#endFullWindow();
  }

  #endFarWindow(): void {
    if (this.#literalBytes === 0) return;
    if (Math.abs(this.#cursor.position - this.#windowStart) <= WINDOW_SPAN_BYTES) return;
    this.#endLiteral();
    this.#endWindow();
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
    this.#emit(window.written, {
      literalBytes: this.#literalBytes,
      replacedBytes: this.#replaced.sizeBytes,
      storedBytes: literals.length,
    });
    this.#operations.clear();
    this.#replaced.clear();
    this.#literalBytes = 0;
  }

  #compressLiterals(): Uint8Array {
    if (this.#literalBytes === 0) return new Uint8Array(0);
    const literals = this.#literals.subarray(0, this.#literalBytes);
    return compressWith(this.#replaced, literals, this.#level);
  }
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
