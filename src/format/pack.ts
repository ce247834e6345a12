/** The head of a pack, and a scan of its parcels that needs no catalog. docs/format.md §1. */
import { PACK_NAME_BYTES, packName, type PackName } from "../core/ids.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { PRELUDE_BYTES, readHead, readPrelude, type ParcelHead } from "./parcel.ts";
import type { RandomAccess } from "./read-at.ts";

const PACK_HEADER_BYTES = 32;

const MAGIC = new TextEncoder().encode("TARDISPK");
const VERSION = 1;
const RESERVED_BYTES = 6;

export type FoundParcel = {
  /** Of its first byte in the pack. */
  readonly position: number;
  readonly length: number;
  readonly head: ParcelHead;
};

/** The first 32 bytes of a pack. */
export function encodePackHeader(name: PackName): Uint8Array {
  const writer = new ByteWriter(PACK_HEADER_BYTES);
  writer.bytes(MAGIC);
  writer.u16(VERSION);
  writer.zeroes(RESERVED_BYTES);
  writer.hex(name);
  return writer.written;
}

/** The name in a pack's first 32 bytes. Throws RangeError when it is not a pack's. */
export function readPackHeader(bytes: Uint8Array): PackName {
  const reader = new ByteReader(bytes);
  if (Buffer.compare(reader.bytes(MAGIC.length), MAGIC) !== 0) throw new RangeError("not a pack");
  const version = reader.u16();
  if (version !== VERSION) throw new RangeError(`a pack of version ${version} is not known`);
  reader.bytes(RESERVED_BYTES);
  return packName(reader.bytes(PACK_NAME_BYTES).toHex());
}

/**
 * Every whole parcel, in order, up to the first that is cut off or whose head is damaged: there the
 * scan ends with a RangeError. Bodies are not read.
 */
export function* scanParcels(pack: RandomAccess): Generator<FoundParcel, void> {
  for (let position = PACK_HEADER_BYTES; position < pack.sizeBytes;) {
    const left = pack.sizeBytes - position;
    const prelude = readPrelude(pack.read(position, Math.min(PRELUDE_BYTES, left)));
    const length = prelude.headBytes + prelude.bodyBytes;
    if (length > left) throw new RangeError(`a pack ends within its parcel at ${position}`);
    const head = readHead(pack.read(position, prelude.headBytes));
    yield { position, length, head };
    position += length;
  }
}
