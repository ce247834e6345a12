/** Random access to bytes that need not lie in memory. */

/**
 * Exactly `length` bytes from `position`, as a view that may be used again by the next call.
 * Throws when they are not there.
 */
export type ReadAt = (position: number, length: number) => Uint8Array;

export type RandomAccess = { readonly sizeBytes: number; readonly read: ReadAt };

/** Bytes in memory. Reading past their end throws RangeError. */
export function randomAccessOf(bytes: Uint8Array): RandomAccess {
  const read: ReadAt = (position, length) => {
    if (position < 0 || position + length > bytes.length) {
      throw new RangeError(`bytes ${position}+${length} are wanted, there are ${bytes.length}`);
    }
    return bytes.subarray(position, position + length);
  };
  return { sizeBytes: bytes.length, read };
}
