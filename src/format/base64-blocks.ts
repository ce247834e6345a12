/** Base64url without padding (RFC 4648 §5), decoded by the thousand, and strictly. */
import { BLOCK_BYTES, type TextBlocks, blocksOf } from "./text-blocks.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const SLASH = 0x2f;
/** Characters that stand for three bytes. */
const GROUP = 4;
const GROUP_BYTES = 3;
const BITS = 6;
/** In place of six bits, at any place: there is no such character. A negative number. */
const NONE = 1 << 31;
/** Of each byte, as a character of base64, its six bits, or NONE: at their place in a group. */
const [FIRST, SECOND, THIRD, FOURTH] = [3, 2, 1, 0].map((place) => {
  const table = new Int32Array(256).fill(NONE);
  for (let value = 0; value < ALPHABET.length; value += 1)
    table[ALPHABET.charCodeAt(value)] = value << (place * BITS);
  return table;
}) as [Int32Array, Int32Array, Int32Array, Int32Array];

/**
 * What so many texts, at least one, a slash between each two, are the base64url of. Throws
 * RangeError for another number of texts and for what no encoder writes, also for spellings that
 * most decoders forgive: no two texts stand for the same bytes.
 */
export function decodeBase64(joined: Uint8Array, count: number): TextBlocks {
  // Slashes at the end, so that the last text ends as all do, and a whole group can be looked at.
  const characters = new Uint8Array(joined.length + GROUP).fill(SLASH, joined.length);
  characters.set(joined);
  const lengths = new Uint32Array(count);
  const firsts = new Uint32Array(count + 1);
  const bytes = new Uint8Array(blocksOf(joined.length) * BLOCK_BYTES + count * BLOCK_BYTES);
  let from = 0;
  for (let which = 0; which < count; which += 1) {
    const start = (firsts[which] as number) * BLOCK_BYTES;
    let to = start;
    // A text that began beyond the last slash would never end.
    if (from > joined.length) throw notBase64();
    for (;;) {
      const bits =
        bitsOf(FIRST, characters, from) |
        bitsOf(SECOND, characters, from + 1) |
        bitsOf(THIRD, characters, from + 2) |
        bitsOf(FOURTH, characters, from + 3);
      if (bits < 0) break;
      bytes[to] = bits >> 16;
      bytes[to + 1] = bits >> 8;
      bytes[to + 2] = bits;
      to += GROUP_BYTES;
      from += GROUP;
    }
    const rest = decodeEnd(characters, from, bytes, to);
    from += rest + 1;
    const length = to - start + Math.max(0, rest - 1);
    lengths[which] = length;
    firsts[which + 1] = (firsts[which] as number) + blocksOf(length);
  }
  if (from !== joined.length + 1) throw notBase64();
  return { bytes: bytes.subarray(0, (firsts[count] as number) * BLOCK_BYTES), lengths, firsts };
}

/** How many characters there are from `from` up to a slash: less than a group. */
function decodeEnd(characters: Uint8Array, from: number, bytes: Uint8Array, to: number): number {
  let rest = 0;
  while (bitsOf(FOURTH, characters, from + rest) >= 0) rest += 1;
  if (characters[from + rest] !== SLASH) throw notBase64();
  if (rest === 0) return rest;
  const bits =
    bitsOf(FIRST, characters, from) |
    bitsOf(SECOND, characters, from + 1) |
    (rest > 2 ? bitsOf(THIRD, characters, from + 2) : 0);
  // Six bits alone are no byte; and those that no byte takes are zero.
  const unused = rest > 2 ? bits & 0xff : bits & 0xffff;
  if (rest === 1 || unused !== 0) throw notBase64();
  bytes[to] = bits >> 16;
  if (rest > 2) bytes[to + 1] = bits >> 8;
  return rest;
}

function bitsOf(table: Int32Array, characters: Uint8Array, index: number): number {
  return table[characters[index] as number] as number;
}

function notBase64(): RangeError {
  return new RangeError("a name is not encrypted");
}
