/**
 * Statements that write the version table, and those that compare with it: the newest version of
 * each name of a directory. What a set holds is read in set-view.ts.
 */
import { type FileName, byteString } from "../core/byte-string.ts";
import type { AttributeKind, VersionFlags } from "../core/entry.ts";
import type { BackupSetId, DirectoryId } from "../core/ids.ts";
import type { Query, Sql } from "./sql.ts";

export const FLAG_RACY = 1;
export const FLAG_TORN = 2;
export const FLAG_UNREADABLE = 4;
/** What was left out of it, as the user wished. */
const FLAGS_LEFT_OUT: Readonly<Record<AttributeKind, number>> = {
  "access-lists": 8,
  "extended-attributes": 16,
};

/** The flags of these, together. */
export function leftOutFlags(kinds: readonly AttributeKind[]): number {
  let flags = 0;
  for (const kind of kinds) flags |= FLAGS_LEFT_OUT[kind];
  return flags;
}

/** The inverse of leftOutFlags(). */
function leftOutOf(flags: number): readonly AttributeKind[] {
  const kinds = Object.keys(FLAGS_LEFT_OUT) as AttributeKind[];
  return kinds.filter((kind) => (flags & FLAGS_LEFT_OUT[kind]) !== 0);
}

const NOTHING_LEFT_OUT: VersionFlags["leftOut"] = [];

export function flagsOf(flags: number): VersionFlags {
  return {
    isRacy: (flags & FLAG_RACY) !== 0,
    isTorn: (flags & FLAG_TORN) !== 0,
    isUnreadable: (flags & FLAG_UNREADABLE) !== 0,
    leftOut: flags === 0 ? NOTHING_LEFT_OUT : leftOutOf(flags),
  };
}

/** The stored form of an entry's state. Numbers but `inode` and times; ids are row ids. */
export type VersionState = {
  /** KIND_CODES. */
  readonly kind: number;
  readonly permissions: number;
  readonly owner: number;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** Signed. */
  readonly inode: bigint;
  readonly links: number;
  readonly deviceNumber: number;
  readonly content: number | null;
  readonly attributes: number | null;
  readonly child: DirectoryId | null;
  readonly flags: number;
  /** Of an encrypting client. */
  readonly seal: Uint8Array | null;
};

/** One row of the table. */
export type VersionKey = {
  readonly directory: DirectoryId;
  readonly name: number;
  readonly firstSet: BackupSetId;
};

/** The newest version of a name. */
export type KnownVersion = VersionKey &
  VersionState & {
    readonly fileName: FileName;
    /** It has not ended. */
    readonly isCurrent: boolean;
    readonly uid: number;
    readonly gid: number;
  };

/** The newest version of a name, as far as links to directories go. */
export type NewestVersion = VersionKey & {
  readonly isCurrent: boolean;
  readonly kind: number;
  readonly child: DirectoryId | null;
};

type ExactRow = [bigint, Uint8Array, bigint, bigint, ...(bigint | Uint8Array | null)[]];

export class Versions {
  readonly #known: Query<ExactRow>;
  readonly #newest: Query<[BackupSetId, number, number, DirectoryId | null]>;
  readonly #leadingTo: Query<[DirectoryId, number, BackupSetId]>;
  readonly #insert: Query<[]>;
  readonly #copy: Query<[]>;
  readonly #close: Query<[]>;
  readonly #remove: Query<[]>;
  readonly #setChild: Query<[]>;

  constructor(sql: Sql) {
    // With one max() SQLite takes the other columns from the row that has it.
    this.#known = sql.prepareExact(
      `SELECT v.name, n.bytes, max(v.first_set), v.last_set IS NULL, v.kind, v.permissions,
              v.owner, o.uid, o.gid, v.size, v.mtime_ns, v.ctime_ns, v.inode, v.links,
              v.device_number, v.content, v.attributes, v.child, v.flags, v.seal
         FROM version v CROSS JOIN name n ON n.id = v.name CROSS JOIN owner o ON o.id = v.owner
        WHERE v.directory = ?1 AND v.name > ?2
        GROUP BY v.name ORDER BY v.name LIMIT ?3`,
    );
    this.#newest = sql.prepare(
      `SELECT first_set, last_set IS NULL, kind, child FROM version
        WHERE directory = ?1 AND name = ?2 ORDER BY first_set DESC LIMIT 1`,
    );
    this.#leadingTo = sql.prepare(
      "SELECT directory, name, first_set FROM version WHERE child = ?1 AND last_set IS NULL",
    );
    this.#insert = sql.prepare(
      `INSERT INTO version
         (directory, name, first_set, kind, permissions, owner, size, mtime_ns, ctime_ns, inode,
          links, device_number, content, attributes, child, flags, seal)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)`,
    );
    this.#copy = sql.prepare(
      `INSERT INTO version
       SELECT directory, name, ?4, NULL, kind, permissions, owner, size, mtime_ns, ctime_ns, inode,
              links, device_number, content, attributes, ?5, flags, seal
         FROM version WHERE directory = ?1 AND name = ?2 AND first_set = ?3`,
    );
    this.#close = sql.prepare(
      "UPDATE version SET last_set = ?4 WHERE directory = ?1 AND name = ?2 AND first_set = ?3",
    );
    this.#remove = sql.prepare(
      "DELETE FROM version WHERE directory = ?1 AND name = ?2 AND first_set = ?3",
    );
    this.#setChild = sql.prepare(
      "UPDATE version SET child = ?4 WHERE directory = ?1 AND name = ?2 AND first_set = ?3",
    );
  }

  /** Up to `countMax`, in the order of name ids, of names after `afterName` (0: from the first). */
  known(directory: DirectoryId, afterName: number, countMax: number): KnownVersion[] {
    return this.#known.all(directory, afterName, countMax).map((row) => knownOf(directory, row));
  }

  newest(directory: DirectoryId, name: number): NewestVersion | undefined {
    const row = this.#newest.first(directory, name);
    if (row === undefined) return undefined;
    const [firstSet, isCurrent, kind, child] = row;
    return { directory, name, firstSet, isCurrent: isCurrent === 1, kind, child };
  }

  /** Current rows: one at most, once a walk is over. */
  leadingTo(child: DirectoryId): VersionKey[] {
    return this.#leadingTo
      .all(child)
      .map(([directory, name, firstSet]) => ({ directory, name, firstSet }));
  }

  /** From this set on. */
  insert({ directory, name, firstSet }: VersionKey, state: VersionState): void {
    this.#insert.run(
      directory,
      name,
      firstSet,
      state.kind,
      state.permissions,
      state.owner,
      state.sizeBytes,
      state.mtimeNs,
      state.ctimeNs,
      state.inode,
      state.links,
      state.deviceNumber,
      state.content,
      state.attributes,
      state.child,
      state.flags,
      state.seal,
    );
  }

  /** The same state from `set` on, but for the child. */
  continue(row: VersionKey, set: BackupSetId, child: DirectoryId | null): void {
    this.#copy.run(row.directory, row.name, row.firstSet, set, child);
  }

  /** It was so up to the set before `set`. A row of `set` itself never was. */
  endBefore({ directory, name, firstSet }: VersionKey, set: BackupSetId): void {
    if (firstSet >= set) this.#remove.run(directory, name, firstSet);
    else this.#close.run(directory, name, firstSet, set - 1);
  }

  setChild({ directory, name, firstSet }: VersionKey, child: DirectoryId | null): void {
    this.#setChild.run(directory, name, firstSet, child);
  }
}

const STATE_COLUMNS: readonly (keyof VersionState)[] = [
  "kind",
  "permissions",
  "owner",
  "sizeBytes",
  "mtimeNs",
  "ctimeNs",
  "inode",
  "links",
  "deviceNumber",
  "content",
  "attributes",
  "child",
  "flags",
];

/** Whether a row that says `known` says `state`. */
export function isSameState(known: VersionState, state: VersionState): boolean {
  return STATE_COLUMNS.every((column) => known[column] === state[column]);
}

function knownOf(directory: DirectoryId, row: ExactRow): KnownVersion {
  const [name, bytes, firstSet, isCurrent] = row;
  const numbers = row.slice(4, -1) as (bigint | null)[];
  const [kind, permissions, owner, uid, gid, size] = numbers;
  const [mtimeNs, ctimeNs, inode, links, deviceNumber, content, attributes, child, flags] =
    numbers.slice(6);
  return {
    directory,
    name: Number(name),
    firstSet: Number(firstSet) as BackupSetId,
    fileName: byteString(bytes) as FileName,
    isCurrent: isCurrent === 1n,
    kind: Number(kind),
    permissions: Number(permissions),
    owner: Number(owner),
    uid: Number(uid),
    gid: Number(gid),
    sizeBytes: Number(size),
    mtimeNs: mtimeNs ?? 0n,
    ctimeNs: ctimeNs ?? 0n,
    inode: inode ?? 0n,
    links: Number(links),
    deviceNumber: Number(deviceNumber),
    content: numberOrNull(content),
    attributes: numberOrNull(attributes),
    child: numberOrNull(child) as DirectoryId | null,
    flags: Number(flags),
    seal: (row.at(-1) ?? null) as Uint8Array | null,
  };
}

function numberOrNull(value: bigint | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
