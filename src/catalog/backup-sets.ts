/** Statements on backup_set, backup_root and tag. No other file knows their columns. */
import {
  type BackupCounts,
  type BackupSet,
  type BackupState,
  NO_COUNTS,
} from "../core/backup-set.ts";
import { type FilePath, byteString, bytesOf } from "../core/byte-string.ts";
import type { BackupSetId } from "../core/ids.ts";
import type { Pending } from "./pending.ts";
import type { Query, Sql } from "./sql.ts";

export type NewBackupSet = {
  readonly name: string;
  readonly priority: number;
  readonly roots: readonly FilePath[];
  readonly startedMs: number;
  readonly clientVersion: string;
  readonly commandLine: Uint8Array | undefined;
  readonly configuration: Uint8Array | undefined;
};

/** How a set ended. */
export type SetEnd = {
  readonly state: Exclude<BackupState, "running">;
  /** undefined: nobody saw it end. */
  readonly endedMs: number | undefined;
  readonly error: string | undefined;
};

type SetRow = [
  id: BackupSetId,
  name: string,
  state: BackupState,
  priority: number,
  locked: number,
  startedMs: number,
  endedMs: number | null,
  clientVersion: string,
  cursor: Uint8Array | null,
  error: string | null,
  counts: string,
  seal: Uint8Array | null,
];

const COLUMNS = `id, name, state, priority, locked, started_ms, ended_ms, client_version, cursor,
                 error, counts, seal`;

export class BackupSets {
  readonly #pending: Pending;
  readonly #all: Query<SetRow>;
  readonly #one: Query<SetRow>;
  readonly #byState: Query<[BackupSetId]>;
  readonly #named: Query<[BackupSetId]>;
  readonly #insert: Query<[]>;
  readonly #advance: Query<[]>;
  readonly #end: Query<[]>;
  readonly #title: Query<[]>;
  readonly #counts: Query<[]>;
  readonly #seal: Query<[]>;
  readonly #roots: Query<[Uint8Array]>;
  readonly #insertRoot: Query<[]>;
  readonly #tags: Query<[string]>;
  readonly #tagged: Query<[BackupSetId]>;
  readonly #setTag: Query<[]>;

  constructor(sql: Sql, pending: Pending) {
    this.#pending = pending;
    this.#all = sql.prepare(`SELECT ${COLUMNS} FROM backup_set ORDER BY id`);
    this.#one = sql.prepare(`SELECT ${COLUMNS} FROM backup_set WHERE id = ?1`);
    this.#byState = sql.prepare("SELECT id FROM backup_set WHERE state = ?1 ORDER BY id");
    this.#named = sql.prepare("SELECT id FROM backup_set WHERE name = ?1");
    this.#insert = sql.prepare(
      `INSERT INTO backup_set
         (name, state, priority, started_ms, client_version, command_line, configuration)
       VALUES (?1, 'running', ?2, ?3, ?4, ?5, ?6)`,
    );
    this.#advance = sql.prepare("UPDATE backup_set SET cursor = ?2 WHERE id = ?1");
    this.#end = sql.prepare(
      "UPDATE backup_set SET state = ?2, ended_ms = ?3, error = ?4 WHERE id = ?1",
    );
    this.#title = sql.prepare("UPDATE backup_set SET name = ?2, priority = ?3 WHERE id = ?1");
    this.#counts = sql.prepare("UPDATE backup_set SET counts = ?2 WHERE id = ?1");
    this.#seal = sql.prepare("UPDATE backup_set SET seal = ?2 WHERE id = ?1");
    this.#roots = sql.prepare("SELECT path FROM backup_root WHERE backup_set = ?1 ORDER BY path");
    this.#insertRoot = sql.prepare(
      "INSERT OR IGNORE INTO backup_root (backup_set, path) VALUES (?1, ?2)",
    );
    this.#tags = sql.prepare("SELECT name FROM tag WHERE backup_set = ?1 ORDER BY name");
    this.#tagged = sql.prepare("SELECT backup_set FROM tag WHERE name = ?1");
    this.#setTag = sql.prepare(
      `INSERT INTO tag (name, backup_set) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET backup_set = excluded.backup_set`,
    );
  }

  /** Oldest first. */
  all(): BackupSet[] {
    return this.#all.all().map((row) => this.#fromRow(row));
  }

  find(id: BackupSetId): BackupSet | undefined {
    const row = this.#one.first(id);
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Of one that is known to exist. */
  get(id: BackupSetId): BackupSet {
    const set = this.find(id);
    if (set === undefined) throw new Error(`no backup set ${id}`);
    return set;
  }

  isNameTaken(name: string): boolean {
    return this.#named.first(name) !== undefined;
  }

  /** The set that has the tag. */
  tagged(tag: string): BackupSetId | undefined {
    return this.#tagged.first(tag)?.[0];
  }

  /** Sets nobody finished; with the lock ours, their processes are dead. */
  running(): BackupSetId[] {
    return this.#byState.all("running").map(([id]) => id);
  }

  start(set: NewBackupSet): BackupSetId {
    const { name, priority, startedMs, clientVersion, commandLine, configuration } = set;
    const id = this.#insert.insert(
      name,
      priority,
      startedMs,
      clientVersion,
      commandLine ?? null,
      configuration ?? null,
    ) as BackupSetId;
    for (const root of set.roots) this.#insertRoot.run(id, bytesOf(root));
    this.#pending.add("backup_set", id);
    return id;
  }

  /** `cursor`: the last directory, in the order of the walk, of those that are wholly in. */
  advance(id: BackupSetId, cursor: FilePath): void {
    this.#advance.run(id, bytesOf(cursor));
    this.#pending.add("backup_set", id);
  }

  end(id: BackupSetId, { state, endedMs, error }: SetEnd): void {
    this.#end.run(id, state, endedMs ?? null, error ?? null);
    this.#pending.add("backup_set", id);
  }

  entitle(id: BackupSetId, name: string, priority: number): void {
    this.#title.run(id, name, priority);
    this.#pending.add("backup_set", id);
  }

  count(id: BackupSetId, counts: BackupCounts): void {
    this.#counts.run(id, JSON.stringify(counts));
    this.#pending.add("backup_set", id);
  }

  /** Of an encrypting client, who alone can make it. */
  seal(id: BackupSetId, seal: Uint8Array): void {
    this.#seal.run(id, seal);
    this.#pending.add("backup_set", id);
  }

  /** Takes the tag away from the set that has it. */
  tag(id: BackupSetId, tag: string): void {
    this.#setTag.run(tag, id);
    this.#pending.addTable("tag");
  }

  #fromRow(row: SetRow): BackupSet {
    const [id, name, state, priority, locked, startedMs, endedMs] = row;
    const [clientVersion, cursor, error, counts, seal] = row.slice(7) as SetRowEnd;
    return {
      id,
      name,
      state,
      priority,
      isLocked: locked !== 0,
      tags: this.#tags.all(id).map(([tag]) => tag),
      roots: this.#roots.all(id).map(([path]) => byteString(path) as FilePath),
      startedMs,
      endedMs: endedMs ?? undefined,
      clientVersion,
      error: error ?? undefined,
      cursor: cursor === null ? undefined : (byteString(cursor) as FilePath),
      counts: { ...NO_COUNTS, ...(JSON.parse(counts) as Partial<BackupCounts>) },
      seal: seal ?? undefined,
    };
  }
}

type SetRowEnd = [string, Uint8Array | null, string | null, string, Uint8Array | null];
