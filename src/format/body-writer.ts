/** New parcels, stored as they are or encrypted: in one piece, or as they come. */
import {
  type BodyParts,
  type BodyWriter,
  type RoomFor,
  copyParts,
  lengthOf,
  newBuffer,
} from "./body-parts.ts";
import { sumHasher } from "./checksum.ts";
import { type HeadOfBody, encodeHead, encodeHeadOfBody } from "./parcel.ts";
import type { ParcelCipher } from "./parcel-cipher.ts";

/** How a parcel that is made in memory is stored, and where it is put. */
export type ParcelOutput = {
  /** Of an encrypted repository. */
  readonly cipher?: ParcelCipher | undefined;
  /** undefined: it becomes a new buffer. */
  readonly roomFor?: RoomFor | undefined;
};

/** The parcel of a body in memory. */
export function assembleParcel(
  head: HeadOfBody,
  parts: BodyParts,
  { cipher, roomFor = newBuffer }: ParcelOutput,
  plainHeadBytes?: number,
): Uint8Array {
  if (cipher !== undefined) {
    return cipher.seal(encodeHeadOfBody(head, plainHeadBytes), parts, roomFor);
  }
  const bodyBytes = lengthOf(parts);
  const sum = sumHasher("crc-32");
  for (const part of parts) sum.update(part);
  const encoded = encodeHead({ ...head, bodySum: sum.finish(), bodyBytes }, plainHeadBytes);
  const parcel = roomFor(encoded.length + bodyBytes);
  parcel.set(encoded);
  copyParts(parts, parcel.subarray(encoded.length));
  return parcel;
}

/** For a parcel that is written piece by piece. */
export function bodyWriter(cipher: ParcelCipher | undefined): BodyWriter {
  return cipher?.sealer() ?? new PlainBody();
}

/** Stored as it is. */
class PlainBody implements BodyWriter {
  readonly sealingBytes = 0;
  readonly #sum = sumHasher("crc-32");
  #bodyBytes = 0;

  update(parts: BodyParts, roomFor: RoomFor = newBuffer): Uint8Array {
    const bytes = roomFor(lengthOf(parts));
    copyParts(parts, bytes);
    this.#sum.update(bytes);
    this.#bodyBytes += bytes.length;
    return bytes;
  }

  finish(): Uint8Array {
    return new Uint8Array(0);
  }

  head(head: HeadOfBody, plainHeadBytes: number): Uint8Array {
    const sums = { bodySum: this.#sum.finish(), bodyBytes: this.#bodyBytes };
    return encodeHead({ ...head, ...sums }, plainHeadBytes);
  }
}
