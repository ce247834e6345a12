/** How the contents of one repository are named and stored: plainly, or under its keys. */
import { ContentIds } from "./checksum.ts";
import { ParcelCipher } from "./parcel-cipher.ts";

/** 32 bytes each. docs/format.md §7.1. */
export type ContentKeys = { readonly content: Uint8Array; readonly hash: Uint8Array };

export type ContentCrypto = {
  readonly ids: ContentIds;
  /** undefined: parcels are not encrypted. */
  readonly cipher: ParcelCipher | undefined;
};

/** `keys`: of an encrypted repository. */
export function contentCrypto(keys: ContentKeys | undefined): ContentCrypto {
  return {
    ids: new ContentIds(keys?.hash),
    cipher: keys === undefined ? undefined : new ParcelCipher(keys.content),
  };
}
