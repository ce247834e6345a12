/** A parcel's body, checked and decrypted: in memory, or for large contents read in pieces. */
import { checkSum, sumHasher } from "./checksum.ts";
import type { ParcelCipher } from "./parcel-cipher.ts";
import { readHead, type HeadMember, type ParcelHead } from "./parcel.ts";
import { randomAccessOf, type ReadAt } from "./read-at.ts";
import { Room } from "./room.ts";

export type WholeParcel = { readonly head: ParcelHead; readonly body: Uint8Array };

/** `head.bodyBytes` are those of the body as `read` gives it. */
export type OpenedParcel = { readonly head: ParcelHead; readonly read: ReadAt };

/**
 * Throws RangeError unless `bytes` is one parcel as it was written, encrypted if there is a
 * `cipher`. Holds views of it, unless it was encrypted.
 */
export function readParcel(bytes: Uint8Array, cipher?: ParcelCipher): WholeParcel {
  const parcel = opened(splitParcel(bytes), cipher, new Room());
  // An encrypted body has been checked, by more than a sum.
  if (cipher !== undefined) return parcel;
  const sum = sumHasher(parcel.head.sumKind);
  sum.update(parcel.body);
  checkSum(sum.finish(), parcel.head.bodySum, "the body of a parcel");
  return parcel;
}

/**
 * The same without a look at the sum of the body, for who checks the content ids of all that is
 * taken from it: that tells more, and where only one of many contents is damaged, less is lost.
 * An encrypted body is decrypted into `room`.
 */
export function readUncheckedBody(
  bytes: Uint8Array,
  cipher: ParcelCipher | undefined,
  room: Room,
): WholeParcel {
  return opened(splitParcel(bytes), cipher, room);
}

/**
 * `read` gives bytes of the body as stored; of an encrypted one they are decrypted into `room`.
 * Throws RangeError like readParcel().
 */
export function openParcel(
  head: ParcelHead,
  read: ReadAt,
  cipher: ParcelCipher | undefined,
  room: Room,
): OpenedParcel {
  if (cipher === undefined) return { head: expectPlain(head), read };
  const body = cipher.open(head, read, room);
  return { head: { ...head, bodyBytes: body.sizeBytes }, read: body.read };
}

function splitParcel(bytes: Uint8Array): WholeParcel {
  const head = readHead(bytes);
  const body = bytes.subarray(head.headBytes);
  if (body.length !== head.bodyBytes) {
    throw new RangeError(`a parcel has a body of ${body.length} bytes, not ${head.bodyBytes}`);
  }
  return { head, body };
}

function opened(
  { head, body }: WholeParcel,
  cipher: ParcelCipher | undefined,
  room: Room,
): WholeParcel {
  if (cipher === undefined) return { head: expectPlain(head), body };
  const plain = cipher.open(head, randomAccessOf(body).read, room).whole();
  return { head: { ...head, bodyBytes: plain.length }, body: plain };
}

/** Throws RangeError when there is no such member. */
export function memberOf(head: ParcelHead, index: number): HeadMember {
  const member = head.members[index];
  if (member === undefined) {
    throw new RangeError(`a parcel has ${head.members.length} members, none is number ${index}`);
  }
  return member;
}

function expectPlain(head: ParcelHead): ParcelHead {
  if (head.sealing === undefined) return head;
  throw new RangeError("a parcel is encrypted, and the repository is not");
}
