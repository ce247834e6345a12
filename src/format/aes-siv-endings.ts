/**
 * What AES-SIV (aes-siv.ts) does to the end of a text before its MAC is made, as words to be added
 * to blocks: one table for each way in which a text can end in a block, made once for a key.
 */
import { BLOCK_BYTES } from "./text-blocks.ts";

/** A block as 32-bit words: what is done to words here is the same in either byte order. */
export const BLOCK_WORDS = 4;
const PADDING_MARK = 0x80;

/** Blocks of 16 bytes. */
export type EndingParts = {
  /** CMAC's keys of a last block (RFC 4493 §2.4): one that is whole, and one that was padded. */
  readonly wholeKey: Uint8Array;
  readonly paddedKey: Uint8Array;
  /** S2V up to the plaintext, D in RFC 5297 §2.4; and that doubled. */
  readonly prefix: Uint8Array;
  readonly doubledPrefix: Uint8Array;
};

/** By a text's length modulo a block's. */
export type Endings = {
  /** To be added to the only block of a text that is shorter than one: 4 words each. */
  readonly short: Int32Array;
  /** To the last two blocks of another, up to the one in which its last byte is: 8 words each. */
  readonly long: Int32Array;
};

/** Of the last block of a text, by its length modulo a block's: 4 words each. */
export const TEXT_MASKS = byRest(1, (block, rest) => block.fill(0xff, 0, rest));

export function endingsOf(parts: EndingParts): Endings {
  const { wholeKey, paddedKey, prefix, doubledPrefix } = parts;
  // S2V pads a short text, and so it is a whole block to CMAC.
  const short = byRest(1, (block, rest) => {
    block[rest] = PADDING_MARK;
    add(block, 0, doubledPrefix);
    add(block, 0, wholeKey);
  });
  // Of others D is added to the last 16 bytes, wherever blocks begin.
  const long = byRest(2, (blocks, rest) => {
    const isWhole = rest === 0;
    if (!isWhole) blocks[BLOCK_BYTES + rest] = PADDING_MARK;
    add(blocks, isWhole ? BLOCK_BYTES : rest, prefix);
    add(blocks, BLOCK_BYTES, isWhole ? wholeKey : paddedKey);
  });
  return { short, long };
}

function byRest(blocks: number, set: (bytes: Uint8Array, rest: number) => void): Int32Array {
  const bytes = new Uint8Array(BLOCK_BYTES * BLOCK_BYTES * blocks);
  const size = BLOCK_BYTES * blocks;
  for (let rest = 0; rest < BLOCK_BYTES; rest += 1)
    set(bytes.subarray(rest * size, (rest + 1) * size), rest);
  return new Int32Array(bytes.buffer);
}

function add(bytes: Uint8Array, start: number, block: Uint8Array): void {
  for (const [index, byte] of block.entries())
    bytes[start + index] = (bytes[start + index] ?? 0) ^ byte;
}
