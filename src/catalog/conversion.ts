/**
 * A catalog that is being encrypted: its own tables for how far that is, and every change of it in
 * one go at the end. Knows rows; what they become is asked of the caller. docs/format.md §7.6.
 */
import type { FileName } from "../core/byte-string.ts";
import { type ByteString, byteString, bytesOf } from "../core/byte-string.ts";
import { kindOfCode } from "../core/entry.ts";
import type { Version } from "../core/entry.ts";
import {
  type ContentId,
  type DirectoryId,
  type PackName,
  contentIdOfBytes,
  packName,
} from "../core/ids.ts";
import type { ParcelLocation } from "../core/repository.ts";
import type { Query, Sql } from "./sql.ts";
import { flagsOf } from "./versions.ts";

const PAGE_ROWS = 1000;
const PREFIX_BYTES = 6;

/** What rows become. */
export type Conversion = {
  readonly name: (name: FileName) => ByteString;
  readonly path: (path: ByteString) => ByteString;
  readonly user: (name: ByteString) => ByteString;
  readonly group: (name: ByteString) => ByteString;
  readonly commandLine: (bytes: Uint8Array) => Uint8Array;
  readonly configuration: (bytes: Uint8Array) => Uint8Array;
  readonly error: (text: string) => string;
  readonly entrySeal: (entry: SealableVersion) => Uint8Array;
  /** Of the digest of a directory, and the seals of its entries. */
  readonly digest: (
    plain: Uint8Array,
    entries: readonly Uint8Array[],
  ) => { readonly digest: Uint8Array; readonly seal: Uint8Array };
};

export type SealableVersion = Omit<Version, "fileSystem" | "child" | "seal">;

type ContentRow = { readonly row: number; readonly content: ContentId };
type ParcelRow = { readonly row: number; readonly location: ParcelLocation };

export class CatalogConversion {
  readonly #sql: Sql;
  readonly #keepId: Query<[]>;
  readonly #idOf: Query<[Uint8Array]>;
  readonly #keepParcel: Query<[]>;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.run(
      `CREATE TABLE IF NOT EXISTS new_id (content INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
       CREATE TABLE IF NOT EXISTS new_parcel (parcel INTEGER PRIMARY KEY, pack BLOB NOT NULL,
         position INTEGER NOT NULL, length INTEGER NOT NULL) STRICT`,
    );
    this.#keepId = sql.prepare("INSERT OR REPLACE INTO new_id (content, hash) VALUES (?1, ?2)");
    this.#idOf = sql.prepare("SELECT hash FROM new_id WHERE content = ?1");
    this.#keepParcel = sql.prepare(
      "INSERT OR REPLACE INTO new_parcel (parcel, pack, position, length) VALUES (?1, ?2, ?3, ?4)",
    );
  }

  /** The next contents without a new id, as they lie in packs. Empty: all have one. */
  contentsToName(): readonly ContentRow[] {
    using query = this.#sql.prepare<[number, Uint8Array]>(
      `SELECT id, hash FROM content WHERE id NOT IN (SELECT content FROM new_id)
        ORDER BY parcel, member LIMIT ${PAGE_ROWS}`,
    );
    return query.all().map(([row, hash]) => ({ row, content: contentIdOfBytes(hash) }));
  }

  keepId(row: number, content: ContentId): void {
    this.#keepId.run(row, Uint8Array.fromHex(content));
  }

  newId(row: number): ContentId | undefined {
    const found = this.#idOf.first(row);
    return found && contentIdOfBytes(found[0]);
  }

  /** The next parcels that are not written anew. Empty: all are. */
  parcelsToMove(): readonly ParcelRow[] {
    using query = this.#sql.prepare<[number, Uint8Array, number, number]>(
      `SELECT p.id, k.name, p.position, p.length FROM parcel p JOIN pack k ON k.id = p.pack
        WHERE p.id NOT IN (SELECT parcel FROM new_parcel) ORDER BY p.id LIMIT ${PAGE_ROWS}`,
    );
    return query.all().map(([row, pack, position, length]) => {
      return { row, location: { pack: packName(pack.toHex()), position, length } };
    });
  }

  keepParcel(row: number, { pack, position, length }: ParcelLocation): void {
    this.#keepParcel.run(row, Uint8Array.fromHex(pack), position, length);
  }

  hasNewPack(pack: PackName): boolean {
    using query = this.#sql.prepare<[number]>("SELECT 1 FROM new_parcel WHERE pack = ?1 LIMIT 1");
    return query.first(Uint8Array.fromHex(pack)) !== undefined;
  }

  /** In a transaction: every row, and the tables of the conversion are gone. */
  finish(conversion: Conversion): void {
    this.#moveContents();
    this.#convertNames(conversion);
    this.#convertSets(conversion);
    for (const directory of this.#directories()) this.#convertDirectory(directory, conversion);
    this.#sql.run("DROP TABLE new_id; DROP TABLE new_parcel");
    this.#sql.run("DELETE FROM setting WHERE key LIKE 'local.%' AND key <> 'local.converting'");
  }

  #moveContents(): void {
    using ids = this.#sql.prepare<[number, Uint8Array]>("SELECT content, hash FROM new_id");
    using update = this.#sql.prepare<[]>("UPDATE content SET hash = ?2, prefix = ?3 WHERE id = ?1");
    for (const [row, hash] of ids.all()) update.run(row, hash, prefixOf(hash));
    this.#sql.run(
      `INSERT INTO pack (name) SELECT DISTINCT pack FROM new_parcel;
       UPDATE parcel SET (pack, position, length) =
         (SELECT k.id, n.position, n.length FROM new_parcel n JOIN pack k ON k.name = n.pack
           WHERE n.parcel = parcel.id);
       DELETE FROM pack WHERE id NOT IN (SELECT pack FROM parcel)`,
    );
  }

  #convertNames({ name, path, user, group }: Conversion): void {
    this.#rewrite("name", "bytes", (bytes) => name(bytes as FileName));
    this.#rewrite("device", "mount_point", path);
    this.#rewrite("owner", "user_name", user);
    this.#rewrite("owner", "group_name", group);
  }

  #rewrite(table: string, column: string, change: (bytes: ByteString) => ByteString): void {
    using rows = this.#sql.prepare<[number, Uint8Array]>(`SELECT id, ${column} FROM ${table}`);
    using update = this.#sql.prepare<[]>(`UPDATE ${table} SET ${column} = ?2 WHERE id = ?1`);
    for (const [id, bytes] of rows.all()) update.run(id, bytesOf(change(byteString(bytes))));
  }

  #convertSets({ path, commandLine, configuration, error }: Conversion): void {
    using roots = this.#sql.prepare<[number, Uint8Array]>(
      "SELECT backup_set, path FROM backup_root",
    );
    using update = this.#sql.prepare<[]>(
      "UPDATE backup_root SET path = ?3 WHERE backup_set = ?1 AND path = ?2",
    );
    for (const [set, root] of roots.all()) update.run(set, root, bytesOf(path(byteString(root))));
    using sets = this.#sql.prepare<
      [number, Uint8Array | null, Uint8Array | null, Uint8Array | null, string | null]
    >("SELECT id, cursor, command_line, configuration, error FROM backup_set");
    using replace = this.#sql.prepare<[]>(
      `UPDATE backup_set SET cursor = ?2, command_line = ?3, configuration = ?4, error = ?5
        WHERE id = ?1`,
    );
    for (const [id, cursor, line, settings, reason] of sets.all()) {
      replace.run(
        id,
        cursor === null ? null : bytesOf(path(byteString(cursor))),
        line === null ? null : commandLine(line),
        settings === null ? null : configuration(settings),
        reason === null ? null : error(reason),
      );
    }
  }

  #directories(): readonly DirectoryId[] {
    using query = this.#sql.prepare<[DirectoryId]>("SELECT id FROM directory");
    return query.all().map(([id]) => id);
  }

  #convertDirectory(id: DirectoryId, { entrySeal, digest }: Conversion): void {
    using rows = this.#sql.prepareExact<EntryRow>(ENTRIES);
    using update = this.#sql.prepare<[]>(
      "UPDATE version SET seal = ?4 WHERE directory = ?1 AND name = ?2 AND first_set = ?3",
    );
    const current: Uint8Array[] = [];
    for (const row of rows.all(id)) {
      const seal = entrySeal(entryOf(row));
      const [name, firstSet, isCurrent] = row;
      update.run(id, name, firstSet, seal);
      if (isCurrent === 1n) current.push(seal);
    }
    using stored = this.#sql.prepare<[Uint8Array | null]>(
      "SELECT digest FROM directory WHERE id = ?1",
    );
    const plain = stored.first(id)?.[0] ?? undefined;
    if (plain === undefined) return;
    const keyed = digest(plain, current);
    using replace = this.#sql.prepare<[]>(
      "UPDATE directory SET digest = ?2, seal = ?3 WHERE id = ?1",
    );
    replace.run(id, keyed.digest, keyed.seal);
  }
}

const ENTRIES = `SELECT v.name, v.first_set, v.last_set IS NULL, v.kind, v.permissions, v.size,
    v.mtime_ns, v.ctime_ns, v.inode, v.links, v.device_number, v.flags, o.uid, o.gid,
    n.bytes, o.user_name, o.group_name, c.hash, a.hash
  FROM version v JOIN name n ON n.id = v.name JOIN owner o ON o.id = v.owner
       LEFT JOIN content c ON c.id = v.content LEFT JOIN content a ON a.id = v.attributes
 WHERE v.directory = ?1`;

type EntryRow = [
  name: bigint,
  firstSet: bigint,
  isCurrent: bigint,
  kind: bigint,
  permissions: bigint,
  size: bigint,
  mtime: bigint,
  ctime: bigint,
  inode: bigint,
  links: bigint,
  deviceNumber: bigint,
  flags: bigint,
  uid: bigint,
  gid: bigint,
  bytes: Uint8Array,
  userName: Uint8Array,
  groupName: Uint8Array,
  content: Uint8Array | null,
  attributes: Uint8Array | null,
];

function entryOf(row: EntryRow): SealableVersion {
  const [, , , kind, permissions, size, mtimeNs, ctimeNs, inode, links, deviceNumber] = row;
  const [flags, uid, gid, bytes, userName, groupName, content, attributes] = row.slice(11) as [
    bigint,
    bigint,
    bigint,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array | null,
    Uint8Array | null,
  ];
  return {
    name: byteString(bytes) as FileName,
    kind: kindOfCode(Number(kind)),
    permissions: Number(permissions),
    owner: {
      uid: Number(uid),
      gid: Number(gid),
      userName: byteString(userName),
      groupName: byteString(groupName),
    },
    sizeBytes: Number(size),
    mtimeNs,
    ctimeNs,
    inode: BigInt.asUintN(64, inode),
    links: Number(links),
    deviceNumber: Number(deviceNumber),
    flags: flagsOf(Number(flags)),
    content: content === null ? undefined : contentIdOfBytes(content),
    attributes: attributes === null ? undefined : contentIdOfBytes(attributes),
  };
}

function prefixOf(hash: Uint8Array): number {
  return hash.subarray(0, PREFIX_BYTES).reduce((prefix, byte) => prefix * 256 + byte, 0);
}
