/**
 * One window of a delta of form 2: its operations, and its literals, which are compressed against
 * the places of the basis where they probably come from. docs/format.md §1.3.
 *
 * Writer and reader keep one cursor in the basis: a copy sets it to the copy's end, a literal moves
 * it on by the literal's length. What a literal passes over is what it probably replaces.
 */
import { ByteReader } from "./byte-reader.ts";
import { decompressWith, Dictionary } from "./compress.ts";
import type { DeltaReader } from "./delta-reader.ts";
import type { RandomAccess } from "./read-at.ts";
import { VARINT_BYTES_MAX } from "./varint.ts";

/** Literal bytes of one window at most, and so also of its dictionary. */
export const WINDOW_LITERAL_BYTES_MAX = 256 * 1024;
/** A window ends when its operations reach this. */
export const WINDOW_OPERATIONS_BYTES = 64 * 1024;
export const OPERATION_BYTES_MAX = 2 * VARINT_BYTES_MAX;

export type Range = { readonly start: number; readonly length: number };

/** Where a literal probably comes from: encoder and decoder agree. */
export class Cursor {
  readonly #basisBytes: number;
  #position: number;

  constructor(basisBytes: number, position = 0) {
    this.#basisBytes = basisBytes;
    this.#position = position;
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

export type Window = {
  /** A range to copy, or the length of a literal. */
  readonly operations: readonly (Range | number)[];
  /** Of the content. */
  readonly sizeBytes: number;
  readonly literalBytes: number;
  /** What the literals replace. */
  readonly ranges: readonly Range[];
};

/** The operations of the next window; its literals come next. Throws RangeError on damage. */
export function readWindow(delta: DeltaReader, cursor: Cursor): Window {
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

/** The literals of the window that was just read, a new buffer. Throws RangeError on damage. */
export function readLiterals(delta: DeltaReader, window: Window, basis: RandomAccess): Uint8Array {
  const storedBytes = literalsLength(delta, window);
  if (storedBytes === 0) return new Uint8Array(0);
  using dictionary = dictionaryOf(window.ranges, basis);
  return decompressWith(dictionary, delta.bytes(storedBytes), window.literalBytes);
}

/** Passes over them. */
export function skipLiterals(delta: DeltaReader, window: Window): void {
  delta.skip(literalsLength(delta, window));
}

function literalsLength(delta: DeltaReader, { literalBytes }: Window): number {
  const storedBytes = delta.varint();
  if (literalBytes === 0) {
    if (storedBytes === 0) return 0;
    throw new RangeError("a delta has literals that no operation uses");
  }
  // zstd frames are never longer than this; a damaged length must not make the reader allocate.
  const isPossible = storedBytes > 0 && storedBytes <= literalBytes + WINDOW_LITERAL_BYTES_MAX;
  if (isPossible) return storedBytes;
  throw new RangeError(`a delta has a window with ${storedBytes} stored bytes`);
}

function dictionaryOf(ranges: readonly Range[], basis: RandomAccess): Dictionary {
  const dictionary = new Dictionary(ranges.reduce((sum, { length }) => sum + length, 0));
  for (const { start, length } of ranges) dictionary.add(basis.read(start, length));
  return dictionary;
}

/** Throws RangeError unless it lies in a basis of that size. */
export function expectWithin({ start, length }: Range, basisBytes: number): void {
  if (start >= 0 && start + length <= basisBytes) return;
  throw new RangeError(`a delta copies ${start}+${length} from a basis of ${basisBytes}`);
}
