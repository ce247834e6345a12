/**
 * Parcels read from packs, the last few kept: files that were saved together are restored together,
 * and small contents share a parcel. Heads are checked; of what is in the bodies, whoever takes it
 * checks the content id.
 */
import { RepositoryCorrupt, TardisError, reasonOf } from "../core/errors.ts";
import type { PackName } from "../core/ids.ts";
import type { BlobLocation, ParcelLocation } from "../core/repository.ts";
import {
  type HeadMember,
  PRELUDE_BYTES,
  type ParcelHead,
  readHead,
  readPrelude,
} from "../format/parcel.ts";
import type { ParcelCipher } from "../format/parcel-cipher.ts";
import type { ReadAt } from "../format/read-at.ts";
import { Room } from "../format/room.ts";
import { readSolid, solidBytes } from "../format/solid-parcel.ts";
import {
  memberOf,
  openParcel,
  type OpenedParcel,
  readParcel,
  readUncheckedBody,
} from "../format/whole-parcel.ts";

/** Bytes of packs, as often as asked for. Throws RepositoryCorrupt when they are not there. */
export interface PackBytes {
  /** Exactly `length` bytes in a new buffer. */
  read(pack: PackName, position: number, length: number): Uint8Array;
  /** Fills `target`. */
  readInto(pack: PackName, position: number, target: Uint8Array): void;
}

/** Memory for parcels that are kept. */
const KEPT_BYTES_MAX = 2 * 1024 * 1024;
/** However large they are: a basis and what is made of it. */
const KEPT_COUNT_MIN = 2;

/** What is kept of a parcel: plaintexts, or deltas, one after the other, and where they lie. */
type KeptParcel = { readonly head: ParcelHead; readonly bytes: Uint8Array; readonly room: Room };

export class ParcelCache {
  readonly #packs: PackBytes;
  readonly #cipher: ParcelCipher | undefined;
  /** Least recently used first. */
  readonly #kept = new Map<string, KeptParcel>();
  #keptBytes = 0;
  /** What is read of packs, and of that what is decrypted. */
  readonly #stored = new Room();
  readonly #decrypted = new Room();

  /** `cipher`: of an encrypted repository. */
  constructor(packs: PackBytes, cipher: ParcelCipher | undefined) {
    this.#packs = packs;
    this.#cipher = cipher;
  }

  /**
   * A small blob: the plaintext of a full one, else the delta. A view that stays as it is until two
   * more parcels were asked for.
   */
  get(blob: BlobLocation): Uint8Array {
    const { head, bytes } = this.#parcel(blob.parcel);
    const { start, end } = memberAt(head, blob);
    return bytes.subarray(start, end);
  }

  /** Reads the parcel again, and throws RepositoryCorrupt naming it unless it is as written. */
  check(location: ParcelLocation): void {
    const { pack, position, length } = location;
    const stored = this.#packs.read(pack, position, length);
    naming(location, () => readParcel(stored, this.#cipher));
  }

  /** For large contents, whose body is read in pieces. */
  open(location: ParcelLocation): OpenedParcel {
    return naming(location, () => {
      const { pack, position, length } = location;
      const prelude = this.#packs.read(pack, position, Math.min(PRELUDE_BYTES, length));
      const { headBytes } = readPrelude(prelude);
      if (headBytes > length) throw new RangeError("its head is longer than all of it");
      const head = readHead(this.#packs.read(pack, position, headBytes));
      const body = this.#body(location, headBytes);
      return openParcel(head, body, this.#cipher, this.#decrypted);
    });
  }

  /** All bodies share the memory read into, and decrypted into: they are read one at a time. */
  #body({ pack, position }: ParcelLocation, headBytes: number): ReadAt {
    return (start, length) => {
      const target = this.#stored.take(length);
      this.#packs.readInto(pack, position + headBytes + start, target);
      return target;
    };
  }

  #parcel(location: ParcelLocation): KeptParcel {
    const key = `${location.pack}@${location.position}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const parcel = this.#fetch(location);
    this.#kept.set(key, parcel);
    this.#keptBytes += parcel.room.sizeBytes;
    return parcel;
  }

  #fetch(location: ParcelLocation): KeptParcel {
    const { pack, position, length } = location;
    const stored = this.#stored.take(length);
    this.#packs.readInto(pack, position, stored);
    return naming(location, () => {
      const parcel = readUncheckedBody(stored, this.#cipher, this.#decrypted);
      const { head, body } = parcel;
      const sizeBytes = head.coding === "delta" ? body.length : solidBytes(head);
      const room = this.#roomFor(sizeBytes);
      const bytes = room.take(sizeBytes);
      if (head.coding === "delta") bytes.set(body);
      else readSolid(parcel, bytes);
      return { head, bytes, room };
    });
  }

  /**
   * Lets go of parcels until there is room for one more of `sizeBytes`: where one of them was,
   * unless that is much more than is wanted.
   */
  #roomFor(sizeBytes: number): Room {
    let free: Room | undefined;
    for (const [key, { room }] of this.#kept) {
      const isRoom = this.#keptBytes + sizeBytes <= KEPT_BYTES_MAX;
      if (isRoom || this.#kept.size < KEPT_COUNT_MIN) break;
      this.#kept.delete(key);
      this.#keptBytes -= room.sizeBytes;
      if (free === undefined && room.sizeBytes <= 2 * sizeBytes) free = room;
      else room[Symbol.dispose]();
    }
    return free ?? new Room();
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
