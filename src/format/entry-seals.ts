/**
 * Seals: what whoever holds the disk cannot forge about entries, directories and sets. A seal of an
 * entry is over all that is said of it; a directory's listing seal is over its entries' seals; its
 * tree seal is over that and the tree seals of what lies below; a set's seal is over its top
 * directory's. All are HMAC-SHA-256 under the auth key. docs/format.md §7.5.
 */
import { timingSafeEqual } from "node:crypto";
import type { BackupSet } from "../core/backup-set.ts";
import { type FileName, bytesOf } from "../core/byte-string.ts";
import type { EntryRecords } from "../core/entry-records.ts";
import { KIND_CODES, type FileStat, type Owner, type VersionFlags } from "../core/entry.ts";
import type { ContentId } from "../core/ids.ts";

/** Of an entry; there are many. */
const ENTRY_SEAL_BYTES = 16;
const SEAL_BYTES = 32;
/** Of what is said of an entry in numbers. */
const RECORD_BYTES = 56;
/** Where what is in it: docs/format.md §7.5. */
const AT = {
  kind: 0,
  flags: 1,
  permissions: 2,
  uid: 4,
  gid: 8,
  links: 12,
  size: 16,
  mtime: 24,
  ctime: 32,
  inode: 40,
  deviceNumber: 48,
} as const;
const DIGEST_BYTES = 16;

/** All that a repository says of an entry. Names as the repository has them. */
export type SealedEntry = Omit<FileStat, "uid" | "gid" | "device" | "birthNs" | "isSparse"> & {
  readonly name: FileName;
  readonly owner: Owner;
  readonly flags: VersionFlags;
  readonly content: ContentId | undefined;
  readonly attributes: ContentId | undefined;
};

/** What is said of an entry besides its record. */
export type SaidOfEntry = Pick<SealedEntry, "owner" | "flags" | "content" | "attributes">;

/** A directory in a directory, and what it seals. */
export type SealedChild = { readonly name: FileName; readonly seal: Uint8Array };

export class Seals {
  readonly #keyed: Bun.CryptoHasher;
  readonly #record = new Uint8Array(RECORD_BYTES);
  readonly #view = new DataView(this.#record.buffer);

  constructor(authKey: Uint8Array) {
    this.#keyed = new Bun.CryptoHasher("sha256", authKey);
  }

  entry(entry: SealedEntry): Uint8Array {
    const view = this.#view;
    view.setUint8(AT.kind, KIND_CODES[entry.kind]);
    view.setUint16(AT.permissions, entry.permissions, true);
    view.setUint32(AT.links, entry.links, true);
    view.setBigUint64(AT.size, BigInt(entry.sizeBytes), true);
    view.setBigInt64(AT.mtime, entry.mtimeNs, true);
    view.setBigInt64(AT.ctime, entry.ctimeNs, true);
    view.setBigUint64(AT.inode, entry.inode, true);
    view.setBigUint64(AT.deviceNumber, BigInt(entry.deviceNumber), true);
    return this.#entry(entry.name, entry);
  }

  /** entry() of one of many, without an object for it. Names in `records` as in a SealedEntry. */
  packedEntry(records: EntryRecords, index: number, said: SaidOfEntry): Uint8Array {
    const view = this.#view;
    view.setUint8(AT.kind, records.kindCode(index));
    view.setUint16(AT.permissions, records.permissions(index), true);
    view.setUint32(AT.links, records.links(index), true);
    setLong(view, AT.size, records.sizeBytes(index));
    view.setBigInt64(AT.mtime, records.mtimeNs(index), true);
    view.setBigInt64(AT.ctime, records.ctimeNs(index), true);
    view.setBigInt64(AT.inode, records.signedInode(index), true);
    setLong(view, AT.deviceNumber, records.deviceNumber(index));
    return this.#entry(records.name(index), said);
  }

  /** In any order: each entry's seal has its name in it. */
  listing(entries: readonly Uint8Array[]): Uint8Array {
    return this.#over(["listing\n", ...entries.toSorted((a, b) => Buffer.compare(a, b))]);
  }

  /** `children`: those directories of it that were opened. */
  tree(listing: Uint8Array, children: readonly SealedChild[]): Uint8Array {
    const below = children
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, seal }) => `${name} ${seal.toHex()}\n`);
    return this.#over(["tree\n", listing, ...below]);
  }

  /** A listing seal that says with which digest it belongs together: what a repository keeps. */
  bound(listing: Uint8Array, digest: Uint8Array): Uint8Array {
    const tag = this.#over(["bound\n", digest, listing]);
    return Buffer.concat([listing, tag.subarray(0, DIGEST_BYTES)]);
  }

  /** The listing seal that bound() was given with that digest. Throws RangeError. */
  unbound(bound: Uint8Array, digest: Uint8Array): Uint8Array {
    const listing = bound.subarray(0, SEAL_BYTES);
    const expected = this.bound(listing, digest);
    if (isEqual(expected, bound)) return listing;
    throw new RangeError("the seal of a directory is forged");
  }

  /** A set's: its top directory's, and one over that and all that identifies the set. */
  set(set: BackupSet, top: Uint8Array): Uint8Array {
    return Buffer.concat([top, this.#over([setText(set), top])]);
  }

  /** The seal of the top directory. Throws RangeError unless `set` is as it was sealed. */
  top(set: BackupSet, seal: Uint8Array): Uint8Array {
    const top = seal.subarray(0, SEAL_BYTES);
    if (isEqual(this.set(set, top), seal)) return top;
    throw new RangeError("its seal is forged, or what it says of itself is");
  }

  /** Of a listing, keyed: nobody can check a guess at what a directory holds. */
  digest(plain: Uint8Array): Uint8Array {
    return this.#over(["digest\n", plain]).subarray(0, DIGEST_BYTES);
  }

  /** Of what the record says already, and the rest. */
  #entry(name: FileName, { owner, flags, content, attributes }: SaidOfEntry): Uint8Array {
    const view = this.#view;
    view.setUint8(AT.flags, flagBits(flags));
    view.setUint32(AT.uid, owner.uid, true);
    view.setUint32(AT.gid, owner.gid, true);
    const { userName, groupName } = owner;
    // A line for each; none has a line break in it.
    const text = `${name}\n${userName}\n${groupName}\n${content ?? ""}\n${attributes ?? ""}\n`;
    return this.#over([this.#record, text]).subarray(0, ENTRY_SEAL_BYTES);
  }

  /** A directory may have a million entries: more than a function can have arguments. */
  #over(parts: Iterable<Uint8Array | string>): Uint8Array {
    const hasher = this.#keyed.copy();
    for (const part of parts) hasher.update(part);
    return hasher.digest();
  }
}

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Of 64 bits. */
function setLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value / 2 ** 32, true);
}

/** As the catalog has them. */
function flagBits({ isRacy, isTorn, isUnreadable, leftOut }: VersionFlags): number {
  let bits = (isRacy ? 1 : 0) | (isTorn ? 2 : 0) | (isUnreadable ? 4 : 0);
  for (const kind of leftOut) bits |= kind === "access-lists" ? 8 : 16;
  return bits;
}

function setText({ id, name, startedMs, endedMs, roots, counts }: BackupSet): string {
  const numbers = Object.keys(counts)
    .toSorted()
    .map((key) => `${key} ${counts[key as keyof typeof counts]}`);
  const paths = [...roots].toSorted().map((root) => bytesOf(root).toHex());
  return [
    `set\n${id}\n${JSON.stringify(name)}\n${startedMs}\n${endedMs ?? ""}`,
    paths.join(" "),
    numbers.join(" "),
    "",
  ].join("\n");
}
