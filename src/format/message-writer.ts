/**
 * MessagePack (msgpack.org, the specification) of arrays of numbers, texts, bytes and nothing,
 * written as it comes: the rows of a first backup are a million and a half cells, which a general
 * encoder wants in arrays of its own and takes five times as long for.
 */

/** What a cell takes at the most, but for texts and bytes. */
const CELL_BYTES_MAX = 9;
const FIRST_CAPACITY_BYTES = 64 * 1024;

export class MessageWriter {
  #buffer = new Uint8Array(FIRST_CAPACITY_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  /** What was written, as a view: valid until the next write. */
  get written(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Forgets what was written and keeps the buffer. */
  clear(): void {
    this.#length = 0;
  }

  /** So many values follow. */
  array(length: number): void {
    this.#reserve(CELL_BYTES_MAX);
    if (length < 16) this.#byte(0x90 + length);
    else if (length < 2 ** 16) this.#short(0xdc, length);
    else this.#long(0xdd, length);
  }

  nothing(): void {
    this.#reserve(CELL_BYTES_MAX);
    this.#byte(0xc0);
  }

  /** In the shortest form; what is no whole number, or has over 32 bits, as a double. */
  number(value: number): void {
    this.#reserve(CELL_BYTES_MAX);
    if ((value | 0) === value) this.#integer(value);
    else if (value >>> 0 === value) this.#long(0xce, value);
    else {
      this.#byte(0xcb);
      this.#view.setFloat64(this.#length, value);
      this.#length += 8;
    }
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.#reserve(CELL_BYTES_MAX + bytes.length);
    if (bytes.length < 32) this.#byte(0xa0 + bytes.length);
    else if (bytes.length < 2 ** 8) this.#tiny(0xd9, bytes.length);
    else if (bytes.length < 2 ** 16) this.#short(0xda, bytes.length);
    else this.#long(0xdb, bytes.length);
    this.#copy(bytes);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(CELL_BYTES_MAX + value.length);
    if (value.length < 2 ** 8) this.#tiny(0xc4, value.length);
    else if (value.length < 2 ** 16) this.#short(0xc5, value.length);
    else this.#long(0xc6, value.length);
    this.#copy(value);
  }

  /** Of 32 bits, signed. */
  #integer(value: number): void {
    if (value >= 0) {
      if (value < 2 ** 7) this.#byte(value);
      else if (value < 2 ** 8) this.#tiny(0xcc, value);
      else if (value < 2 ** 16) this.#short(0xcd, value);
      else this.#long(0xce, value);
    } else if (value >= -32) this.#byte(value);
    else if (value >= -(2 ** 7)) this.#tiny(0xd0, value);
    else if (value >= -(2 ** 15)) this.#short(0xd1, value);
    else this.#long(0xd2, value);
  }

  #byte(value: number): void {
    this.#buffer[this.#length] = value;
    this.#length += 1;
  }

  #tiny(code: number, value: number): void {
    this.#byte(code);
    this.#byte(value);
  }

  #short(code: number, value: number): void {
    this.#byte(code);
    this.#byte(value >> 8);
    this.#byte(value);
  }

  #long(code: number, value: number): void {
    this.#byte(code);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  #copy(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Makes room for `count` bytes; may replace the buffer. */
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.written);
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}
