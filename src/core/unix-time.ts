/**
 * Times in nanoseconds since 1970, and as the kernel has them: whole seconds, of 64 bits, and
 * nanoseconds behind them, never negative.
 */

const WORD = 2 ** 32;
const HALF_WORD = 2 ** 16;
const SECOND = 1_000_000_000;
const SECOND_NS = 1_000_000_000n;

/** A number of 64 bits and its halves: the same memory, on machines that are little-endian. */
const long = new BigInt64Array(1);
const halves = new Uint32Array(long.buffer);

/** 64 signed bits. */
export function longOf(lower: number, upper: number): bigint {
  halves[0] = lower;
  halves[1] = upper;
  return long[0] as bigint;
}

/** Writes 64 bits: the lower half at `at`, the upper behind it. */
export function writeLong(words: Uint32Array, at: number, value: bigint): void {
  long[0] = value;
  words[at] = halves[0] as number;
  words[at + 1] = halves[1] as number;
}

/**
 * Of both halves of the seconds and the nanoseconds. One bigint is made; by arithmetic with bigints
 * it would be four.
 */
export function timeNs(lower: number, upper: number, nanoseconds: number): bigint {
  // Before 1970 or after 2106.
  if (upper !== 0) return longOf(lower, upper) * SECOND_NS + BigInt(nanoseconds);
  // Each product is below 2^46: exact.
  const high = (lower >>> 16) * SECOND;
  const low = (lower & 0xffff) * SECOND + nanoseconds;
  const highOver = Math.floor(high / HALF_WORD);
  const lowOver = Math.floor(low / WORD);
  const sum = (high - highOver * HALF_WORD) * HALF_WORD + (low - lowOver * WORD);
  const carry = sum >= WORD ? 1 : 0;
  return longOf(sum - carry * WORD, highOver + lowOver + carry);
}

/** The inverse of timeNs(). */
export function splitTime(time: bigint): {
  readonly seconds: bigint;
  readonly nanoseconds: bigint;
} {
  const nanoseconds = ((time % SECOND_NS) + SECOND_NS) % SECOND_NS;
  return { seconds: (time - nanoseconds) / SECOND_NS, nanoseconds };
}
