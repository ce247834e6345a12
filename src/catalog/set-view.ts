/**
 * What a backup set holds: the entries of a directory. An entry is in a set if its row's interval
 * has the set and its path is in one of the set's roots or leads to one; docs/format.md §2.2.
 */
import type { BackupSet } from "../core/backup-set.ts";
import { type FileName, byteString } from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { type BackupSetId, type DirectoryId, ROOT_DIRECTORY } from "../core/ids.ts";
import type { BackupSets } from "./backup-sets.ts";
import type { Names } from "./names.ts";
import { type Place, hasEntry, placeBelow, topPlace } from "./place.ts";
import type { Query, Sql } from "./sql.ts";
import { VERSION_COLUMNS, VERSION_JOINS, type VersionRow, versionOf } from "./version-row.ts";

/** Directories whose place in one set is remembered; beyond that they are looked up again. */
const PLACES_CACHED_MAX = 65_536;
const SETS_CACHED_MAX = 4;

/** The views of the sets asked for lately. */
export class SetViews {
  readonly #sets: BackupSets;
  readonly #statements: ViewStatements;
  readonly #views = new Map<BackupSetId, SetView>();

  constructor(sql: Sql, sets: BackupSets, names: Names) {
    this.#sets = sets;
    this.#statements = new ViewStatements(sql, names);
  }

  /** undefined: there is no such set. */
  of(id: BackupSetId): SetView | undefined {
    const known = this.#views.get(id);
    if (known !== undefined) return known;
    const set = this.#sets.find(id);
    if (set === undefined) return undefined;
    const view = new SetView(set, this.#statements);
    if (set.state === "running") return view; // What it holds grows.
    if (this.#views.size >= SETS_CACHED_MAX) this.#views.clear();
    this.#views.set(id, view);
    return view;
  }

  /** After a rollback, or a change of a set that was finished. */
  forget(): void {
    this.#views.clear();
  }
}

export class SetView {
  readonly #set: BackupSet;
  readonly #statements: ViewStatements;
  readonly #places = new Map<DirectoryId, Place | undefined>();

  constructor(set: BackupSet, statements: ViewStatements) {
    this.#set = set;
    this.#statements = statements;
  }

  /** By name, bytewise; empty for a directory that is not in the set or was not walked. */
  entries(directory: DirectoryId): Version[] {
    const place = this.#placeOf(directory);
    if (place === undefined) return [];
    const entries = this.#statements
      .entries(directory, this.#set.id)
      .filter(({ name }) => hasEntry(place, name))
      .toSorted(byName);
    for (const { child, name } of entries) {
      if (child !== undefined) this.#remember(child, placeBelow(place, name));
    }
    return entries;
  }

  /** No set has a directory in two places, so one way leads up from it, or none. */
  #placeOf(directory: DirectoryId): Place | undefined {
    if (directory === ROOT_DIRECTORY) return topPlace(this.#set);
    if (this.#places.has(directory)) return this.#places.get(directory);
    const way = this.#statements.way(directory, this.#set.id);
    const above = way && this.#placeOf(way.parent);
    const place = way && above && placeBelow(above, way.name);
    this.#remember(directory, place);
    return place;
  }

  #remember(directory: DirectoryId, place: Place | undefined): void {
    if (this.#places.size >= PLACES_CACHED_MAX) this.#places.clear();
    this.#places.set(directory, place);
  }
}

class ViewStatements {
  readonly #names: Names;
  readonly #entries: Query<VersionRow>;
  readonly #way: Query<[DirectoryId, Uint8Array]>;
  readonly #device: Query<[number]>;

  constructor(sql: Sql, names: Names) {
    this.#names = names;
    this.#entries = sql.prepareExact(
      `SELECT ${VERSION_COLUMNS} FROM version v ${VERSION_JOINS}
        WHERE v.directory = ?1 AND v.first_set <= ?2
              AND (v.last_set IS NULL OR v.last_set >= ?2)`,
    );
    this.#way = sql.prepare(
      `SELECT v.directory, n.bytes FROM version v CROSS JOIN name n ON n.id = v.name
        WHERE v.child = ?1 AND v.first_set <= ?2 AND (v.last_set IS NULL OR v.last_set >= ?2)`,
    );
    this.#device = sql.prepare("SELECT device FROM directory WHERE id = ?1");
  }

  entries(directory: DirectoryId, set: BackupSetId): Version[] {
    const fileSystem = this.#device.first(directory)?.[0] ?? 0;
    return this.#entries.all(directory, set).map((row) => versionOf(row, this.#names, fileSystem));
  }

  /** From a directory up; undefined: it is not in the set. */
  way(
    directory: DirectoryId,
    set: BackupSetId,
  ): { readonly parent: DirectoryId; readonly name: FileName } | undefined {
    const row = this.#way.first(directory, set);
    return row && { parent: row[0], name: byteString(row[1]) as FileName };
  }
}

function byName(a: Version, b: Version): number {
  return a.name < b.name ? -1 : 1;
}
