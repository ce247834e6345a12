/**
 * Names for things. Every identifier has its own type, so that a row id cannot be passed where a
 * content id is wanted. The brands exist at compile time only.
 */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Row id of a backup set. Grows with every backup; never used again. */
export type BackupSetId = Brand<number, "BackupSetId">;

/** Row id of a directory: its identity through renames. */
export type DirectoryId = Brand<number, "DirectoryId">;

/** Row id of a name that entries have or had. */
export type NameId = Brand<number, "NameId">;

/** SHA-256 of a plaintext, or its keyed form when encrypted: 64 lower-case hex digits. */
export type ContentId = Brand<string, "ContentId">;

/** 32 lower-case hex digits: the random name of a pack. */
export type PackName = Brand<string, "PackName">;

/** The directory every path starts from, in every repository. */
export const ROOT_DIRECTORY = 1 as DirectoryId;

/** Bytes of a content id in its binary form. */
export const CONTENT_ID_BYTES = 32;
/** Bytes of a pack name in its binary form. */
export const PACK_NAME_BYTES = 16;

const CONTENT_ID = /^[0-9a-f]{64}$/;
const PACK_NAME = /^[0-9a-f]{32}$/;

/** The only way to make a ContentId. Throws RangeError unless `hex` is 64 lower-case hex digits. */
export function contentId(hex: string): ContentId {
  if (!CONTENT_ID.test(hex)) throw new RangeError(`not a content id: ${JSON.stringify(hex)}`);
  return hex as ContentId;
}

/** The id whose binary form is `bytes`. Throws RangeError unless there are 32. */
export function contentIdOfBytes(bytes: Uint8Array): ContentId {
  if (bytes.length !== CONTENT_ID_BYTES)
    throw new RangeError(`not a content id: ${bytes.length} bytes`);
  return bytes.toHex() as ContentId;
}

/** Throws RangeError unless `hex` is 32 lower-case hex digits. */
export function packName(hex: string): PackName {
  if (!PACK_NAME.test(hex)) throw new RangeError(`not a pack name: ${JSON.stringify(hex)}`);
  return hex as PackName;
}
