/**
 * Names and checks of bytes. A content id is the SHA-256 of a plaintext; in an encrypted repository
 * it is the HMAC-SHA-256 under its hash key, so that nobody without it can tell which files it
 * holds. Sums are halves of a SHA-256, of bodies CRCs: they find damage, the content id decides.
 * docs/format.md, introduction and §1.1.
 */
import { crc32 } from "node:zlib";
import { contentId, type ContentId } from "../core/ids.ts";

/** Bytes of a sum that finds damage. */
export const SUM_BYTES = 16;

/** The content id of a plaintext that comes in pieces. Of use once: finish() ends it. */
export type ContentHasher = {
  update(piece: Uint8Array): void;
  finish(): ContentId;
};

/** The content id of a plaintext where nothing is encrypted. */
export function contentIdOf(plaintext: Uint8Array): ContentId {
  return contentId(Bun.CryptoHasher.hash("sha256", plaintext, "hex"));
}

/** How a repository names contents. */
export class ContentIds {
  /** Has taken the key in: copying it is faster than giving the key again. */
  readonly #keyed: Bun.CryptoHasher | undefined;

  /** `hashKey`: of an encrypted repository. */
  constructor(hashKey: Uint8Array | undefined) {
    this.#keyed = hashKey === undefined ? undefined : new Bun.CryptoHasher("sha256", hashKey);
  }

  of(plaintext: Uint8Array): ContentId {
    if (this.#keyed === undefined) return contentIdOf(plaintext);
    return contentId(this.#keyed.copy().update(plaintext).digest("hex"));
  }

  hasher(): ContentHasher {
    const hasher = this.#keyed?.copy() ?? new Bun.CryptoHasher("sha256");
    return {
      update: (piece) => void hasher.update(piece),
      finish: () => contentId(hasher.digest("hex")),
    };
  }
}

/** The first half of the SHA-256 of the parts, one after the other: SUM_BYTES. */
export function sumOf(...parts: readonly Uint8Array[]): Uint8Array {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const part of parts) hasher.update(part);
  return finishSum(hasher);
}

/** What a sum is made by. CRC-32 finds what disks and cables do, in an eighth of the time. */
export type SumKind = "sha-256" | "crc-32";

/** The sum of bytes that come in pieces. Of use once: finish() ends it. */
export type SumHasher = {
  update(piece: Uint8Array): void;
  /** SUM_BYTES. */
  finish(): Uint8Array;
};

export function sumHasher(kind: SumKind): SumHasher {
  return kind === "crc-32" ? new CrcHasher() : new ShaHasher();
}

class ShaHasher implements SumHasher {
  readonly #hasher = new Bun.CryptoHasher("sha256");

  update(piece: Uint8Array): void {
    this.#hasher.update(piece);
  }

  finish(): Uint8Array {
    return finishSum(this.#hasher);
  }
}

class CrcHasher implements SumHasher {
  #crc = 0;

  update(piece: Uint8Array): void {
    this.#crc = crc32(piece, this.#crc);
  }

  /** Four bytes, little-endian, then zeroes. */
  finish(): Uint8Array {
    const sum = new Uint8Array(SUM_BYTES);
    new DataView(sum.buffer).setUint32(0, this.#crc, true);
    return sum;
  }
}

/** Throws RangeError, saying that `what` is not what was written, unless the sums are equal. */
export function checkSum(found: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(found, expected) !== 0) throw new RangeError(`${what} has a wrong checksum`);
}

function finishSum(hasher: Bun.CryptoHasher): Uint8Array {
  return new Uint8Array(hasher.digest().buffer, 0, SUM_BYTES);
}
