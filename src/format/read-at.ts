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

/** Memory for what is read: `take` gives so many bytes, until its next call. */
type Memory = { readonly take: (length: number) => Uint8Array };

/**
 * Reads what comes in parts: `partAt` gives the bytes from `position` on as far as they lie
 * together, between one and `lengthMax`, as a view valid until its next call. What has more than
 * one part is put together in `memory`.
 */
export function readInParts(
  sizeBytes: number,
  memory: Memory,
  partAt: (position: number, lengthMax: number) => Uint8Array,
): ReadAt {
  return (position, length) => {
    if (position < 0 || position + length > sizeBytes) {
      throw new RangeError(`bytes ${position}+${length} are wanted, there are ${sizeBytes}`);
    }
    if (length === 0) return new Uint8Array(0);
    const first = partAt(position, length);
    if (first.length === length) return first;
    const bytes = memory.take(length);
    bytes.set(first);
    for (let filled = first.length; filled < length;) {
      const part = partAt(position + filled, length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  };
}
