/** Builds a record field by field, little-endian, in a buffer that grows. */
import { VARINT_BYTES_MAX, writeVarint, zigzag } from "./varint.ts";

const FIRST_CAPACITY_BYTES = 256;

export class ByteWriter {
  #buffer: Uint8Array;
  #view: DataView;
  #length = 0;

  /** `capacityBytes` is a guess: a good one saves copying. */
  constructor(capacityBytes = FIRST_CAPACITY_BYTES) {
    this.#buffer = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#buffer.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, as a view: valid until the next write. */
  get written(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  u8(value: number): void {
    const start = this.#take(1);
    this.#view.setUint8(start, value);
  }
  u16(value: number): void {
    const start = this.#take(2);
    this.#view.setUint16(start, value, true);
  }
  u32(value: number): void {
    const start = this.#take(4);
    this.#view.setUint32(start, value, true);
  }
  u64(value: number): void {
    const start = this.#take(8);
    this.#view.setBigUint64(start, BigInt(value), true);
  }

  varint(value: number): void {
    const start = this.#take(VARINT_BYTES_MAX);
    this.#length = writeVarint(this.#buffer, start, value);
  }

  /** A number that may be negative, between -2^52 and 2^52. */
  signedVarint(value: number): void {
    this.varint(zigzag(value));
  }

  bytes(bytes: Uint8Array): void {
    const start = this.#take(bytes.length);
    this.#buffer.set(bytes, start);
  }

  hex(hex: string): void {
    this.bytes(Uint8Array.fromHex(hex));
  }

  zeroes(count: number): void {
    const start = this.#take(count);
    this.#buffer.fill(0, start, start + count);
  }

  /** Forgets what was written and keeps the buffer. */
  clear(): void {
    this.#length = 0;
  }

  /** Makes room for `count` bytes and returns where they start; may replace the buffer. */
  #take(count: number): number {
    const start = this.#length;
    const end = start + count;
    if (end > this.#buffer.length) this.#grow(end);
    this.#length = end;
    return start;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer);
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}
