/**
 * Encrypted parcels. The body is cut into pieces of 64 KiB, each under AES-256-GCM with a nonce
 * that counts and tells which is the last (the STREAM construction), so that pieces can be neither
 * exchanged nor left out, and any of them can be read alone. The key is made for this parcel from a
 * random value in its head; a tag in the head, under a second key from the same value, binds all
 * that the head says to the body. docs/format.md §7.3.
 */
import { createCipheriv, createDecipheriv, timingSafeEqual } from "node:crypto";
import { ByteWriter } from "./byte-writer.ts";
import { SUM_BYTES, SumHasher } from "./checksum.ts";
import { deriveKey } from "./key-derivation.ts";
import {
  CIPHER_AES_GCM,
  PRELUDE_BYTES,
  SEALING_BYTES,
  type ParcelHead,
  type Sealing,
  encodePrelude,
} from "./parcel.ts";
import type { ReadAt } from "./read-at.ts";

/** Plaintext bytes of a piece; only the last may have fewer. */
const PIECE_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const STORED_PIECE_BYTES = PIECE_BYTES + TAG_BYTES;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const SALT_BYTES = 32;
/** Where the cipher, and the sum of the body, stand in a header. */
const CIPHER_AT = 2;
const SUM_AT = 4;
const PURPOSE = "tardis parcel 1";

type ParcelKeys = { readonly body: Uint8Array; readonly head: Uint8Array };

/** Encrypts parcels as they are made, and reads them again. */
export class ParcelCipher {
  readonly #contentKey: Uint8Array;

  constructor(contentKey: Uint8Array) {
    this.#contentKey = contentKey;
  }

  /** A finished parcel, encrypted: a new buffer. */
  seal(parcel: Uint8Array): Uint8Array {
    const headBytes =
      PRELUDE_BYTES + new DataView(parcel.buffer, parcel.byteOffset).getUint32(4, true);
    const body = parcel.subarray(headBytes);
    const sealer = this.sealer();
    const start = headBytes + SEALING_BYTES;
    const sealed = new Uint8Array(start + sealedBytes(body.length));
    sealer.sealInto(body, sealed.subarray(start));
    sealed.set(sealer.head(parcel.subarray(0, headBytes)));
    return sealed;
  }

  /** For a parcel that is written piece by piece. */
  sealer(): ParcelSealer {
    const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
    return new ParcelSealer(salt, this.#keysOf(salt));
  }

  /**
   * Reads the body of an encrypted parcel: bytes of it as they were before. Throws RangeError when
   * the head is not authentic, and when a piece is not.
   */
  open(head: ParcelHead, read: ReadAt): OpenedBody {
    const { sealing } = head;
    if (sealing === undefined) throw new RangeError("a parcel is not encrypted, and should be");
    const keys = this.#keysOf(sealing.salt);
    const tag = headTag(keys.head, sealing.header, head.bodyBytes);
    if (!timingSafeEqual(tag, sealing.tag)) throw new RangeError("the head of a parcel is forged");
    return new OpenedBody(keys.body, head.bodyBytes, read);
  }

  #keysOf(salt: Uint8Array): ParcelKeys {
    const keys = deriveKey(this.#contentKey, PURPOSE, { bytes: 2 * KEY_BYTES, salt });
    return { body: keys.subarray(0, KEY_BYTES), head: keys.subarray(KEY_BYTES) };
  }
}

/** One parcel on its way: pieces first, then the head. */
export class ParcelSealer {
  readonly #salt: Uint8Array;
  readonly #keys: ParcelKeys;
  readonly #sum = new SumHasher();
  readonly #kept = new Uint8Array(PIECE_BYTES);
  #keptBytes = 0;
  #pieces = 0;
  #bodyBytes = 0;

  constructor(salt: Uint8Array, keys: ParcelKeys) {
    this.#salt = salt;
    this.#keys = keys;
  }

  /** What of the body can be written now: a new buffer, which may be empty. */
  update(bytes: Uint8Array): Uint8Array {
    // The last piece is known as such only at the end: one whole piece may have to wait.
    const total = this.#keptBytes + bytes.length;
    const count = Math.max(0, Math.ceil(total / PIECE_BYTES) - 1);
    const sealed = new Uint8Array(count * STORED_PIECE_BYTES);
    let taken = 0;
    for (let index = 0; index < count; index += 1) {
      taken += this.#keep(bytes.subarray(taken));
      this.#sealPiece(this.#kept, "more", sealed.subarray(index * STORED_PIECE_BYTES));
      this.#keptBytes = 0;
    }
    this.#keep(bytes.subarray(taken));
    return sealed;
  }

  /** The rest of the body: a new buffer. */
  finish(): Uint8Array {
    const sealed = new Uint8Array(this.#keptBytes + TAG_BYTES);
    this.#sealPiece(this.#kept.subarray(0, this.#keptBytes), "last", sealed);
    return sealed;
  }

  /** All of a body at once. */
  sealInto(body: Uint8Array, target: Uint8Array): void {
    let position = 0;
    let start = 0;
    for (; body.length - start > PIECE_BYTES; start += PIECE_BYTES) {
      const piece = body.subarray(start, start + PIECE_BYTES);
      this.#sealPiece(piece, "more", target.subarray(position));
      position += STORED_PIECE_BYTES;
    }
    this.#sealPiece(body.subarray(start), "last", target.subarray(position));
  }

  /** The head that replaces `plain`, which tells of the same parcel unencrypted. */
  head(plain: Uint8Array): Uint8Array {
    const writer = new ByteWriter(plain.length - PRELUDE_BYTES + SEALING_BYTES);
    const fixedBytes = SUM_AT + SUM_BYTES;
    writer.bytes(plain.subarray(PRELUDE_BYTES, PRELUDE_BYTES + fixedBytes));
    writer.bytes(this.#salt);
    writer.zeroes(TAG_BYTES);
    writer.bytes(plain.subarray(PRELUDE_BYTES + fixedBytes));
    const header = writer.written;
    header[CIPHER_AT] = CIPHER_AES_GCM;
    header.set(this.#sum.finish(), SUM_AT);
    header.set(headTag(this.#keys.head, header, this.#bodyBytes), fixedBytes + SALT_BYTES);
    const head = new Uint8Array(PRELUDE_BYTES + header.length);
    head.set(encodePrelude(header, this.#bodyBytes));
    head.set(header, PRELUDE_BYTES);
    return head;
  }

  #keep(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, PIECE_BYTES - this.#keptBytes);
    this.#kept.set(bytes.subarray(0, count), this.#keptBytes);
    this.#keptBytes += count;
    return count;
  }

  #sealPiece(piece: Uint8Array, place: "more" | "last", target: Uint8Array): void {
    const nonce = pieceNonce(this.#pieces, place);
    const cipher = createCipheriv("aes-256-gcm", this.#keys.body, nonce);
    target.set(cipher.update(piece));
    cipher.final();
    target.set(cipher.getAuthTag(), piece.length);
    const storedBytes = piece.length + TAG_BYTES;
    this.#sum.update(target.subarray(0, storedBytes));
    this.#pieces += 1;
    this.#bodyBytes += storedBytes;
  }
}

/** The plaintext of an encrypted body, from any place. The piece read last is kept. */
export class OpenedBody {
  /** Of the plaintext. */
  readonly sizeBytes: number;
  readonly #key: Uint8Array;
  readonly #storedBytes: number;
  readonly #pieceCount: number;
  readonly #read: ReadAt;
  #keptIndex = -1;
  #kept: Uint8Array = new Uint8Array(0);

  constructor(key: Uint8Array, storedBytes: number, read: ReadAt) {
    this.#key = key;
    this.#storedBytes = storedBytes;
    this.#read = read;
    this.#pieceCount = Math.ceil(storedBytes / STORED_PIECE_BYTES);
    this.sizeBytes = storedBytes - this.#pieceCount * TAG_BYTES;
    const isPossible = this.#pieceCount > 0 && this.#lastBytes >= TAG_BYTES;
    if (!isPossible) throw new RangeError(`${storedBytes} bytes cannot be an encrypted body`);
  }

  /** A view, valid until the next call. */
  readonly read: ReadAt = (position, length) => {
    if (position < 0 || length < 0 || position + length > this.sizeBytes) {
      throw new RangeError(`bytes ${position}+${length} are wanted, there are ${this.sizeBytes}`);
    }
    const offset = position % PIECE_BYTES;
    if (offset + length <= PIECE_BYTES) {
      return this.#piece(Math.floor(position / PIECE_BYTES)).subarray(offset, offset + length);
    }
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const from = position + filled;
      const start = from % PIECE_BYTES;
      const end = Math.min(PIECE_BYTES, start + length - filled);
      bytes.set(this.#piece(Math.floor(from / PIECE_BYTES)).subarray(start, end), filled);
      filled += end - start;
    }
    return bytes;
  };

  /** All of it, in a new buffer. */
  whole(): Uint8Array {
    const bytes = new Uint8Array(this.sizeBytes);
    for (let index = 0; index < this.#pieceCount; index += 1) {
      bytes.set(this.#opened(index), index * PIECE_BYTES);
    }
    return bytes;
  }

  get #lastBytes(): number {
    return this.#storedBytes - (this.#pieceCount - 1) * STORED_PIECE_BYTES;
  }

  #piece(index: number): Uint8Array {
    if (this.sizeBytes === 0) return this.#opened(0);
    if (index !== this.#keptIndex) {
      this.#kept = this.#opened(index);
      this.#keptIndex = index;
    }
    return this.#kept;
  }

  #opened(index: number): Uint8Array {
    const isLast = index === this.#pieceCount - 1;
    const length = isLast ? this.#lastBytes : STORED_PIECE_BYTES;
    const stored = this.#read(index * STORED_PIECE_BYTES, length);
    const nonce = pieceNonce(index, isLast ? "last" : "more");
    const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce);
    decipher.setAuthTag(stored.subarray(length - TAG_BYTES));
    const plaintext = decipher.update(stored.subarray(0, length - TAG_BYTES));
    try {
      decipher.final();
    } catch (cause) {
      throw new RangeError("the body of a parcel is forged or cut", { cause });
    }
    return plaintext;
  }
}

/** Bytes that a body of so many takes when it is encrypted. */
function sealedBytes(bodyBytes: number): number {
  return bodyBytes + Math.max(1, Math.ceil(bodyBytes / PIECE_BYTES)) * TAG_BYTES;
}

/** STREAM: seven zeroes, the number of the piece, and whether it is the last. */
function pieceNonce(index: number, place: "more" | "last"): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(7, index);
  nonce[NONCE_BYTES - 1] = place === "last" ? 1 : 0;
  return nonce;
}

/** Over the header with its tag as zeroes, and the length of the body. */
function headTag(key: Uint8Array, header: Sealing["header"], bodyBytes: number): Uint8Array {
  const length = new ByteWriter(8);
  length.u64(bodyBytes);
  const tagAt = SUM_AT + SUM_BYTES + SALT_BYTES;
  const hasher = new Bun.CryptoHasher("sha256", key);
  hasher.update(header.subarray(0, tagAt));
  hasher.update(header.subarray(tagAt + TAG_BYTES));
  hasher.update(length.written);
  return new Uint8Array(hasher.digest().buffer, 0, TAG_BYTES);
}
