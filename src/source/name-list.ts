/**
 * The names of one directory, packed: each as a byte with its type, its bytes and a NUL. A million
 * names are one piece of memory, not a million strings; the C library can be given any of them.
 */
import type { Pointer } from "bun:ffi";
import type { FileName } from "../core/byte-string.ts";
import { NativeMemory } from "./native-memory.ts";

/** d_type of getdents64(2). 0: the file system does not tell. */
export const DIRECTORY_TYPE = 4;
export const UNKNOWN_TYPE = 0;

/** In struct linux_dirent64: inode, offset, then these. */
const RECORD_LENGTH_AT = 16;
const RECORD_TYPE_AT = 18;
const RECORD_NAME_AT = 19;

const SMALL_BYTES = 256 * 1024;
const SMALL_COUNT = 8 * 1024;
/** Up to this many, insertion sort is the fastest. */
const INSERTION_COUNT_MAX = 24;
const DOT = 46;

export class NameList {
  #memory = new NativeMemory(SMALL_BYTES);
  #usedBytes = 0;
  /** Where each name begins, by name when sorted. */
  #order = new Uint32Array(SMALL_COUNT);
  #count = 0;
  /** No name was left out since they were added. */
  #isWhole = true;

  get count(): number {
    return this.#count;
  }

  /** Forgets all names, and the memory of more than an ordinary directory's. */
  clear(): void {
    this.#usedBytes = 0;
    this.#count = 0;
    this.#isWhole = true;
    if (this.#memory.bytes.length === SMALL_BYTES) return;
    this.#memory.release();
    this.#memory = new NativeMemory(SMALL_BYTES);
    this.#order = new Uint32Array(SMALL_COUNT);
  }

  /** Adds what getdents64 wrote to the first `lengthBytes` of `records`, but "." and "..". */
  addRecords(records: Uint8Array, lengthBytes: number): void {
    this.#reserve(lengthBytes);
    const { bytes } = this.#memory;
    let end = this.#usedBytes;
    let recordBytes = 0;
    for (let at = 0; at < lengthBytes; at += recordBytes) {
      recordBytes = byteAt(records, at + RECORD_LENGTH_AT) + byteAt(records, at + 17) * 256;
      const from = at + RECORD_NAME_AT;
      if (isDots(records, from)) continue;
      bytes[end] = byteAt(records, at + RECORD_TYPE_AT);
      end += 1;
      this.#append(end);
      for (let index = from; ; index += 1, end += 1) {
        const byte = byteAt(records, index);
        bytes[end] = byte;
        if (byte === 0) break;
      }
      end += 1;
    }
    this.#usedBytes = end;
  }

  /** By name, bytewise. A name that a directory which is being changed gave twice is left once. */
  sort(): void {
    if (this.#count <= INSERTION_COUNT_MAX) this.#insertionSort();
    else this.#order.subarray(0, this.#count).sort((a, b) => this.#compare(a, b));
    this.#removeDuplicates();
  }

  /** Keeps the names whose index `isWanted` says yes to, in order. */
  keep(isWanted: (index: number) => boolean): void {
    let kept = 0;
    for (let index = 0; index < this.#count; index += 1) {
      if (!isWanted(index)) continue;
      this.#order[kept] = this.#start(index);
      kept += 1;
    }
    this.#isWhole &&= kept === this.#count;
    this.#count = kept;
  }

  type(index: number): number {
    return byteAt(this.#memory.bytes, this.#start(index) - 1);
  }

  name(index: number): FileName {
    const start = this.#start(index);
    const end = start + this.lengthBytes(index);
    return this.#memory.bytes.toString("latin1", start, end) as FileName;
  }

  /** With a NUL. Valid until names are added or cleared. */
  pointer(index: number): Pointer {
    return this.#memory.at(this.#start(index));
  }

  lengthBytes(index: number): number {
    const { bytes } = this.#memory;
    const start = this.#start(index);
    let end = start;
    while (bytes[end] !== 0) end += 1;
    return end - start;
  }

  /** Bytes of all names together, without type and NUL. */
  totalBytes(): number {
    if (this.#isWhole) return this.#usedBytes - 2 * this.#count;
    let total = 0;
    for (let index = 0; index < this.#count; index += 1) total += this.lengthBytes(index);
    return total;
  }

  /** Copies the bytes of a name, without the NUL; the position after them. */
  copyName(index: number, target: Uint8Array, position: number): number {
    const { bytes } = this.#memory;
    let to = position;
    for (let from = this.#start(index); ; from += 1, to += 1) {
      const byte = byteAt(bytes, from);
      if (byte === 0) return to;
      target[to] = byte;
    }
  }

  /** Sorted names only. */
  has(name: FileName): boolean {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compareText(this.#start(middle), name);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  }

  #start(index: number): number {
    return this.#order[index] as number;
  }

  #append(start: number): void {
    if (this.#count === this.#order.length) {
      const larger = new Uint32Array(this.#order.length * 2);
      larger.set(this.#order);
      this.#order = larger;
    }
    this.#order[this.#count] = start;
    this.#count += 1;
  }

  #reserve(moreBytes: number): void {
    const needed = this.#usedBytes + moreBytes;
    if (needed <= this.#memory.bytes.length) return;
    const larger = new NativeMemory(Math.ceil((needed * 1.5) / 8) * 8);
    larger.bytes.set(this.#memory.bytes.subarray(0, this.#usedBytes));
    this.#memory.release();
    this.#memory = larger;
  }

  #insertionSort(): void {
    const order = this.#order;
    for (let index = 1; index < this.#count; index += 1) {
      const moved = order[index] as number;
      let hole = index;
      for (; hole > 0; hole -= 1) {
        const before = order[hole - 1] as number;
        if (this.#compare(before, moved) <= 0) break;
        order[hole] = before;
      }
      order[hole] = moved;
    }
  }

  #removeDuplicates(): void {
    let hasDuplicates = false;
    for (let index = 1; index < this.#count; index += 1) {
      if (this.#compare(this.#start(index - 1), this.#start(index)) === 0) hasDuplicates = true;
    }
    if (!hasDuplicates) return;
    let last = -1;
    this.keep((index) => {
      const start = this.#start(index);
      const isNew = last < 0 || this.#compare(last, start) !== 0;
      last = start;
      return isNew;
    });
  }

  #compare(a: number, b: number): number {
    const { bytes } = this.#memory;
    for (let index = 0; ; index += 1) {
      const x = byteAt(bytes, a + index);
      const y = byteAt(bytes, b + index);
      if (x !== y || x === 0) return x - y;
    }
  }

  #compareText(start: number, text: string): number {
    const { bytes } = this.#memory;
    for (let index = 0; index < text.length; index += 1) {
      const order = byteAt(bytes, start + index) - text.charCodeAt(index);
      // The NUL at the end of a shorter name is below every character of one.
      if (order !== 0) return order;
    }
    return byteAt(bytes, start + text.length);
  }
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function isDots(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== DOT) return false;
  return bytes[at + 1] === 0 || (bytes[at + 1] === DOT && bytes[at + 2] === 0);
}
