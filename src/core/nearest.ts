/** Which of the names there are somebody may have meant. Pure. */

/** Names compared: beyond that, those that share a beginning or end are found first anyway. */
const CANDIDATES_MAX = 5000;
const WORD_LENGTH_MAX = 200;

/** Up to `countMax` of `candidates` that are like `word`, the likest first. */
export function nearest<T extends string>(
  word: string,
  candidates: readonly T[],
  countMax: number,
): readonly T[] {
  const wanted = word.toLowerCase();
  const farthest = Math.max(2, Math.floor(word.length / 2));
  return candidates
    .slice(0, CANDIDATES_MAX)
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ far }) => far <= farthest)
    .toSorted((a, b) => a.far - b.far)
    .slice(0, countMax)
    .map(({ candidate }) => candidate);
}

/** Letters to change, add, or leave out; one that only goes on is no farther than one letter. */
function distance(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length > 1 && (b.startsWith(a) || a.startsWith(b))) return 1;
  if (a.length > WORD_LENGTH_MAX || b.length > WORD_LENGTH_MAX) return WORD_LENGTH_MAX;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of Array.from(a).entries()) row = nextRow(row, letter, index, b);
  return row.at(-1) ?? 0;
}

/** The next row of Levenshtein's table: of `b`'s beginnings against one letter more. */
function nextRow(row: readonly number[], letter: string, index: number, b: string): number[] {
  const next = [index + 1];
  for (let column = 1; column <= b.length; column += 1) {
    const [left = 0, corner = 0, above = 0] = [next[column - 1], row[column - 1], row[column]];
    next.push(Math.min(above + 1, left + 1, corner + (b[column - 1] === letter ? 0 : 1)));
  }
  return next;
}
