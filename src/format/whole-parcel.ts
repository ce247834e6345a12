/** A parcel in memory. Parcels of large contents are read in segments. */
import { checkSum, sumOf } from "./checksum.ts";
import { readHead, type HeadMember, type ParcelHead } from "./parcel.ts";

export type WholeParcel = { readonly head: ParcelHead; readonly body: Uint8Array };

/** Throws RangeError unless `bytes` is one parcel as it was written. Holds views of it. */
export function readParcel(bytes: Uint8Array): WholeParcel {
  const parcel = readUncheckedBody(bytes);
  checkSum(sumOf(parcel.body), parcel.head.bodySum, "the body of a parcel");
  return parcel;
}

/**
 * The same without a look at the sum of the body, for who checks the content ids of all that is
 * taken from it: that tells more, and where only one of many contents is damaged, less is lost.
 */
export function readUncheckedBody(bytes: Uint8Array): WholeParcel {
  const head = readHead(bytes);
  const body = bytes.subarray(head.headBytes);
  if (body.length !== head.bodyBytes) {
    throw new RangeError(`a parcel has a body of ${body.length} bytes, not ${head.bodyBytes}`);
  }
  return { head, body };
}

/** Throws RangeError when there is no such member. */
export function memberOf(head: ParcelHead, index: number): HeadMember {
  const member = head.members[index];
  if (member === undefined) {
    throw new RangeError(`a parcel has ${head.members.length} members, none is number ${index}`);
  }
  return member;
}
