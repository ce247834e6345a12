/**
 * A content read through its delta of form 2, anywhere in, without being made as a whole: of each
 * window it is known where it begins, and the last few stay open. Through views of several deltas,
 * one on the other, a content of any size is regenerated in constant memory.
 */
import { Cursor, readLiterals, readWindow, skipLiterals } from "./delta-window.ts";
import { release } from "./compress.ts";
import type { DeltaReader } from "./delta-reader.ts";
import { type RandomAccess, type ReadAt, readInParts } from "./read-at.ts";
import { ReadOrder } from "./read-order.ts";
import { borrowRoom } from "./room.ts";

/** Of each window: where it begins in the content, in the delta, and the cursor there. */
const NUMBERS_PER_WINDOW = 3;

/**
 * Memory for windows that are kept. What the literals of a window replace is read before what is
 * copied between them: whoever reads through this view comes back by half a megabyte or so.
 */
const KEPT_BYTES_MAX = 512 * 1024;

/** Byte `position` of the content is byte `position + shift` of the basis, or of the literals. */
type OpenWindow = {
  readonly index: number;
  readonly literals: Uint8Array;
  /** Of each operation: where what it makes ends in the content, */
  readonly ends: Float64Array;
  readonly shifts: Float64Array;
  /** and whether it copies. */
  readonly copies: Uint8Array;
};

/** Its views stay as they are until the next read. */
export class WindowsView implements RandomAccess, Disposable {
  readonly sizeBytes: number;
  readonly read: ReadAt;
  /** Whether to read all of it from front to end reads the basis about like that, too. */
  readonly isInOrder: boolean;
  readonly #delta: DeltaReader;
  readonly #basis: RandomAccess;
  readonly #index: Float64Array;
  readonly #room = borrowRoom();
  #open: OpenWindow | undefined;
  /** The one used last comes last. */
  readonly #kept = new Map<number, OpenWindow>();
  #keptBytes = 0;

  /**
   * `delta` is behind its first byte. All of its operations are read; 24 bytes a window are kept.
   * Throws RangeError on damage.
   */
  constructor(
    delta: DeltaReader,
    { basis, sizeBytes }: { readonly basis: RandomAccess; readonly sizeBytes: number },
  ) {
    this.sizeBytes = sizeBytes;
    this.read = readInParts(sizeBytes, this.#room, (at, max) => this.#part(at, max));
    this.#delta = delta;
    this.#basis = basis;
    const index = new NumberList();
    const cursor = new Cursor(basis.sizeBytes);
    const order = new ReadOrder(basis.sizeBytes);
    let position = 0;
    while (position < sizeBytes) {
      index.add(position, delta.position, cursor.position);
      const window = readWindow(delta, cursor);
      skipLiterals(delta, window);
      order.add(window);
      position += window.sizeBytes;
    }
    if (position > sizeBytes) throw new RangeError(`a delta makes more than ${sizeBytes} bytes`);
    if (delta.remaining > 0) throw new RangeError("a delta goes on after its end");
    this.#index = index.numbers;
    this.isInOrder = order.isInOrder;
  }

  [Symbol.dispose](): void {
    this.#open = undefined;
    this.#kept.clear();
    this.#room[Symbol.dispose]();
  }

  /** As much as one operation makes, at most `lengthMax`: a view. */
  #part(position: number, lengthMax: number): Uint8Array {
    const { literals, ends, shifts, copies } = this.#windowAt(position);
    const at = firstAbove(ends, position);
    const count = Math.min(lengthMax, (ends[at] ?? 0) - position);
    const start = position + (shifts[at] ?? 0);
    if (copies[at] === 1) return this.#basis.read(start, count);
    return literals.subarray(start, start + count);
  }

  #windowAt(position: number): OpenWindow {
    const open = this.#open;
    if (open !== undefined && this.#isIn(position, open.index)) return open;
    const next = open === undefined ? 0 : open.index + 1;
    const index = this.#isIn(position, next) ? next : this.#find(position);
    return (this.#open = this.#keptWindow(index));
  }

  #keptWindow(index: number): OpenWindow {
    const kept = this.#kept.get(index);
    const window = kept ?? this.#openWindow(index);
    if (kept === undefined) this.#makeRoomFor(window);
    else this.#kept.delete(index);
    this.#kept.set(index, window);
    return window;
  }

  #makeRoomFor(window: OpenWindow): void {
    this.#keptBytes += bytesOf(window);
    for (const oldest of this.#kept.values()) {
      if (this.#keptBytes <= KEPT_BYTES_MAX) return;
      this.#kept.delete(oldest.index);
      this.#keptBytes -= bytesOf(oldest);
      release(oldest.literals);
    }
  }

  #openWindow(index: number): OpenWindow {
    const cursor = new Cursor(this.#basis.sizeBytes, this.#number(index, 2));
    this.#delta.moveTo(this.#number(index, 1));
    const window = readWindow(this.#delta, cursor);
    const { length } = window.operations;
    const ends = new Float64Array(length);
    const shifts = new Float64Array(length);
    const copies = new Uint8Array(length);
    let position = this.#number(index, 0);
    let literalBytes = 0;
    for (const [at, operation] of window.operations.entries()) {
      if (typeof operation === "number") {
        shifts[at] = literalBytes - position;
        literalBytes += operation;
        position += operation;
      } else {
        shifts[at] = operation.start - position;
        copies[at] = 1;
        position += operation.length;
      }
      ends[at] = position;
    }
    const literals = readLiterals(this.#delta, window, this.#basis);
    return { index, literals, ends, shifts, copies };
  }

  #isIn(position: number, index: number): boolean {
    if (index >= this.#windowCount || position < this.#number(index, 0)) return false;
    return index + 1 === this.#windowCount || position < this.#number(index + 1, 0);
  }

  /** The last window that begins at `position` or before. */
  #find(position: number): number {
    let low = 0;
    let high = this.#windowCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#number(middle, 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  get #windowCount(): number {
    return this.#index.length / NUMBERS_PER_WINDOW;
  }

  #number(window: number, which: number): number {
    return this.#index[window * NUMBERS_PER_WINDOW + which] ?? 0;
  }
}

function bytesOf({ literals, ends, shifts, copies }: OpenWindow): number {
  return literals.length + ends.byteLength + shifts.byteLength + copies.byteLength;
}

/** The index of the first number above `value` in ascending ones, of which the last is. */
function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Numbers, eight bytes each. */
class NumberList {
  #numbers = new Float64Array(64 * NUMBERS_PER_WINDOW);
  #count = 0;

  add(...numbers: readonly number[]): void {
    if (this.#count + numbers.length > this.#numbers.length) {
      const grown = new Float64Array(2 * this.#numbers.length);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers.set(numbers, this.#count);
    this.#count += numbers.length;
  }

  get numbers(): Float64Array {
    return this.#numbers.slice(0, this.#count);
  }
}
