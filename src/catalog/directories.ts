/**
 * Statements on the directory table: directories that stay themselves when they are renamed, found
 * again by where they were or by what the file system calls them.
 */
import { type FileName, bytesOf } from "../core/byte-string.ts";
import type { BackupSetId, DirectoryId } from "../core/ids.ts";
import type { DirectorySeals } from "../core/repository.ts";
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
  readonly #seals: Query<[Uint8Array | null, Uint8Array | null]>;
  readonly #treeSeal: Query<[BackupSetId, Uint8Array]>;
  readonly #treeSealOf: Query<[Uint8Array]>;
  readonly #endTreeSeal: Query<[]>;
  readonly #setTreeSeal: Query<[]>;

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
    this.#setDigest = sql.prepare("UPDATE directory SET digest = ?2, seal = ?3 WHERE id = ?1");
    this.#seals = sql.prepare(
      `SELECT d.seal, t.seal FROM directory d
         LEFT JOIN tree_seal t ON t.directory = d.id AND t.last_set IS NULL WHERE d.id = ?1`,
    );
    this.#treeSeal = sql.prepare(
      "SELECT first_set, seal FROM tree_seal WHERE directory = ?1 AND last_set IS NULL",
    );
    this.#treeSealOf = sql.prepare(
      `SELECT seal FROM tree_seal WHERE directory = ?1 AND first_set <= ?2
         AND (last_set IS NULL OR last_set >= ?2)`,
    );
    this.#endTreeSeal = sql.prepare(
      "UPDATE tree_seal SET last_set = ?3 WHERE directory = ?1 AND first_set = ?2",
    );
    this.#setTreeSeal = sql.prepare(
      `INSERT INTO tree_seal (directory, first_set, seal) VALUES (?1, ?2, ?3)
       ON CONFLICT (directory, first_set) DO UPDATE SET seal = excluded.seal`,
    );
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

  /** `seal`: of the same listing, where the client encrypts. touch() says it to the journal. */
  setDigest(id: DirectoryId, digest: Uint8Array | undefined, seal?: Uint8Array): void {
    this.#setDigest.run(id, digest ?? null, seal ?? null);
  }

  /** The newest. */
  sealsOf(id: DirectoryId): DirectorySeals {
    const [listing, tree] = this.#seals.first(id) ?? [];
    return { listing: listing ?? undefined, tree: tree ?? undefined };
  }

  /** Of a directory and all below it, as of a set. */
  treeSealOf(id: DirectoryId, set: BackupSetId): Uint8Array | undefined {
    return this.#treeSealOf.first(id, set)?.[0];
  }

  /** From `set` on. */
  setTreeSeal(id: DirectoryId, set: BackupSetId, seal: Uint8Array): void {
    const [firstSet, former] = this.#treeSeal.first(id) ?? [];
    if (former !== undefined && Buffer.compare(former, seal) === 0) return;
    if (firstSet !== undefined && firstSet < set) this.#endTreeSeal.run(id, firstSet, set - 1);
    this.#setTreeSeal.run(id, set, seal);
    this.#pending.add("directory", id);
  }

  /** The journal lacks its row, or some of its version rows. Of one that was added it knows. */
  touch(id: DirectoryId): void {
    this.#pending.add("directory", id);
  }
}
