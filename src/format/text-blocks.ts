/**
 * Texts by the thousand in one buffer, laid out for a block cipher: for loops that would otherwise
 * spend their time on making objects, an array or two a text.
 */
import type { ByteString } from "../core/byte-string.ts";

export const BLOCK_BYTES = 16;
const SLASH = 0x2f;

/**
 * Text `n` is the first `lengths[n]` bytes from block `firsts[n]` on, up to block `firsts[n + 1]`.
 * What follows in its last block is zero, and that is at least a byte: see blocksOf().
 */
export type TextBlocks = {
  readonly bytes: Uint8Array;
  /** Bytes. */
  readonly lengths: Uint32Array;
  /** One more than there are texts. */
  readonly firsts: Uint32Array;
};

/** How many a text of so many bytes takes. */
export function blocksOf(lengthBytes: number): number {
  return Math.floor(lengthBytes / BLOCK_BYTES) + 1;
}

/** With room for texts of these lengths, zeroes as yet. */
export function emptyBlocks(lengths: Uint32Array): TextBlocks {
  const firsts = new Uint32Array(lengths.length + 1);
  let blocks = 0;
  for (let which = 0; which < lengths.length; which += 1) {
    blocks += blocksOf(lengths[which] as number);
    firsts[which + 1] = blocks;
  }
  return { bytes: new Uint8Array(blocks * BLOCK_BYTES), lengths, firsts };
}

/** These texts, as bytes. */
export function textBlocks(texts: readonly ByteString[]): TextBlocks {
  const blocks = emptyBlocks(Uint32Array.from(texts, ({ length }) => length));
  const bytes = Buffer.from(blocks.bytes.buffer);
  for (let which = 0; which < texts.length; which += 1) {
    bytes.write(
      texts[which] as ByteString,
      (blocks.firsts[which] as number) * BLOCK_BYTES,
      "latin1",
    );
  }
  return blocks;
}

/** The texts, a slash between each two. */
export function joinedTexts({ bytes, lengths, firsts }: TextBlocks): Uint8Array {
  const joined = new Uint8Array(bytes.length); // in blocks there is a byte more for each
  let to = 0;
  for (let which = 0; which < lengths.length; which += 1) {
    let from = (firsts[which] as number) * BLOCK_BYTES;
    for (const end = from + (lengths[which] as number); from < end; from += 1) {
      joined[to] = bytes[from] as number;
      to += 1;
    }
    joined[to] = SLASH;
    to += 1;
  }
  return joined.subarray(0, Math.max(0, to - 1));
}
