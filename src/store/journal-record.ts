/**
 * One record of the journal, chained to what lies before it, and the header they all start from.
 *
 *     header   "TARDISJL", version u16 = 1, 6 bytes zero
 *     record   length u32, check u32, payload, sum 16 bytes
 *
 *     sum    first half of SHA-256 (the 16 bytes before the record ‖ length ‖ payload)
 *     check  first 4 bytes of SHA-256 (the 16 bytes before the record ‖ length)
 *
 * Every record follows 16 bytes that stand for all before it: the header, or a record's sum. What
 * is cut out, reordered or altered shows. The check tells a record that a crash cut off from one
 * whose length is damaged. docs/format.md §3.
 */

export const JOURNAL_VERSION = 1;
export const SUM_BYTES = 16;
/** As long as a sum: the first record follows the header as any other follows a sum. */
export const HEADER_BYTES = 16;
/** Length and check, before the payload. */
export const PREFIX_BYTES = 8;
/** Of a record, besides its payload. */
export const OVERHEAD_BYTES = PREFIX_BYTES + SUM_BYTES;

const MAGIC = new TextEncoder().encode("TARDISJL");
const LENGTH_BYTES = 4;

export function encodeJournalHeader(): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  new DataView(header.buffer).setUint16(MAGIC.length, JOURNAL_VERSION, true);
  return header;
}

/** The version a header tells; undefined when it is no journal's. */
export function journalVersionOf(header: Uint8Array): number | undefined {
  const magic = header.subarray(0, MAGIC.length);
  if (header.length < HEADER_BYTES || Buffer.compare(magic, MAGIC) !== 0) return undefined;
  return new DataView(header.buffer, header.byteOffset).getUint16(MAGIC.length, true);
}

/** The record that follows the 16 bytes `previous`; its own sum are its last 16. A new buffer. */
export function encodeRecord(previous: Uint8Array, payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(OVERHEAD_BYTES + payload.length);
  new DataView(record.buffer).setUint32(0, payload.length, true);
  const length = record.subarray(0, LENGTH_BYTES);
  record.set(checkOf(previous, length), LENGTH_BYTES);
  record.set(payload, PREFIX_BYTES);
  record.set(sumOf(previous, length, payload), PREFIX_BYTES + payload.length);
  return record;
}

/** Bytes of the payload, from a prefix; undefined when the prefix is not what was written. */
export function payloadBytesOf(previous: Uint8Array, prefix: Uint8Array): number | undefined {
  const length = prefix.subarray(0, LENGTH_BYTES);
  const check = prefix.subarray(LENGTH_BYTES, PREFIX_BYTES);
  if (Buffer.compare(checkOf(previous, length), check) !== 0) return undefined;
  return new DataView(prefix.buffer, prefix.byteOffset).getUint32(0, true);
}

/** Whether a whole record, prefix and sum included, is what was written behind `previous`. */
export function isWholeRecord(previous: Uint8Array, record: Uint8Array): boolean {
  const length = record.subarray(0, LENGTH_BYTES);
  const payload = record.subarray(PREFIX_BYTES, -SUM_BYTES);
  return Buffer.compare(sumOf(previous, length, payload), record.subarray(-SUM_BYTES)) === 0;
}

function checkOf(previous: Uint8Array, length: Uint8Array): Uint8Array {
  return sumOf(previous, length).subarray(0, PREFIX_BYTES - LENGTH_BYTES);
}

function sumOf(...parts: readonly Uint8Array[]): Uint8Array {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const part of parts) hasher.update(part);
  return hasher.digest().subarray(0, SUM_BYTES);
}
