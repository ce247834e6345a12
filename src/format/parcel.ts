/**
 * The head of a parcel: one record of a pack, which holds contents that are compressed together.
 *
 *     prelude  32 bytes  magic, lengths of header and body, sum over itself and the header
 *     header             how the body is coded, its sum, and what it holds
 *     body               solid-parcel.ts, delta-parcel.ts
 *
 * A scan needs no more than the preludes to go through a pack. docs/format.md §1.1.
 */
import { contentIdOfBytes, CONTENT_ID_BYTES, type ContentId } from "../core/ids.ts";
import { PARCEL_MEMBERS_MAX, SEGMENT_BYTES } from "../core/limits.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { checkSum, SUM_BYTES, type SumKind, sumOf } from "./checksum.ts";
import { VARINT_BYTES_MAX } from "./varint.ts";

export const PRELUDE_BYTES = 32;
/** The largest segment a reader accepts, which bounds what it allocates. */
const SEGMENT_LOG_MAX = 24;

const MAGIC = 0x4c435250; // "PRCL" when the disk is read
const CHECKED_BYTES = PRELUDE_BYTES - SUM_BYTES;
/** What is written. Of version 1 plain bodies have another sum; all else is the same. */
const VERSION = 2;
const CIPHER_NONE = 0;
/** parcel-cipher.ts */
export const CIPHER_AES_GCM = 1;
const SALT_BYTES = 32;
const TAG_BYTES = 16;
/** What the head of an encrypted parcel has besides: salt and tag. */
export const SEALING_BYTES = SALT_BYTES + TAG_BYTES;
const NO_SUM = new Uint8Array(SUM_BYTES);
const CODINGS = ["solid", "delta"] as const;
/** Of a header, before the number of its members. */
const HEADER_FIXED_BYTES = 4 + SUM_BYTES;
const MEMBER_BYTES_MAX = 2 * (CONTENT_ID_BYTES + VARINT_BYTES_MAX);
const HEADER_BYTES_MAX =
  HEADER_FIXED_BYTES + SEALING_BYTES + VARINT_BYTES_MAX + PARCEL_MEMBERS_MAX * MEMBER_BYTES_MAX;

export type Coding = (typeof CODINGS)[number];

export type HeadMember = {
  readonly content: ContentId;
  /** Of its plaintext. */
  readonly sizeBytes: number;
  /** Of a delta: what it applies to. */
  readonly basis: ContentId | undefined;
  /** Bytes [start, end): solid, of the plaintexts in order; delta, of the body. */
  readonly start: number;
  readonly end: number;
};

/** What of the head tells how the body is decrypted, and that it is this head's. */
export type Sealing = {
  readonly salt: Uint8Array;
  readonly tag: Uint8Array;
  /** All of the header, as stored. */
  readonly header: Uint8Array;
};

export type ParcelHead = {
  /** Prelude and header: where the body begins. */
  readonly headBytes: number;
  readonly bodyBytes: number;
  readonly coding: Coding;
  /** undefined: it is not encrypted. */
  readonly sealing: Sealing | undefined;
  /** Plaintext bytes of a segment; of a delta parcel 1. */
  readonly segmentBytes: number;
  /** Of the body as stored. */
  readonly bodySum: Uint8Array;
  readonly sumKind: SumKind;
  readonly members: readonly HeadMember[];
};

export type Prelude = { readonly headBytes: number; readonly bodyBytes: number };

/** Bytes of the head of a parcel with one member, enough for whatever its sizes turn out to be. */
export const RESERVED_HEAD_BYTES = PRELUDE_BYTES + HEADER_FIXED_BYTES + 1 + MEMBER_BYTES_MAX;

/** A member before its place is known. `storedBytes`: of its delta. */
export type NewMember = {
  readonly content: ContentId;
  readonly sizeBytes: number;
  readonly delta: { readonly basis: ContentId; readonly storedBytes: number } | undefined;
};

export type NewHead = {
  readonly coding: Coding;
  readonly segmentLog: number;
  readonly bodySum: Uint8Array;
  readonly bodyBytes: number;
  readonly members: readonly NewMember[];
};

/** A head as long as there is no body: what was written of that tells the rest. */
export type HeadOfBody = Omit<NewHead, "bodySum" | "bodyBytes">;

/** Prelude and header, padded to `headBytes` when given. */
export function encodeHead(head: NewHead, headBytes?: number): Uint8Array {
  const header = encodeHeader(head);
  if (headBytes !== undefined) header.zeroes(headBytes - PRELUDE_BYTES - header.length);
  const writer = new ByteWriter(PRELUDE_BYTES + header.length);
  writer.bytes(encodePrelude(header.written, head.bodyBytes));
  writer.bytes(header.written);
  return writer.written;
}

/** A head without a body, of which something else is made: parcel-cipher.ts. */
export function encodeHeadOfBody(head: HeadOfBody, headBytes?: number): Uint8Array {
  return encodeHead({ ...head, bodySum: NO_SUM, bodyBytes: 0 }, headBytes);
}

/** What stands before a header and tells where it and the body end. */
export function encodePrelude(header: Uint8Array, bodyBytes: number): Uint8Array {
  const writer = new ByteWriter(PRELUDE_BYTES);
  writer.u32(MAGIC);
  writer.u32(header.length);
  writer.u64(bodyBytes);
  writer.bytes(sumOf(writer.written, header));
  return writer.written;
}

/** The lengths that the first PRELUDE_BYTES of a parcel tell, not yet checked by their sum. */
export function readPrelude(bytes: Uint8Array): Prelude {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC) throw new RangeError("no parcel begins here");
  const headerBytes = reader.u32();
  if (headerBytes > HEADER_BYTES_MAX) throw new RangeError("the head of a parcel is too long");
  return { headBytes: PRELUDE_BYTES + headerBytes, bodyBytes: reader.u64() };
}

/**
 * The head of the parcel that `bytes` begins with; the body need not be there. Throws RangeError
 * on any damage, on fewer bytes than readPrelude().headBytes, and on a later version.
 */
export function readHead(bytes: Uint8Array): ParcelHead {
  const { headBytes, bodyBytes } = readPrelude(bytes);
  const prelude = new ByteReader(bytes.subarray(CHECKED_BYTES));
  const sum = prelude.bytes(SUM_BYTES);
  const header = prelude.bytes(headBytes - PRELUDE_BYTES);
  checkSum(sumOf(bytes.subarray(0, CHECKED_BYTES), header), sum, "the head of a parcel");
  return readHeader(header, headBytes, bodyBytes);
}

function encodeHeader(head: NewHead): ByteWriter {
  const writer = new ByteWriter(HEADER_FIXED_BYTES + head.members.length * MEMBER_BYTES_MAX);
  writer.u8(VERSION);
  writer.u8(CODINGS.indexOf(head.coding) + 1);
  writer.u8(CIPHER_NONE);
  writer.u8(head.segmentLog);
  writer.bytes(head.bodySum);
  writer.varint(head.members.length);
  for (const { content, sizeBytes, delta } of head.members) {
    writer.hex(content);
    writer.varint(sizeBytes);
    if (delta === undefined) continue;
    writer.hex(delta.basis);
    writer.varint(delta.storedBytes);
  }
  return writer;
}

function readHeader(header: Uint8Array, headBytes: number, bodyBytes: number): ParcelHead {
  const reader = new ByteReader(header);
  const version = reader.u8();
  if (version !== 1) expectKnown("version", version, VERSION);
  const code = reader.u8();
  const coding = CODINGS[code - 1];
  if (coding === undefined) throw new RangeError(`a parcel of coding ${code} is not known`);
  const cipher = reader.u8();
  if (cipher !== CIPHER_AES_GCM) expectKnown("cipher", cipher, CIPHER_NONE);
  const segmentLog = reader.u8();
  if (segmentLog > SEGMENT_LOG_MAX) throw new RangeError("the segments of a parcel are too long");
  const bodySum = reader.bytes(SUM_BYTES);
  const sumKind = version === 1 && cipher === CIPHER_NONE ? "sha-256" : "crc-32";
  const sealing =
    cipher === CIPHER_NONE
      ? undefined
      : { salt: reader.bytes(SALT_BYTES), tag: reader.bytes(TAG_BYTES), header };
  const members = readMembers(reader, coding);
  const segmentBytes = 2 ** segmentLog;
  return { headBytes, bodyBytes, coding, sealing, segmentBytes, bodySum, sumKind, members };
}

function readMembers(reader: ByteReader, coding: Coding): HeadMember[] {
  const count = reader.varint();
  if (count > PARCEL_MEMBERS_MAX) throw new RangeError(`a parcel cannot have ${count} members`);
  const members: HeadMember[] = [];
  let start = 0;
  for (let index = 0; index < count; index += 1) {
    const content = contentIdOfBytes(reader.bytes(CONTENT_ID_BYTES));
    const sizeBytes = reader.varint();
    const basis = coding === "delta" ? contentIdOfBytes(reader.bytes(CONTENT_ID_BYTES)) : undefined;
    const end = start + (coding === "delta" ? reader.varint() : sizeBytes);
    members.push({ content, sizeBytes, basis, start, end });
    start = end;
  }
  return members;
}

function expectKnown(what: string, found: number, known: number): void {
  if (found !== known) throw new RangeError(`a parcel of ${what} ${found} is not known`);
}

/** The smallest power of two, as its logarithm, that segments of `sizeBytes` in all need. */
export function segmentLogFor(sizeBytes: number): number {
  return Math.ceil(Math.log2(Math.min(Math.max(sizeBytes, 1), SEGMENT_BYTES)));
}

/** The same head, as long as before, with other ids for what the parcel holds. */
export function renamedHead(
  { headBytes, bodyBytes, coding, segmentBytes, bodySum, members }: ParcelHead,
  newId: (content: ContentId) => ContentId,
): Uint8Array {
  const renamed = members.map(({ content, sizeBytes, basis, start, end }) => {
    const delta =
      basis === undefined ? undefined : { basis: newId(basis), storedBytes: end - start };
    return { content: newId(content), sizeBytes, delta };
  });
  const segmentLog = Math.log2(segmentBytes);
  return encodeHead({ coding, segmentLog, bodySum, bodyBytes, members: renamed }, headBytes);
}
