/**
 * Whole numbers in as few bytes as they need: unsigned LEB128, seven bits a byte, lowest first.
 * Numbers go up to Number.MAX_SAFE_INTEGER, which is eight bytes. docs/format.md, introduction.
 */

/** Bytes of the longest varint there is. */
export const VARINT_BYTES_MAX = 8;

/** Bytes that `value` takes. Throws RangeError unless it is a whole number from 0 to 2^53 - 1. */
export function varintLength(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${value} cannot be written as a varint`);
  }
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

/** Writes `value` at `position` and returns the position after it. */
export function writeVarint(target: Uint8Array, position: number, value: number): number {
  const end = position + varintLength(value);
  if (end > target.length) throw new RangeError("no room for a varint");
  let rest = value;
  for (let index = position; index < end - 1; index += 1) {
    target[index] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[end - 1] = rest;
  return end;
}

/** Signed to unsigned, so that numbers near zero stay short: 0, -1, 1, -2 become 0, 1, 2, 3. */
export function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

/** What `zigzag` made `value` of. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
