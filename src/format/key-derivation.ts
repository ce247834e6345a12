/** Keys made from keys: HKDF-SHA-256, RFC 5869. docs/format.md §7.2. */
import { hkdfSync } from "node:crypto";

const NO_SALT = new Uint8Array(0);

/** `bytes` of key for that purpose and no other. */
export function deriveKey(
  secret: Uint8Array,
  purpose: string,
  { bytes = 32, salt = NO_SALT }: { readonly bytes?: number; readonly salt?: Uint8Array } = {},
): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, salt, purpose, bytes));
}
