/** Where a sparse file has data: the rest are holes, which take no space and read as zeroes. */
import { ERRNO, SEEK, errno, libc } from "./libc.ts";

/** Bytes `[start, start + length)`. */
export type Extent = { readonly start: number; readonly length: number };

/**
 * The data of an open file of that size, in order, not touching each other; empty if it is one
 * hole. undefined: it has no holes, or the file system does not tell.
 */
export function dataExtents(descriptor: number, sizeBytes: number): readonly Extent[] | undefined {
  const extents: Extent[] = [];
  let position = 0;
  while (position < sizeBytes) {
    const start = seek(descriptor, position, SEEK.data);
    if (start === undefined || start >= sizeBytes) break;
    if (start < 0) return undefined;
    const end = seek(descriptor, start, SEEK.hole) ?? sizeBytes;
    if (end <= start) return undefined;
    const length = Math.min(end, sizeBytes) - start;
    extents.push({ start, length });
    position = start + length;
  }
  const [first] = extents;
  return first?.length === sizeBytes || sizeBytes === 0 ? undefined : extents;
}

/** Negative: it cannot be told. undefined: there is nothing more in the file. */
function seek(descriptor: number, position: number, whence: number): number | undefined {
  const found = Number(libc.lseek(descriptor, position, whence));
  if (found >= 0) return found;
  return errno() === ERRNO.noSuchDeviceOrAddress ? undefined : -1;
}
