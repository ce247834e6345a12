/**
 * Statements on the directory table: directories that stay themselves when they are renamed, found
 * again by where they were or by what the file system calls them.
 */
import { type FileName, bytesOf } from "../core/byte-string.ts";
import type { DirectoryId } from "../core/ids.ts";
import type { Pending } from "./pending.ts";
import type { Query, Sql } from "./sql.ts";

/** What a file system knows a directory by. */
export type DirectoryIdentity = {
  /** Row of the mount point. */
  readonly device: number;
  readonly inode: bigint;
  /** 0: unknown, and equal to any. */
  readonly birthNs: bigint;
};

export type FoundDirectory = {
  readonly id: DirectoryId;
  /** The digest asked about is that of its last listing. */
  readonly hasDigest: boolean;
};

/** The directory that an entry led to last. */
export type DirectoryAtPlace = FoundDirectory & {
  /** It does so still. */
  readonly isCurrent: boolean;
  readonly isIdentical: boolean;
};

const IDENTICAL =
  "d.device = ?1 AND d.inode = ?2 AND (d.birth_ns = ?3 OR d.birth_ns = 0 OR ?3 = 0)";

export class Directories {
  readonly #pending: Pending;
  readonly #atPlace: Query<[DirectoryId, number | null, number, number]>;
  readonly #byIdentity: Query<[DirectoryId, number | null]>;
  readonly #add: Query<[]>;
  readonly #digest: Query<[Uint8Array | null]>;
  readonly #setDigest: Query<[]>;

  constructor(sql: Sql, pending: Pending) {
    this.#pending = pending;
    this.#atPlace = sql.prepare(
      `SELECT d.id, d.digest = ?4, v.last_set IS NULL, ${IDENTICAL}
         FROM version v CROSS JOIN directory d ON d.id = v.child
        WHERE v.directory = ?5 AND v.name = (SELECT id FROM name WHERE bytes = ?6)
        ORDER BY v.first_set DESC LIMIT 1`,
    );
    this.#byIdentity = sql.prepare(
      `SELECT d.id, d.digest = ?4 FROM directory d WHERE ${IDENTICAL} ORDER BY d.id DESC`,
    );
    this.#add = sql.prepare("INSERT INTO directory (device, inode, birth_ns) VALUES (?1, ?2, ?3)");
    this.#digest = sql.prepare("SELECT digest FROM directory WHERE id = ?1");
    this.#setDigest = sql.prepare("UPDATE directory SET digest = ?2 WHERE id = ?1");
  }

  /** What `name` in `parent` led to when it last was a directory that was entered. */
  atPlace(
    place: { readonly parent: DirectoryId; readonly name: FileName },
    identity: DirectoryIdentity,
    digest: Uint8Array | undefined,
  ): DirectoryAtPlace | undefined {
    const { device, inode, birthNs } = identity;
    const name = bytesOf(place.name);
    const signed = BigInt.asIntN(64, inode);
    const row = this.#atPlace.first(device, signed, birthNs, digest ?? null, place.parent, name);
    if (row === undefined) return undefined;
    const [id, hasDigest, isCurrent, isIdentical] = row;
    return {
      id,
      hasDigest: hasDigest === 1,
      isCurrent: isCurrent === 1,
      isIdentical: isIdentical === 1,
    };
  }

  /** Newest first. More than one where a directory was seen in two places of one walk. */
  byIdentity(identity: DirectoryIdentity, digest: Uint8Array | undefined): FoundDirectory[] {
    const { device, inode, birthNs } = identity;
    return this.#byIdentity
      .all(device, BigInt.asIntN(64, inode), birthNs, digest ?? null)
      .map(([id, hasDigest]) => ({ id, hasDigest: hasDigest === 1 }));
  }

  /** Without entries and without a digest. */
  add(identity: DirectoryIdentity): DirectoryId {
    const { device, inode, birthNs } = identity;
    const id = this.#add.insert(device, BigInt.asIntN(64, inode), birthNs) as DirectoryId;
    this.#pending.add("directory", id);
    return id;
  }

  /** Of its last listing; undefined: that must be compared entry by entry. */
  digestOf(id: DirectoryId): Uint8Array | undefined {
    return this.#digest.first(id)?.[0] ?? undefined;
  }

  setDigest(id: DirectoryId, digest: Uint8Array | undefined): void {
    this.#setDigest.run(id, digest ?? null);
    this.#pending.add("directory", id);
  }

  /** The journal lacks some of its version rows. */
  touch(id: DirectoryId): void {
    this.#pending.add("directory", id);
  }
}
