/**
 * AES-SIV, RFC 5297: encryption that gives equal plaintexts equal ciphertexts, so that names can be
 * looked up, and that shows every change. Made for short texts by the hundred thousand: two native
 * ciphers are kept open, and nothing is set up for a single text.
 */
import { type Cipheriv, createCipheriv } from "node:crypto";

const BLOCK_BYTES = 16;
/** Of the synthetic nonce, which stands before the ciphertext. */
const SIV_BYTES = 16;
/** Halves of a key, each of AES-128 or AES-256: RFC 5297 §2.2. */
const CIPHERS: Readonly<Record<number, string>> = { 16: "aes-128-ecb", 32: "aes-256-ecb" };

export class AesSiv {
  readonly #mac: Cmac;
  readonly #counter: Cipheriv;
  /** By the associated data: S2V up to the plaintext. */
  readonly #prefixes = new Map<Uint8Array, Uint8Array>();

  /** `key` has 32 or 64 bytes. Throws RangeError. */
  constructor(key: Uint8Array) {
    const half = key.length / 2;
    this.#mac = new Cmac(key.subarray(0, half));
    this.#counter = blockCipher(key.subarray(half));
  }

  /**
   * Synthetic nonce and ciphertext, a new buffer. `purpose` is the only associated data; it is
   * known by its object, which must not be changed.
   */
  seal(plaintext: Uint8Array, purpose: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(SIV_BYTES + plaintext.length);
    sealed.set(this.#syntheticNonce(plaintext, purpose));
    this.#mask(sealed.subarray(0, SIV_BYTES), plaintext, sealed.subarray(SIV_BYTES));
    return sealed;
  }

  /** The plaintext, a new buffer. Throws RangeError unless seal() made it with this key. */
  open(sealed: Uint8Array, purpose: Uint8Array): Uint8Array {
    if (sealed.length < SIV_BYTES) throw notAuthentic();
    const nonce = sealed.subarray(0, SIV_BYTES);
    const plaintext = new Uint8Array(sealed.length - SIV_BYTES);
    this.#mask(nonce, sealed.subarray(SIV_BYTES), plaintext);
    const expected = this.#syntheticNonce(plaintext, purpose);
    let difference = 0;
    for (let index = 0; index < SIV_BYTES; index += 1) {
      difference |= at(nonce, index) ^ at(expected, index);
    }
    if (difference !== 0) throw notAuthentic();
    return plaintext;
  }

  /**
   * open() of many at once: the native cipher is called a few times for all of them, which takes a
   * part of the time. Throws RangeError if one of them is not authentic.
   */
  openMany(sealed: readonly Uint8Array[], purpose: Uint8Array): readonly Uint8Array[] {
    if (sealed.some(({ length }) => length < SIV_BYTES)) throw notAuthentic();
    const plaintexts = this.#unmaskMany(sealed);
    const macs = this.#mac.ofMany(plaintexts.map((text) => this.#toAuthenticate(text, purpose)));
    let difference = 0;
    for (let which = 0; which < sealed.length; which += 1) {
      const nonce = sealed[which] as Uint8Array;
      const start = which * SIV_BYTES;
      for (let index = 0; index < SIV_BYTES; index += 1)
        difference |= at(nonce, index) ^ at(macs, start + index);
    }
    if (difference !== 0) throw notAuthentic();
    return plaintexts;
  }

  #unmaskMany(sealed: readonly Uint8Array[]): readonly Uint8Array[] {
    let blocks = 0;
    for (const { length } of sealed) blocks += Math.ceil((length - SIV_BYTES) / BLOCK_BYTES);
    const counters = new Uint8Array(blocks * BLOCK_BYTES);
    let end = 0;
    for (const text of sealed)
      for (let done = SIV_BYTES; done < text.length; done += BLOCK_BYTES) {
        for (let index = 0; index < BLOCK_BYTES; index += 1)
          counters[end + index] = at(text, index);
        clearCounter(counters, end, (done - SIV_BYTES) / BLOCK_BYTES);
        end += BLOCK_BYTES;
      }
    const stream = blocks === 0 ? counters : this.#counter.update(counters);
    let start = 0;
    return sealed.map((text) => {
      const length = text.length - SIV_BYTES;
      const plaintext = new Uint8Array(length);
      for (let index = 0; index < length; index += 1)
        plaintext[index] = at(text, SIV_BYTES + index) ^ at(stream, start + index);
      start += Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
      return plaintext;
    });
  }

  /** S2V, RFC 5297 §2.4. */
  #syntheticNonce(plaintext: Uint8Array, purpose: Uint8Array): Uint8Array {
    return this.#mac.of(this.#toAuthenticate(plaintext, purpose));
  }

  /** What the last MAC of S2V is made of. */
  #toAuthenticate(plaintext: Uint8Array, purpose: Uint8Array): Uint8Array {
    const prefix = this.#prefixOf(purpose);
    const start = plaintext.length - BLOCK_BYTES;
    if (start >= 0) {
      const ended = new Uint8Array(plaintext); // slice() of a Buffer would be a view
      for (let index = 0; index < BLOCK_BYTES; index += 1) {
        ended[start + index] = at(ended, start + index) ^ at(prefix, index);
      }
      return ended;
    }
    const padded = doubled(prefix);
    xorInto(padded, plaintext);
    padded[plaintext.length] = at(padded, plaintext.length) ^ 0x80;
    return padded;
  }

  #prefixOf(purpose: Uint8Array): Uint8Array {
    const known = this.#prefixes.get(purpose);
    if (known !== undefined) return known;
    const prefix = doubled(this.#mac.of(new Uint8Array(BLOCK_BYTES)));
    xorInto(prefix, this.#mac.of(purpose));
    this.#prefixes.set(purpose, prefix);
    return prefix;
  }

  /** CTR mode from the nonce on, with the two bits cleared that make its counter cheap. */
  #mask(nonce: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    const counters = new Uint8Array(Math.ceil(input.length / BLOCK_BYTES) * BLOCK_BYTES);
    if (counters.length === 0) return;
    for (let start = 0; start < counters.length; start += BLOCK_BYTES) {
      counters.set(nonce, start);
      clearCounter(counters, start, start / BLOCK_BYTES);
    }
    const stream = this.#counter.update(counters);
    for (let index = 0; index < input.length; index += 1) {
      output[index] = at(input, index) ^ at(stream, index);
    }
  }
}

/** AES-CMAC, RFC 4493. */
class Cmac {
  readonly #cipher: Cipheriv;
  readonly #wholeKey: Uint8Array;
  readonly #paddedKey: Uint8Array;

  constructor(key: Uint8Array) {
    this.#cipher = blockCipher(key);
    this.#wholeKey = doubled(this.#cipher.update(new Uint8Array(BLOCK_BYTES)));
    this.#paddedKey = doubled(this.#wholeKey);
  }

  of(message: Uint8Array): Uint8Array {
    const lastStart = Math.max(0, Math.ceil(message.length / BLOCK_BYTES) - 1) * BLOCK_BYTES;
    let state: Uint8Array = new Uint8Array(BLOCK_BYTES);
    for (let start = 0; start < lastStart; start += BLOCK_BYTES) {
      for (let index = 0; index < BLOCK_BYTES; index += 1) {
        state[index] = at(state, index) ^ at(message, start + index);
      }
      state = this.#cipher.update(state); // a buffer of its own
    }
    const lastBytes = message.length - lastStart;
    const key = lastBytes === BLOCK_BYTES ? this.#wholeKey : this.#paddedKey;
    for (let index = 0; index < BLOCK_BYTES; index += 1) {
      const byte = index < lastBytes ? at(message, lastStart + index) : 0;
      state[index] = at(state, index) ^ at(key, index) ^ byte;
    }
    if (lastBytes < BLOCK_BYTES) state[lastBytes] = at(state, lastBytes) ^ 0x80;
    return this.#cipher.update(state);
  }

  /** The MACs of all, one after the other: of each its next block, encrypted together. */
  ofMany(messages: readonly Uint8Array[]): Uint8Array {
    const macs = new Uint8Array(messages.length * BLOCK_BYTES);
    let active = messages.map((_message, index) => index);
    for (let start = 0; active.length > 0; start += BLOCK_BYTES) {
      const blocks = new Uint8Array(active.length * BLOCK_BYTES);
      let offset = 0;
      for (const which of active) {
        const message = messages[which] as Uint8Array;
        for (let index = 0; index < BLOCK_BYTES; index += 1) {
          const byte = start + index < message.length ? at(message, start + index) : 0;
          blocks[offset + index] = at(macs, which * BLOCK_BYTES + index) ^ byte;
        }
        this.#endBlock(blocks, offset, message.length - start);
        offset += BLOCK_BYTES;
      }
      const encrypted = this.#cipher.update(blocks);
      offset = 0;
      for (const which of active) {
        for (let index = 0; index < BLOCK_BYTES; index += 1)
          macs[which * BLOCK_BYTES + index] = at(encrypted, offset + index);
        offset += BLOCK_BYTES;
      }
      const end = start + BLOCK_BYTES;
      active = active.filter((which) => (messages[which] as Uint8Array).length > end);
    }
    return macs;
  }

  /** The last block of a message, of which so many bytes are left, is marked as such. */
  #endBlock(blocks: Uint8Array, offset: number, left: number): void {
    if (left > BLOCK_BYTES) return;
    const key = left === BLOCK_BYTES ? this.#wholeKey : this.#paddedKey;
    for (let index = 0; index < BLOCK_BYTES; index += 1)
      blocks[offset + index] = at(blocks, offset + index) ^ at(key, index);
    if (left < BLOCK_BYTES) blocks[offset + left] = at(blocks, offset + left) ^ 0x80;
  }
}

/** Of the nonce at `start`, the two bits that make its counter cheap; then it counts. */
function clearCounter(counters: Uint8Array, start: number, count: number): void {
  counters[start + 8] = at(counters, start + 8) & 0x7f;
  counters[start + 12] = at(counters, start + 12) & 0x7f;
  // 31 bits were cleared above, so texts of this length never carry beyond the last word.
  let carry = count;
  for (let index = start + 15; carry > 0; index -= 1) {
    carry += at(counters, index);
    counters[index] = carry & 0xff;
    carry >>>= 8;
  }
}

/** One block at a time, each for itself: what the modes above are made of. */
function blockCipher(key: Uint8Array): Cipheriv {
  const name = CIPHERS[key.length];
  if (name === undefined)
    throw new RangeError(`an AES-SIV key cannot have ${key.length * 2} bytes`);
  return createCipheriv(name, key, null).setAutoPadding(false);
}

/** Times x in the field of 2^128: RFC 4493 §2.3. A new buffer. */
function doubled(block: Uint8Array): Uint8Array {
  const result = new Uint8Array(BLOCK_BYTES);
  let carry = 0;
  for (let index = BLOCK_BYTES - 1; index >= 0; index -= 1) {
    const byte = at(block, index);
    result[index] = (byte << 1) | carry;
    carry = byte >> 7;
  }
  result[BLOCK_BYTES - 1] = at(result, BLOCK_BYTES - 1) ^ (carry * 0x87);
  return result;
}

function xorInto(target: Uint8Array, bytes: Uint8Array): void {
  for (let index = 0; index < bytes.length; index += 1) {
    target[index] = at(target, index) ^ at(bytes, index);
  }
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function notAuthentic(): RangeError {
  return new RangeError("what is encrypted is not authentic");
}
