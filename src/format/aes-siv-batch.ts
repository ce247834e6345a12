/**
 * Seals and opens texts of AES-SIV (aes-siv.ts) by the thousand. They lie side by side in blocks,
 * so that the native cipher is called once for all keystreams, and once for all first blocks of the
 * MACs, all second ones and so on: a few calls, however many texts there are. The rest is done word
 * by word. Signed words, for those beyond 2^31 would be floating-point numbers to the runtime.
 */
import { BLOCK_WORDS, type Endings, TEXT_MASKS } from "./aes-siv-endings.ts";
import { BLOCK_BYTES, type TextBlocks, emptyBlocks } from "./text-blocks.ts";

/** Of the synthetic nonce, which stands before the ciphertext: a block. */
const SIV_BYTES = BLOCK_BYTES;
/** RFC 5297 §2.5 clears a bit in each of the last two words of the nonce, before it counts. */
const COUNTER_MASK = wordsOf(Uint8Array.of(0x7f, 0xff, 0xff, 0xff))[0] as number;

/** What the key of an AesSiv has become. */
export type SivCiphers = {
  /** Each block for itself, under one half of the key and the other. What they return is new. */
  readonly encryptForMac: (blocks: Uint8Array) => Uint8Array;
  readonly encryptCounters: (blocks: Uint8Array) => Uint8Array;
  readonly endings: Endings;
};

/** Of each text its synthetic nonce, in a block of its own, and the ciphertext. */
export function sealBlocks(ciphers: SivCiphers, texts: TextBlocks): TextBlocks {
  const sealed = emptyBlocks(texts.lengths.map((length) => length + SIV_BYTES));
  const words = wordsOf(sealed.bytes);
  const nonces = macs(ciphers, texts);
  for (let which = 0; which < texts.lengths.length; which += 1) {
    const to = numberAt(sealed.firsts, which) * BLOCK_WORDS;
    for (let word = 0; word < BLOCK_WORDS; word += 1) {
      words[to + word] = wordAt(nonces, which * BLOCK_WORDS + word);
    }
  }
  mask(ciphers, texts, { nonces: sealed, from: texts, to: sealed });
  return sealed;
}

/** undefined: one of them, or more, is not authentic. */
export function openBlocks(ciphers: SivCiphers, sealed: TextBlocks): TextBlocks | undefined {
  if (sealed.lengths.some((length) => length < SIV_BYTES)) return undefined;
  const opened = decrypted(ciphers, sealed);
  return isEachNonce(macs(ciphers, opened), sealed) ? opened : undefined;
}

/** Of each text, the block of the nonce is gone. */
function decrypted(ciphers: SivCiphers, sealed: TextBlocks): TextBlocks {
  const opened = emptyBlocks(sealed.lengths.map((length) => length - SIV_BYTES));
  mask(ciphers, opened, { nonces: sealed, from: sealed, to: opened });
  return opened;
}

/** Adds the keystream to the texts in `from`, which become those in `to`, of `plain`'s lengths. */
function mask(
  ciphers: SivCiphers,
  plain: TextBlocks,
  { nonces, from, to }: Readonly<Record<"nonces" | "from" | "to", TextBlocks>>,
): void {
  const stream = wordsOf(
    ciphers.encryptCounters(counters(wordsOf(nonces.bytes), nonces.firsts, plain)),
  );
  const source = wordsOf(from.bytes);
  const target = wordsOf(to.bytes);
  const { lengths, firsts } = plain;
  for (let which = 0; which < lengths.length; which += 1) {
    let at = numberAt(firsts, which) * BLOCK_WORDS;
    const last = numberAt(firsts, which + 1) * BLOCK_WORDS - BLOCK_WORDS;
    const toSource = textWord(from, plain, which) - at;
    const toTarget = textWord(to, plain, which) - at;
    for (; at < last; at += 1) {
      target[at + toTarget] = wordAt(stream, at) ^ wordAt(source, at + toSource);
    }
    const ending = (numberAt(lengths, which) % BLOCK_BYTES) * BLOCK_WORDS;
    for (let word = 0; word < BLOCK_WORDS; word += 1, at += 1) {
      const masked = wordAt(stream, at) ^ wordAt(source, at + toSource);
      target[at + toTarget] = masked & wordAt(TEXT_MASKS, ending + word);
    }
  }
}

/** Where a text begins, after its nonce if `texts` have nonces. */
function textWord(texts: TextBlocks, plain: TextBlocks, which: number): number {
  const first = numberAt(texts.firsts, which);
  return (texts === plain ? first : first + 1) * BLOCK_WORDS;
}

/** For CTR mode over `plain`, from each text's nonce in `sealed` on. */
function counters(sealed: Int32Array, firsts: Uint32Array, plain: TextBlocks): Uint8Array {
  const bytes = new Uint8Array(plain.bytes.length);
  const words = wordsOf(bytes);
  for (let which = 0; which < plain.lengths.length; which += 1) {
    const nonce = numberAt(firsts, which) * BLOCK_WORDS;
    const first = numberAt(plain.firsts, which);
    const end = numberAt(plain.firsts, which + 1);
    for (let block = first; block < end; block += 1) {
      const to = block * BLOCK_WORDS;
      words[to] = wordAt(sealed, nonce);
      words[to + 1] = wordAt(sealed, nonce + 1);
      words[to + 2] = wordAt(sealed, nonce + 2) & COUNTER_MASK;
      words[to + 3] = wordAt(sealed, nonce + 3) & COUNTER_MASK;
      addToCounter(bytes, block * BLOCK_BYTES, block - first);
    }
  }
  return bytes;
}

/** To the counter in the block at `start`, of which the bits above are cleared. */
export function addToCounter(bytes: Uint8Array, start: number, count: number): void {
  let carry = count; // it stays in the last word, for its first bit was cleared
  for (let index = start + BLOCK_BYTES - 1; carry > 0; index -= 1) {
    carry += bytes[index] as number;
    bytes[index] = carry & 0xff;
    carry >>>= 8;
  }
}

/** S2V of each text, one after the other: CBC over its blocks. */
function macs(ciphers: SivCiphers, texts: TextBlocks): Int32Array {
  const { lengths, firsts } = texts;
  const words = endedForMac(ciphers.endings, texts);
  const states = new Int32Array(lengths.length * BLOCK_WORDS);
  // Of all texts the first block, of those that have one the second …
  let active = Uint32Array.from(lengths.keys());
  for (let round = 0; active.length > 0; round += 1) {
    const inputs = new Int32Array(active.length * BLOCK_WORDS);
    for (let index = 0; index < active.length; index += 1) {
      const which = numberAt(active, index);
      const to = index * BLOCK_WORDS;
      const state = which * BLOCK_WORDS;
      const from = (numberAt(firsts, which) + round) * BLOCK_WORDS;
      inputs[to] = wordAt(states, state) ^ wordAt(words, from);
      inputs[to + 1] = wordAt(states, state + 1) ^ wordAt(words, from + 1);
      inputs[to + 2] = wordAt(states, state + 2) ^ wordAt(words, from + 2);
      inputs[to + 3] = wordAt(states, state + 3) ^ wordAt(words, from + 3);
    }
    const outputs = wordsOf(ciphers.encryptForMac(new Uint8Array(inputs.buffer)));
    const doneBytes = (round + 1) * BLOCK_BYTES;
    let left = 0;
    for (let index = 0; index < active.length; index += 1) {
      const which = numberAt(active, index);
      const from = index * BLOCK_WORDS;
      const state = which * BLOCK_WORDS;
      states[state] = wordAt(outputs, from);
      states[state + 1] = wordAt(outputs, from + 1);
      states[state + 2] = wordAt(outputs, from + 2);
      states[state + 3] = wordAt(outputs, from + 3);
      if (numberAt(lengths, which) <= doneBytes) continue;
      active[left] = which;
      left += 1;
    }
    active = active.subarray(0, left);
  }
  return states;
}

/** A copy, in which each text ends as the MAC wants it. */
function endedForMac({ short, long }: Endings, texts: TextBlocks): Int32Array {
  const { lengths, firsts } = texts;
  const words = wordsOf(texts.bytes.slice());
  for (let which = 0; which < lengths.length; which += 1) {
    const length = numberAt(lengths, which);
    const rest = length % BLOCK_BYTES;
    const first = numberAt(firsts, which);
    if (length < BLOCK_BYTES) {
      addWords(words, first * BLOCK_WORDS, short, rest * BLOCK_WORDS);
      continue;
    }
    const last = first + Math.ceil(length / BLOCK_BYTES) - 1;
    const ending = rest * 2 * BLOCK_WORDS;
    // A text of one block has none before; then there is nothing to be added to it either.
    if (last > first) addWords(words, (last - 1) * BLOCK_WORDS, long, ending);
    addWords(words, last * BLOCK_WORDS, long, ending + BLOCK_WORDS);
  }
  return words;
}

function addWords(words: Int32Array, to: number, added: Int32Array, from: number): void {
  words[to] = wordAt(words, to) ^ wordAt(added, from);
  words[to + 1] = wordAt(words, to + 1) ^ wordAt(added, from + 1);
  words[to + 2] = wordAt(words, to + 2) ^ wordAt(added, from + 2);
  words[to + 3] = wordAt(words, to + 3) ^ wordAt(added, from + 3);
}

function isEachNonce(found: Int32Array, { bytes, firsts }: TextBlocks): boolean {
  const sealed = wordsOf(bytes);
  let difference = 0;
  for (let which = 0; which + 1 < firsts.length; which += 1) {
    const nonce = numberAt(firsts, which) * BLOCK_WORDS;
    for (let word = 0; word < BLOCK_WORDS; word += 1)
      difference |= wordAt(found, which * BLOCK_WORDS + word) ^ wordAt(sealed, nonce + word);
  }
  return difference === 0;
}

/** The same memory, unless a native buffer begins where no word can. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const isAligned = bytes.byteOffset % Int32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, length } = isAligned ? bytes : new Uint8Array(bytes);
  return new Int32Array(buffer, byteOffset, length / Int32Array.BYTES_PER_ELEMENT);
}

// One for each kind of array: one for all of them takes three times as long.
function wordAt(words: Int32Array, index: number): number {
  return words[index] as number;
}

function numberAt(numbers: Uint32Array, index: number): number {
  return numbers[index] as number;
}
