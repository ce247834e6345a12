/**
 * Names, owners and devices: rows that are written once and never change. What was looked up
 * lately is kept in memory, up to a bound.
 */
import {
  type ByteString,
  type FileName,
  type FilePath,
  byteString,
  bytesOf,
} from "../core/byte-string.ts";
import type { Owner } from "../core/entry.ts";
import { RecentMap } from "../core/recent-map.ts";
import type { Query, Sql } from "./sql.ts";

/** Names in memory; the commonest few thousand make most of a tree. */
const NAMES_CACHED_MAX = 8192;
const OWNERS_CACHED_MAX = 4096;

export class Names {
  readonly #nameIds = new RecentMap<FileName, number>(NAMES_CACHED_MAX);
  readonly #ownerIds = new RecentMap<string, number>(OWNERS_CACHED_MAX);
  readonly #owners = new RecentMap<number, Owner>(OWNERS_CACHED_MAX);
  readonly #deviceIds = new Map<FilePath, number>();
  #lastOwner: { readonly owner: Owner; readonly id: number } | undefined;
  readonly #findName: Query<[number]>;
  readonly #addName: Query<[]>;
  readonly #findOwner: Query<[number]>;
  readonly #addOwner: Query<[]>;
  readonly #owner: Query<[number, number, Uint8Array, Uint8Array]>;
  readonly #findDevice: Query<[number]>;
  readonly #addDevice: Query<[]>;

  constructor(sql: Sql) {
    this.#findName = sql.prepare("SELECT id FROM name WHERE bytes = ?1");
    this.#addName = sql.prepare("INSERT INTO name (bytes) VALUES (?1) ON CONFLICT DO NOTHING");
    this.#findOwner = sql.prepare(
      "SELECT id FROM owner WHERE uid = ?1 AND gid = ?2 AND user_name = ?3 AND group_name = ?4",
    );
    this.#addOwner = sql.prepare(
      "INSERT INTO owner (uid, gid, user_name, group_name) VALUES (?1, ?2, ?3, ?4)",
    );
    this.#owner = sql.prepare("SELECT uid, gid, user_name, group_name FROM owner WHERE id = ?1");
    this.#findDevice = sql.prepare("SELECT id FROM device WHERE mount_point = ?1");
    this.#addDevice = sql.prepare("INSERT INTO device (mount_point) VALUES (?1)");
  }

  /** undefined: no entry was ever called so. */
  find(name: FileName): number | undefined {
    const known = this.#nameIds.get(name);
    if (known !== undefined) return known;
    const id = this.#findName.first(bytesOf(name))?.[0];
    if (id !== undefined) this.#nameIds.set(name, id);
    return id;
  }

  idOf(name: FileName): number {
    const known = this.#nameIds.get(name);
    if (known !== undefined) return known;
    const bytes = bytesOf(name);
    // What is asked for to be written is mostly new where it is not known: added without a look.
    const id = this.#addName.insertNew(bytes) ?? this.find(name);
    if (id === undefined) throw new Error(`the name ${name} was neither added nor found`);
    this.#nameIds.set(name, id);
    return id;
  }

  ownerId(owner: Owner): number {
    if (this.#lastOwner !== undefined && isSameOwner(this.#lastOwner.owner, owner)) {
      return this.#lastOwner.id;
    }
    const key = `${owner.uid}:${owner.gid}:${owner.userName}/${owner.groupName}`;
    const id = this.#ownerIds.get(key) ?? this.#findOrAddOwner(owner);
    this.#ownerIds.set(key, id);
    this.#lastOwner = { owner, id };
    return id;
  }

  ownerOf(id: number): Owner {
    const known = this.#owners.get(id);
    if (known !== undefined) return known;
    const row = this.#owner.first(id);
    if (row === undefined) throw new Error(`no owner ${id}`);
    const [uid, gid, userName, groupName] = row;
    const owner = { uid, gid, userName: byteString(userName), groupName: byteString(groupName) };
    this.#owners.set(id, owner);
    return owner;
  }

  deviceId(mountPoint: FilePath): number {
    const known = this.#deviceIds.get(mountPoint);
    if (known !== undefined) return known;
    const bytes = bytesOf(mountPoint);
    const id = this.#findDevice.first(bytes)?.[0] ?? this.#addDevice.insert(bytes);
    this.#deviceIds.set(mountPoint, id);
    return id;
  }

  /** After a rollback: ids that were given may be given again. */
  forget(): void {
    this.#nameIds.clear();
    this.#ownerIds.clear();
    this.#owners.clear();
    this.#deviceIds.clear();
    this.#lastOwner = undefined;
  }

  #findOrAddOwner(owner: Owner): number {
    const userName = bytesOf(owner.userName as ByteString);
    const groupName = bytesOf(owner.groupName as ByteString);
    const values = [owner.uid, owner.gid, userName, groupName] as const;
    return this.#findOwner.first(...values)?.[0] ?? this.#addOwner.insert(...values);
  }
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return (
    a === b ||
    (a.uid === b.uid && a.gid === b.gid && a.userName === b.userName && a.groupName === b.groupName)
  );
}
