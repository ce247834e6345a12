/**
 * The STREAM construction: a text in pieces of 64 KiB, each under AES-256-GCM with a nonce that
 * counts and tells which is the last, so that pieces can be neither exchanged nor left out, and any
 * of them can be read alone. A key is for one text only. docs/format.md §7.3.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { release } from "./compress.ts";

/** Plaintext bytes of a piece; only the last may have fewer. */
export const PIECE_BYTES = 64 * 1024;
export const TAG_BYTES = 16;
/** As stored. */
export const STORED_PIECE_BYTES = PIECE_BYTES + TAG_BYTES;
const NONCE_BYTES = 12;

/** Where a piece stands, from 0. */
export type PiecePlace = { readonly index: number; readonly isLast: boolean };

/** Pieces of a text of so many bytes: of none there is one, empty. */
export function pieceCount(textBytes: number): number {
  return Math.max(1, Math.ceil(textBytes / PIECE_BYTES));
}

/** Fills the beginning of `target` with the piece that `parts` make, and its tag. Its length. */
export function sealPiece(
  key: Uint8Array,
  place: PiecePlace,
  parts: Iterable<Uint8Array>,
  target: Uint8Array,
): number {
  const cipher = createCipheriv("aes-256-gcm", key, nonceOf(place));
  let length = 0;
  for (const part of parts) {
    const sealed = cipher.update(part);
    target.set(sealed, length);
    length += sealed.length;
    // The next piece gets the same memory, while the processor still has it at hand.
    release(sealed);
  }
  cipher.final();
  target.set(cipher.getAuthTag(), length);
  return length + TAG_BYTES;
}

/**
 * Fills the beginning of `target` with the plaintext of a piece, `stored` with its tag. Throws
 * RangeError, and gives nothing, unless it was sealed in this place with this key.
 */
export function openPiece(
  key: Uint8Array,
  place: PiecePlace,
  stored: Uint8Array,
  target: Uint8Array,
): void {
  const tagAt = stored.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(place));
  decipher.setAuthTag(stored.subarray(tagAt));
  const plaintext = decipher.update(stored.subarray(0, tagAt));
  try {
    decipher.final();
  } catch (cause) {
    throw new RangeError("the body of a parcel is damaged or forged", { cause });
  }
  target.set(plaintext);
  release(plaintext);
}

/** Seven zeroes, the number of the piece, and whether it is the last. */
function nonceOf({ index, isLast }: PiecePlace): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(7, index);
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return nonce;
}
