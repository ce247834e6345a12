/**
 * Short secrets on their own, like a command line: AES-256-GCM under a key made for this one text
 * from a random salt. Two boxes of the same text have nothing in common. docs/format.md §7.4.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { deriveKey } from "./key-derivation.ts";

const SALT_BYTES = 32;
const TAG_BYTES = 16;
/** Good for one text only, which a salt of its own makes it. */
const NONCE = new Uint8Array(12);

/** `purpose`: what the text is; a box is of no other. A new buffer. */
export function sealBox(key: Uint8Array, purpose: string, text: Uint8Array): Uint8Array {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const cipher = createCipheriv("aes-256-gcm", boxKey(key, purpose, salt), NONCE);
  const sealed = cipher.update(text);
  cipher.final();
  return new Uint8Array(Buffer.concat([salt, sealed, cipher.getAuthTag()]));
}

/** Throws RangeError unless sealBox() made it with this key and for this purpose. */
export function openBox(key: Uint8Array, purpose: string, box: Uint8Array): Uint8Array {
  if (box.length < SALT_BYTES + TAG_BYTES) throw new RangeError(`a box of ${purpose} is cut off`);
  const salt = box.subarray(0, SALT_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", boxKey(key, purpose, salt), NONCE);
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  const text = decipher.update(box.subarray(SALT_BYTES, box.length - TAG_BYTES));
  try {
    decipher.final();
  } catch (cause) {
    throw new RangeError(`a box of ${purpose} is forged`, { cause });
  }
  return new Uint8Array(text);
}

function boxKey(key: Uint8Array, purpose: string, salt: Uint8Array): Uint8Array {
  return deriveKey(key, `tardis box 1 ${purpose}`, { salt });
}
