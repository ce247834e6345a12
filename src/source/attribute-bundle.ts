/**
 * The attribute bundle: what is kept of an entry besides its stat and content, as bytes that are
 * the same whenever it is the same, so that it is stored once. docs/format.md, "Attribute bundle".
 */
import { type ByteString, byteString } from "../core/byte-string.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import type { Extent } from "./extents.ts";

/** "system.posix_acl_access", "user.comment". The value is the kernel's bytes. */
export type ExtendedAttribute = { readonly name: ByteString; readonly value: Uint8Array };

export type AttributeBundle = {
  /** By name, bytewise; each name once. */
  readonly attributes: readonly ExtendedAttribute[];
  /** Of a sparse file, by position, not touching; empty: all of it is a hole. */
  readonly data: readonly Extent[] | undefined;
};

const VERSION = 1;

/** A new buffer. */
export function encodeBundle({ attributes, data }: AttributeBundle): Uint8Array {
  const writer = new Writer();
  writer.number(VERSION);
  writer.number(attributes.length);
  for (const { name, value } of attributes) {
    writer.bytes(Buffer.from(name, "latin1"));
    writer.bytes(value);
  }
  writer.number(data === undefined ? 0 : data.length + 1);
  let end = 0;
  for (const { start, length } of data ?? []) {
    writer.number(start - end);
    writer.number(length);
    end = start + length;
  }
  return writer.finish();
}

/** Throws RepositoryCorrupt for anything encodeBundle() does not make. Copies the values. */
export function decodeBundle(bytes: Uint8Array): AttributeBundle {
  const reader = new Reader(bytes);
  if (reader.number() !== VERSION) throw damaged("its version is unknown");
  const attributes: ExtendedAttribute[] = [];
  const count = reader.number();
  for (let index = 0; index < count; index += 1) {
    attributes.push({ name: byteString(reader.bytes()), value: reader.bytes().slice() });
  }
  if (attributes.some(isOutOfOrder)) throw damaged("its attributes are out of order");
  const data = decodeExtents(reader);
  reader.end();
  return { attributes, data };
}

function decodeExtents(reader: Reader): Extent[] | undefined {
  const count = reader.number() - 1;
  if (count < 0) return undefined;
  const extents: Extent[] = [];
  let end = 0;
  for (let index = 0; index < count; index += 1) {
    const start = end + reader.number();
    const length = reader.number();
    const isTouching = index > 0 && start === end;
    end = start + length;
    if (length === 0 || isTouching || !Number.isSafeInteger(end)) {
      throw damaged("its extents are out of order");
    }
    extents.push({ start, length });
  }
  return extents;
}

function isOutOfOrder(
  { name }: ExtendedAttribute,
  index: number,
  all: readonly ExtendedAttribute[],
): boolean {
  const before = all[index - 1];
  return name === "" || name.includes("\0") || (before !== undefined && before.name >= name);
}

function damaged(detail: string): RepositoryCorrupt {
  return new RepositoryCorrupt("an attribute bundle", detail);
}

class Writer {
  readonly #pieces: Uint8Array[] = [];

  /** Unsigned LEB128. */
  number(value: number): void {
    const digits: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) digits.push((rest % 0x80) | 0x80);
    digits.push(rest);
    this.#pieces.push(Uint8Array.from(digits));
  }

  bytes(bytes: Uint8Array): void {
    this.number(bytes.length);
    this.#pieces.push(bytes);
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Only the shortest form of a number is one. */
  number(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56; scale *= 0x80) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw damaged("it is cut off");
      this.#position += 1;
      value += (byte & 0x7f) * scale;
      if (byte >= 0x80) continue;
      if (byte === 0 && scale > 1) break;
      if (!Number.isSafeInteger(value)) break;
      return value;
    }
    throw damaged("a number in it is none");
  }

  bytes(): Uint8Array {
    const length = this.number();
    const end = this.#position + length;
    if (end > this.#bytes.length) throw damaged("it is cut off");
    const bytes = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }

  end(): void {
    if (this.#position !== this.#bytes.length) throw damaged("something follows it");
  }
}
