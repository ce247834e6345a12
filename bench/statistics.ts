/** The one statistic of the report. */

/** The middle value, or the mean of the two middle ones. Throws RangeError on nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined)
    throw new RangeError("no values to take the median of");
  return (upper + lower) / 2;
}
