/**
 * Pseudo-random numbers and text from a seed: every machine makes the same bytes.
 *
 * The generator is mulberry32. The text has words in a Zipf-like distribution, so that it
 * compresses about as well as prose does (some 2.5 to 3 times with zstd).
 */

const VOCABULARY_WORDS = 6_000;
const SYLLABLES = `
  ta ren ko li mu ser an de vo pil gra ne sto ri ba quin el for um ish ed
  ing er ly con pre tion al`;

/** A source of numbers in [0, 1). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A whole number from `low` to `high`, both included. */
export function integerBetween(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}

/** Writes prose: a function that returns about `characters` characters of it per call. */
export function proseWriter(random: Random): (characters: number) => string {
  const syllables = SYLLABLES.trim().split(/\s+/);
  const words = Array.from({ length: VOCABULARY_WORDS }, () =>
    Array.from({ length: integerBetween(random, 1, 4) }, () => pick(random, syllables)).join(""),
  );
  return (characters) => {
    const written: string[] = [];
    for (let length = 0; length < characters;) {
      const word = words[zipfIndex(random, words.length)] ?? "";
      const ended = random() < 0.08;
      written.push(ended ? `${word}.` : word);
      length += word.length + (ended ? 2 : 1);
    }
    return written.join(" ").slice(0, characters);
  };
}

/** Small indexes far more often than large ones: their frequency falls about as 1/index. */
function zipfIndex(random: Random, count: number): number {
  return Math.min(count - 1, Math.floor(count ** random()) - 1);
}
