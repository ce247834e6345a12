/**
 * Parcels read from packs, checked, the last few kept: files that were saved together are restored
 * together, and small contents share a parcel.
 */
import { RepositoryCorrupt, TardisError, reasonOf } from "../core/errors.ts";
import type { PackName } from "../core/ids.ts";
import type { BlobLocation, ParcelLocation } from "../core/repository.ts";
import { PRELUDE_BYTES, type HeadMember, type ParcelHead, readHead, readPrelude } from "../format/parcel.ts";
import { solidPlaintext } from "../format/solid-parcel.ts";
import { type WholeParcel, memberOf, readParcel } from "../format/whole-parcel.ts";

/** Bytes of packs, as often as they are asked for. */
export interface PackBytes {
  /** Exactly `length` bytes in a new buffer. Throws RepositoryCorrupt when they are not there. */
  read(pack: PackName, position: number, length: number): Uint8Array;
}

/** Memory for parcels and their plaintexts. */
const KEPT_BYTES_MAX = 12 * 1024 * 1024;

export type CachedParcel = WholeParcel & {
  /** Of a solid parcel: all plaintexts, one after the other; made when first asked for. */
  readonly plaintext: () => Uint8Array;
};

export class ParcelCache {
  readonly #packs: PackBytes;
  /** Oldest first. */
  readonly #kept = new Map<string, { readonly parcel: CachedParcel; bytes: number }>();
  #keptBytes = 0;

  constructor(packs: PackBytes) {
    this.#packs = packs;
  }

  /** The whole parcel, in memory: for those of small contents. */
  get(location: ParcelLocation): CachedParcel {
    const key = `${location.pack}@${location.position}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.parcel;
    }
    return this.#keep(key, location);
  }

  /** Only its head: for large contents, whose body is read in pieces. */
  head(location: ParcelLocation): ParcelHead {
    return naming(location, () => {
      const { pack, position, length } = location;
      const prelude = this.#packs.read(pack, position, Math.min(PRELUDE_BYTES, length));
      const { headBytes } = readPrelude(prelude);
      if (headBytes > length) throw new RangeError("its head is longer than all of it");
      return readHead(this.#packs.read(pack, position, headBytes));
    });
  }

  /** Bytes of the body of the parcel at `location`, for one whose head is known. */
  body(location: ParcelLocation, head: ParcelHead): (position: number, length: number) => Uint8Array {
    const start = location.position + head.headBytes;
    return (position, length) => this.#packs.read(location.pack, start + position, length);
  }

  #keep(key: string, location: ParcelLocation): CachedParcel {
    const { pack, position, length } = location;
    const whole = naming(location, () => readParcel(this.#packs.read(pack, position, length)));
    let plaintext: Uint8Array | undefined;
    const entry = {
      bytes: length,
      parcel: {
        ...whole,
        plaintext: (): Uint8Array => {
          if (plaintext !== undefined) return plaintext;
          plaintext = naming(location, () => solidPlaintext(whole));
          entry.bytes += plaintext.length;
          this.#keptBytes += plaintext.length;
          return plaintext;
        },
      },
    };
    this.#kept.set(key, entry);
    this.#keptBytes += length;
    this.#trim();
    return entry.parcel;
  }

  #trim(): void {
    for (const [key, { bytes }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES_MAX || this.#kept.size === 1) break;
      this.#kept.delete(key);
      this.#keptBytes -= bytes;
    }
  }
}

/** The member that a blob is, after checking that it is the content the catalog says. */
export function memberAt(head: ParcelHead, blob: BlobLocation): HeadMember {
  return naming(blob.parcel, () => {
    const member = memberOf(head, blob.member);
    if (member.content === blob.content && member.sizeBytes === blob.sizeBytes) return member;
    throw new RangeError(`member ${blob.member} is another content than the catalog says`);
  });
}

/** What `work` finds wrong, with the name of the place. */
export function naming<T>(location: ParcelLocation, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof TardisError) throw cause;
    if (!(cause instanceof RangeError)) throw cause;
    const place = `pack ${location.pack.slice(0, 12)} at byte ${location.position}`;
    throw new RepositoryCorrupt(place, reasonOf(cause), cause);
  }
}
