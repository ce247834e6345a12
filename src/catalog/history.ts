/**
 * Statements that look over all sets at once: every state of an entry, where a directory was, what
 * names there are, and what goes by a name. All but lookalikes() are ranges of an index.
 */
import { type FileName, byteString, bytesOf } from "../core/byte-string.ts";
import type { FileIdentity, HistoryPlace, NamePage, PastVersion, WayUp } from "../core/history.ts";
import type { BackupSetId, DirectoryId, NameId } from "../core/ids.ts";
import type { Contents } from "./contents.ts";
import type { Names } from "./names.ts";
import type { Query, Sql } from "./sql.ts";
import { VERSION_COLUMNS, VERSION_JOINS, type VersionRow, versionOf } from "./version-row.ts";

/** Names in a page: large enough that calls do not matter, small enough for memory. */
const NAMES_PER_PAGE = 8192;

type PastRow = [
  directory: bigint,
  firstSet: bigint,
  lastSet: bigint | null,
  device: bigint,
  ...VersionRow,
];
type JoinedRow =
  | [count: number, first: NameId, last: NameId, names: Uint8Array]
  | [count: number, first: null, last: null, names: null];
type WayRow = [parent: DirectoryId, name: Uint8Array, first: BackupSetId, last: BackupSetId | null];

const PAST_COLUMNS = `v.directory, v.first_set, v.last_set, d.device, ${VERSION_COLUMNS}`;
const PAST_JOINS = `${VERSION_JOINS} CROSS JOIN directory d ON d.id = v.directory`;

const NO_NAMES: NamePage = { ids: [], joined: new Uint8Array() };

export class History {
  readonly #names: Names;
  readonly #contents: Contents;
  readonly #inDirectory: Query<PastRow>;
  readonly #ofEntry: Query<PastRow>;
  readonly #named: Query<PastRow>;
  readonly #alike: Query<PastRow>;
  readonly #ways: Query<WayRow>;
  readonly #page: Query<JoinedRow>;
  readonly #ids: Query<[NameId]>;

  constructor(sql: Sql, names: Names, contents: Contents) {
    this.#names = names;
    this.#contents = contents;
    const select = (condition: string): Query<PastRow> =>
      sql.prepareExact(
        `SELECT ${PAST_COLUMNS} FROM version v ${PAST_JOINS} WHERE ${condition}
          ORDER BY v.directory, v.name, v.first_set`,
      );
    this.#inDirectory = select("v.directory = ?1");
    this.#ofEntry = select("v.directory = ?1 AND v.name = (SELECT id FROM name WHERE bytes = ?2)");
    this.#named = select("v.name = ?1");
    this.#alike = select("v.kind = 1 AND (v.inode = ?1 OR v.content = ?2)");
    this.#ways = sql.prepare(
      `SELECT v.directory, n.bytes, v.first_set, v.last_set
         FROM version v CROSS JOIN name n ON n.id = v.name
        WHERE v.child = ?1 ORDER BY v.first_set`,
    );
    const page = `FROM name WHERE id > ?1 ORDER BY id LIMIT ${NAMES_PER_PAGE}`;
    // A row a name would take three times as long.
    this.#page = sql.prepare(
      `SELECT count(*), min(id), max(id), CAST(group_concat(bytes, '/') AS BLOB)
         FROM (SELECT id, bytes ${page})`,
    );
    this.#ids = sql.prepare(`SELECT id ${page}`);
  }

  /** By name, each oldest first. */
  of({ directory, name }: HistoryPlace): PastVersion[] {
    const rows =
      name === undefined
        ? this.#inDirectory.all(directory)
        : this.#ofEntry.all(directory, bytesOf(name));
    return rows.map((row) => this.#version(row));
  }

  /** Of all entries that go or went by that name. */
  named(name: NameId): PastVersion[] {
    return this.#named.all(name).map((row) => this.#version(row));
  }

  /** Of all files with that inode number or content. Reads the whole table. */
  alike({ inode, content }: FileIdentity): PastVersion[] {
    const row = content === undefined ? undefined : this.#contents.find(content)?.row;
    const signed = inode === undefined ? null : BigInt.asIntN(64, inode);
    return this.#alike.all(signed, row ?? null).map((found) => this.#version(found));
  }

  /** Oldest first; states of the entry that differ in nothing else are one. */
  waysTo(directory: DirectoryId): WayUp[] {
    const ways: WayUp[] = [];
    for (const [parent, bytes, firstSet, last] of this.#ways.all(directory)) {
      const name = byteString(bytes) as FileName;
      const lastSet = last ?? undefined;
      const before = ways.at(-1);
      const goesOn =
        before?.parent === parent && before.name === name && before.lastSet === firstSet - 1;
      if (goesOn) ways[ways.length - 1] = { ...before, lastSet };
      else ways.push({ parent, name, firstSet, lastSet });
    }
    return ways;
  }

  /** In the order of their ids; empty: there are no more. */
  namesAfter(name: NameId | undefined): NamePage {
    const row = this.#page.first(name ?? 0);
    if (row === undefined || row[1] === null) return NO_NAMES;
    const [count, first, last, joined] = row;
    // Ids are given one after the other, so there are gaps only where names were removed.
    const hasGaps = last - first !== count - 1;
    const ids = hasGaps
      ? this.#ids.all(name ?? 0).map(([id]) => id)
      : Array.from({ length: count }, (_, index) => (first + index) as NameId);
    return { ids, joined };
  }

  #version(row: PastRow): PastVersion {
    const [directory, firstSet, lastSet, device, ...version] = row;
    return {
      ...versionOf(version, this.#names, Number(device)),
      directory: Number(directory) as DirectoryId,
      firstSet: Number(firstSet) as BackupSetId,
      lastSet: lastSet === null ? undefined : (Number(lastSet) as BackupSetId),
    };
  }
}
