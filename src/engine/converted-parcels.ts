/**
 * Parcels of a repository that is being encrypted, written anew: the same bytes, encrypted, under
 * the new ids of what they hold. Nothing is compressed again. In memory, or piece by piece.
 */
import { RepositoryCorrupt, reasonOf } from "../core/errors.ts";
import type { ContentId } from "../core/ids.ts";
import type { ParcelLocation } from "../core/repository.ts";
import { type SumHasher, checkSum, sumHasher } from "../format/checksum.ts";
import type { ParcelCipher } from "../format/parcel-cipher.ts";
import {
  PRELUDE_BYTES,
  type ParcelHead,
  SEALING_BYTES,
  readHead,
  readPrelude,
  renamedHead,
} from "../format/parcel.ts";
import type { PackStore } from "../store/pack-store.ts";
import type { PackAppender } from "./pack-appender.ts";

/** Larger parcels are not held in memory. */
const IN_MEMORY_BYTES_MAX = 8 * 1024 * 1024;
const PIECE_BYTES = 2 * 1024 * 1024;

export type ParcelConversion = {
  readonly from: PackStore;
  readonly to: PackAppender;
  readonly cipher: ParcelCipher;
  readonly newId: (content: ContentId) => ContentId;
};

/** Where it is now. Throws RepositoryCorrupt for one that is not as it was written. */
export async function convertParcel(
  location: ParcelLocation,
  conversion: ParcelConversion,
): Promise<ParcelLocation> {
  const head = await readParcelHead(location, conversion.from);
  const renamed = renamedHead(head, conversion.newId);
  return location.length > IN_MEMORY_BYTES_MAX
    ? stream({ location, head, renamed }, conversion)
    : rewrite({ location, head, renamed }, conversion);
}

type Found = {
  readonly location: ParcelLocation;
  readonly head: ParcelHead;
  readonly renamed: Uint8Array;
};

async function rewrite(
  { location, head, renamed }: Found,
  { from, to, cipher }: ParcelConversion,
): Promise<ParcelLocation> {
  const { pack, position, length } = location;
  const parcel = await from.read(pack, position, length);
  const sum = sumHasher(head.sumKind);
  const body = parcel.subarray(head.headBytes);
  sum.update(body);
  expectSum(sum, head, location);
  const { lengthBytes, ...place } = await to.append(cipher.seal(renamed, [body]));
  return { ...place, length: lengthBytes };
}

async function stream(
  { location, head, renamed }: Found,
  { from, to, cipher }: ParcelConversion,
): Promise<ParcelLocation> {
  const { pack, position, length } = location;
  const sealer = cipher.sealer();
  const sum = sumHasher(head.sumKind);
  const writer = await to.lend();
  try {
    const start = await writer.append(new Uint8Array(head.headBytes + SEALING_BYTES));
    for (let at = head.headBytes; at < length; at += PIECE_BYTES) {
      const piece = await from.read(pack, position + at, Math.min(PIECE_BYTES, length - at));
      sum.update(piece);
      await writer.append(sealer.update([piece]));
    }
    await writer.append(sealer.finish());
    expectSum(sum, head, location);
    await writer.overwrite(start, sealer.sealedHead(renamed));
    const written = { pack: writer.name, position: start, length: writer.lengthBytes - start };
    await to.adopt(writer);
    return written;
  } catch (error) {
    await to.discard(writer);
    throw error;
  }
}

async function readParcelHead(location: ParcelLocation, from: PackStore): Promise<ParcelHead> {
  const { pack, position, length } = location;
  const prelude = await from.read(pack, position, Math.min(PRELUDE_BYTES, length));
  return naming(location, async () => {
    const { headBytes, bodyBytes } = readPrelude(prelude);
    if (headBytes + bodyBytes !== length) throw new RangeError("it is not as long as it says");
    return readHead(await from.read(pack, position, headBytes));
  });
}

function expectSum(sum: SumHasher, head: ParcelHead, location: ParcelLocation): void {
  try {
    checkSum(sum.finish(), head.bodySum, "the body of a parcel");
  } catch (cause) {
    throw damaged(location, cause);
  }
}

async function naming<T>(location: ParcelLocation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof RangeError ? damaged(location, cause) : cause;
  }
}

function damaged({ pack, position }: ParcelLocation, cause: unknown): RepositoryCorrupt {
  const place = `pack ${pack.slice(0, 12)} at byte ${position}`;
  return new RepositoryCorrupt(place, reasonOf(cause), cause);
}
