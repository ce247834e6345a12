/**
 * Reads a record field by field, little-endian. The bytes may be damaged or hostile: whatever they
 * are, reading past the end throws RangeError, and nothing is allocated by what they say.
 */
import { unzigzag } from "./varint.ts";

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  /** `bytes` is not copied: what is read from it are views into it. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get position(): number {
    return this.#position;
  }
  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Throws RangeError when it is 2^53 or more. */
  u64(): number {
    return checkedSafe(Number(this.#view.getBigUint64(this.#take(8), true)));
  }

  /** Throws RangeError when it is 2^53 or more, or longer than it need be. */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#bytes[this.#take(1)] as number;
      value += (byte & 0x7f) * factor;
      checkedSafe(value);
      if (byte < 0x80) {
        if (byte === 0 && factor > 1) throw new RangeError("a varint is longer than it need be");
        return value;
      }
      factor *= 0x80;
    }
  }

  signedVarint(): number {
    return unzigzag(this.varint());
  }

  /** A view of the next `count` bytes. */
  bytes(count: number): Uint8Array {
    const start = this.#take(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** Moves on by `count` bytes and returns where they start. */
  #take(count: number): number {
    const start = this.#position;
    if (count > this.remaining) {
      throw new RangeError(`${count} bytes are wanted at ${start}, ${this.remaining} are left`);
    }
    this.#position = start + count;
    return start;
  }
}

function checkedSafe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError("a number is 2^53 or more");
  return value;
}
