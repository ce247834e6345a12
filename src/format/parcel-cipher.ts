/**
 * Encrypted parcels. The body is encrypted in pieces (stream-pieces.ts). The key is made for this
 * parcel from a random value in its head; a tag in the head, under a second key from the same
 * value, binds all that the head says to the body. docs/format.md §7.3.
 */
import { timingSafeEqual } from "node:crypto";
import {
  type BodyParts,
  type BodyWriter,
  PartsReader,
  type RoomFor,
  copyParts,
  lengthOf,
  newBuffer,
} from "./body-parts.ts";
import { ByteWriter } from "./byte-writer.ts";
import { SUM_BYTES, sumHasher } from "./checksum.ts";
import { deriveKey } from "./key-derivation.ts";
import { OpenedBody } from "./opened-body.ts";
import {
  CIPHER_AES_GCM,
  type HeadOfBody,
  PRELUDE_BYTES,
  SEALING_BYTES,
  type ParcelHead,
  type Sealing,
  encodeHeadOfBody,
  encodePrelude,
} from "./parcel.ts";
import type { ReadAt } from "./read-at.ts";
import type { Room } from "./room.ts";
import {
  PIECE_BYTES,
  STORED_PIECE_BYTES,
  TAG_BYTES,
  pieceCount,
  sealPiece,
} from "./stream-pieces.ts";

const KEY_BYTES = 32;
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

  /**
   * The parcel of a body in memory, encrypted, in what `roomFor` gives: a new buffer if there is
   * none. `head`: as encodeHead() makes it.
   */
  seal(head: Uint8Array, parts: BodyParts, roomFor: RoomFor = newBuffer): Uint8Array {
    const sealer = this.sealer();
    const start = head.length + SEALING_BYTES;
    const bodyBytes = lengthOf(parts);
    const parcel = roomFor(start + bodyBytes + pieceCount(bodyBytes) * TAG_BYTES);
    sealer.sealInto(parts, parcel.subarray(start));
    parcel.set(sealer.sealedHead(head));
    return parcel;
  }

  /** For a parcel that is written piece by piece. */
  sealer(): ParcelSealer {
    const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
    return new ParcelSealer(salt, this.#keysOf(salt));
  }

  /**
   * Reads the body of an encrypted parcel, in `room`: bytes of it as they were before. Throws
   * RangeError when the head is not authentic, and when a piece is not.
   */
  open(head: ParcelHead, read: ReadAt, room: Room): OpenedBody {
    const { sealing } = head;
    if (sealing === undefined) throw new RangeError("a parcel is not encrypted, and should be");
    const keys = this.#keysOf(sealing.salt);
    const tag = headTag(keys.head, sealing.header, head.bodyBytes);
    if (!timingSafeEqual(tag, sealing.tag)) throw new RangeError("the head of a parcel is forged");
    return new OpenedBody(keys.body, head.bodyBytes, read, room);
  }

  #keysOf(salt: Uint8Array): ParcelKeys {
    const keys = deriveKey(this.#contentKey, PURPOSE, { bytes: 2 * KEY_BYTES, salt });
    return { body: keys.subarray(0, KEY_BYTES), head: keys.subarray(KEY_BYTES) };
  }
}

/** One parcel on its way: pieces first, then the head. */
export class ParcelSealer implements BodyWriter {
  readonly sealingBytes = SEALING_BYTES;
  readonly #salt: Uint8Array;
  readonly #keys: ParcelKeys;
  readonly #sum = sumHasher("crc-32");
  /** The end of the body so far: which piece is the last is known only when there is no more. */
  readonly #kept = new Uint8Array(PIECE_BYTES);
  #keptBytes = 0;
  #pieces = 0;
  #bodyBytes = 0;

  constructor(salt: Uint8Array, keys: ParcelKeys) {
    this.#salt = salt;
    this.#keys = keys;
  }

  update(parts: BodyParts, roomFor: RoomFor = newBuffer): Uint8Array {
    const total = this.#keptBytes + lengthOf(parts);
    const count = pieceCount(total) - 1;
    const sealed = roomFor(count * STORED_PIECE_BYTES);
    const reader = new PartsReader([this.#kept.subarray(0, this.#keptBytes), ...parts]);
    for (let index = 0; index < count; index += 1) {
      const target = sealed.subarray(index * STORED_PIECE_BYTES);
      this.#sealPiece(reader.take(PIECE_BYTES), "more", target);
    }
    this.#keep(reader.take(PIECE_BYTES));
    return sealed;
  }

  finish(): Uint8Array {
    const sealed = new Uint8Array(this.#keptBytes + TAG_BYTES);
    this.#sealPiece([this.#kept.subarray(0, this.#keptBytes)], "last", sealed);
    return sealed;
  }

  /** All of a body at once. */
  sealInto(parts: BodyParts, target: Uint8Array): void {
    const reader = new PartsReader(parts);
    const lastIndex = pieceCount(lengthOf(parts)) - 1;
    for (let index = 0; index <= lastIndex; index += 1) {
      const place = index === lastIndex ? "last" : "more";
      const piece = target.subarray(index * STORED_PIECE_BYTES);
      this.#sealPiece(reader.take(PIECE_BYTES), place, piece);
    }
  }

  head(head: HeadOfBody, plainHeadBytes: number): Uint8Array {
    return this.sealedHead(encodeHeadOfBody(head, plainHeadBytes));
  }

  /** The head that replaces `plain`, which tells of the same parcel unencrypted. */
  sealedHead(plain: Uint8Array): Uint8Array {
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

  /** At most a piece, some of which may be kept already, in the same place. */
  #keep(parts: BodyParts): void {
    this.#keptBytes = lengthOf(parts);
    copyParts(parts, this.#kept);
  }

  #sealPiece(parts: BodyParts, place: "more" | "last", target: Uint8Array): void {
    const at = { index: this.#pieces, isLast: place === "last" };
    const storedBytes = sealPiece(this.#keys.body, at, parts, target);
    this.#sum.update(target.subarray(0, storedBytes));
    this.#pieces += 1;
    this.#bodyBytes += storedBytes;
  }
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
