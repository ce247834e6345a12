/**
 * Reads what is encrypted by docs/format.md §7 with @noble alone, and nothing of src/: slow, and
 * proof that the document is enough and that the native ciphers do what it says.
 */
import { aessiv, gcm } from "@noble/ciphers/aes.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

const PIECE = 65536;
const TAG = 16;
const encoder = new TextEncoder();

type KeysFile = {
  repository: string;
  keys: { memoryKib: number; passes: number; salt: string; nonce: string; keys: string };
};

export class IndependentCrypto {
  readonly #content: Uint8Array;
  readonly #name: Uint8Array;
  readonly #hash: Uint8Array;
  readonly #auth: Uint8Array;

  /** The four secrets, in the order of §7.1. */
  constructor(secrets: Uint8Array) {
    this.#content = secrets.slice(0, 32);
    this.#name = secrets.slice(32, 64);
    this.#hash = secrets.slice(64, 96);
    this.#auth = secrets.slice(96, 128);
  }

  /** §7.1 */
  static open(keysFile: string, password: string): IndependentCrypto {
    const { repository, keys } = JSON.parse(keysFile) as KeysFile;
    const { memoryKib, passes } = keys;
    const salt = Uint8Array.fromBase64(keys.salt);
    const key = argon2id(password, salt, { m: memoryKib, t: passes, p: 1, dkLen: 32 });
    const about = encoder.encode(`tardis keys 1 ${repository} argon2id ${memoryKib} ${passes} 1`);
    const cipher = gcm(key, Uint8Array.fromBase64(keys.nonce), about);
    return new IndependentCrypto(cipher.decrypt(Uint8Array.fromBase64(keys.keys)));
  }

  /** §7.2 */
  idOf(content: Uint8Array): Uint8Array {
    return hmac(sha256, this.#hash, content);
  }

  /** §7.3: the plaintext of a body. */
  body(head: { header: Uint8Array; bodyBytes: number }, stored: Uint8Array): Uint8Array {
    const { header, bodyBytes } = head;
    const salt = header.slice(20, 52);
    const keys = hkdf(sha256, this.#content, salt, encoder.encode("tardis parcel 1"), 64);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(bodyBytes), true);
    const bound = Buffer.concat([header.slice(0, 52), header.slice(68), length]);
    const tag = hmac(sha256, keys.slice(32), bound).slice(0, TAG);
    if (!Buffer.from(tag).equals(header.slice(52, 68))) throw new Error("a head is forged");
    const count = Math.ceil(stored.length / (PIECE + TAG));
    const pieces = Array.from({ length: count }, (_, index) => {
      const nonce = new Uint8Array(12);
      new DataView(nonce.buffer).setUint32(7, index);
      nonce[11] = index === count - 1 ? 1 : 0;
      const start = index * (PIECE + TAG);
      return gcm(keys.slice(0, 32), nonce).decrypt(stored.slice(start, start + PIECE + TAG));
    });
    return Buffer.concat(pieces);
  }

  /** §7.4 */
  name(stored: string): string {
    const key = hkdf(sha256, this.#name, undefined, encoder.encode("tardis names 1"), 64);
    const sealed = Buffer.from(stored, "base64url");
    const opened = aessiv(key, encoder.encode("file")).decrypt(new Uint8Array(sealed));
    return Buffer.from(opened).toString("latin1");
  }

  path(stored: string): string {
    const names = stored.split("/").slice(1);
    return names.map((name) => `/${this.name(name)}`).join("");
  }

  /** §7.4: a command line, a configuration. */
  box(purpose: string, box: Uint8Array): Uint8Array {
    const info = encoder.encode(`tardis box 1 ${purpose}`);
    const key = hkdf(sha256, this.#content, box.slice(0, 32), info, 32);
    return gcm(key, new Uint8Array(12)).decrypt(box.slice(32));
  }

  /** §7.5 */
  mac(...parts: readonly (string | Uint8Array)[]): Uint8Array {
    return hmac(sha256, this.#auth, Buffer.concat(parts.map((part) => Buffer.from(part))));
  }
}
