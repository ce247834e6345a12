/**
 * The SQLite catalog: its file, schema and transactions, and a class for each cluster of tables.
 * What the tables mean is told in docs/format.md §2; the columns are in schema/001-initial.sql.
 */
import ddl from "../../schema/001-initial.sql" with { type: "text" };
import {
  NoRepository,
  RepositoryCorrupt,
  RepositoryLocked,
  RepositoryTooNew,
} from "../core/errors.ts";
import { BackupSets } from "./backup-sets.ts";
import { CatalogConversion } from "./conversion.ts";
import { Contents } from "./contents.ts";
import { Directories } from "./directories.ts";
import { History } from "./history.ts";
import { JournalRows } from "./journal-rows.ts";
import { Names } from "./names.ts";
import { Pending } from "./pending.ts";
import { SetViews } from "./set-view.ts";
import { Settings } from "./settings.ts";
import { Sql } from "./sql.ts";
import { Versions } from "./versions.ts";

export const SCHEMA_VERSION = 1;
/** "tard": PRAGMA application_id. */
const APPLICATION_ID = 0x74617264;
/** Where many rows of a large catalog change, less would take longer: a tenth. */
const CACHE_KIB = { usual: 4 * 1024, large: 8 * 1024 } as const;
const LARGE_BYTES = 64 * 1024 * 1024;
/** How long a statement waits for another process before it says that the catalog is locked. */
const BUSY_TIMEOUT_MS = 10_000;

export class Catalog implements Disposable {
  readonly sets: BackupSets;
  readonly names: Names;
  readonly directories: Directories;
  readonly versions: Versions;
  readonly contents: Contents;
  readonly views: SetViews;
  readonly history: History;
  readonly settings: Settings;
  readonly journal: JournalRows;
  readonly #sql: Sql;

  private constructor(sql: Sql) {
    this.#sql = sql;
    const pending = new Pending(sql);
    this.settings = new Settings(sql, pending);
    this.sets = new BackupSets(sql, pending);
    this.names = new Names(sql);
    this.directories = new Directories(sql, pending);
    this.versions = new Versions(sql);
    this.contents = new Contents(sql, pending);
    this.views = new SetViews(sql, this.sets, this.names);
    this.history = new History(sql, this.names, this.contents);
    this.journal = new JournalRows(sql);
  }

  /** A new one, with nothing but "/". Leaves WAL mode to whoever opens it. */
  static create(path: string): Catalog {
    using stack = new DisposableStack();
    const sql = stack.use(Sql.open(path, "create"));
    configure(sql);
    limitCache(sql);
    sql.run("BEGIN");
    sql.run(ddl);
    sql.run("INSERT INTO device (id, mount_point) VALUES (1, x'')");
    sql.run("INSERT INTO directory (id, device, inode, birth_ns) VALUES (1, 1, 0, 0)");
    sql.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    sql.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    sql.run("COMMIT");
    const catalog = new Catalog(sql);
    stack.move();
    return catalog;
  }

  /**
   * Changes nothing yet. Throws RepositoryTooNew, RepositoryCorrupt, or NoRepository when it is a
   * database of something else.
   */
  static open(path: string, access: "read" | "write"): Catalog {
    using stack = new DisposableStack();
    const sql = stack.use(Sql.open(path, access));
    configure(sql);
    checkFormat(sql);
    limitCache(sql);
    const catalog = new Catalog(sql);
    stack.move();
    return catalog;
  }

  /** From now on it is written: with a log that lets others read meanwhile, where that can be. */
  startLog(): void {
    const mode = this.#sql.scalar("PRAGMA journal_mode = WAL");
    if (mode !== "wal") this.#sql.run("PRAGMA journal_mode = TRUNCATE");
  }

  begin(): void {
    this.#sql.run("BEGIN IMMEDIATE");
  }

  commit(): void {
    this.#sql.run("COMMIT");
  }

  /** Harmless when SQLite has rolled back by itself, as it does when the disk is full. */
  rollback(): void {
    if (this.#sql.isInTransaction) this.#sql.run("ROLLBACK");
    this.forget();
  }

  /** All of `work` or none of it. `work` is synchronous, so no await can hold the write lock. */
  transaction<T>(work: () => T): T {
    this.begin();
    try {
      const result = work();
      this.commit();
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /**
   * Many reads as one: the file is locked, and looked at for changes, once and not for each of
   * them, which costs ten times what a small read itself does.
   */
  reading<T>(work: () => T): T {
    if (this.#sql.isInTransaction) return work();
    this.#sql.run("BEGIN");
    try {
      return work();
    } finally {
      this.#sql.run("COMMIT");
    }
  }

  /** Writes what it is now to a new file, whatever others write to it meanwhile. */
  copyTo(path: string): void {
    this.#sql.run(`VACUUM INTO '${path.replaceAll("'", "''")}'`);
  }

  /** Begins to encrypt it, or goes on. Throws what SQLite finds. */
  conversion(): CatalogConversion {
    return new CatalogConversion(this.#sql);
  }

  /** What was looked up may be something else now: rows were changed past these objects. */
  forget(): void {
    this.names.forget();
    this.contents.forget();
    this.views.forget();
  }

  /** Reads all of it. Throws RepositoryCorrupt naming the first fault. */
  check(): void {
    const verdict = this.#sql.scalar("PRAGMA quick_check(1)");
    if (verdict !== "ok") throw new RepositoryCorrupt(this.#sql.path, String(verdict));
  }

  /** Throws RepositoryCorrupt when a row refers to one that is not there. */
  checkReferences(): void {
    const table = this.#sql.scalar('SELECT "table" FROM pragma_foreign_key_check LIMIT 1');
    if (table === undefined) return;
    throw new RepositoryCorrupt(this.#sql.path, `${String(table)} refers to what is not there`);
  }

  /**
   * Leaves one file: no log, and a header that wants none. "in-use": another process reads it
   * just now; the log then stays, which harms nothing.
   */
  endLog(): "ended" | "in-use" {
    this.#sql.run("PRAGMA busy_timeout = 0");
    try {
      this.#sql.run("PRAGMA wal_checkpoint(TRUNCATE)");
      return this.#sql.scalar("PRAGMA journal_mode = DELETE") === "delete" ? "ended" : "in-use";
    } catch (error) {
      if (error instanceof RepositoryLocked) return "in-use";
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#sql[Symbol.dispose]();
  }
}

function configure(sql: Sql): void {
  sql.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  // Ids come from the rows themselves; checking each again would double the cost of a new row.
  sql.run("PRAGMA foreign_keys = OFF");
  sql.run("PRAGMA synchronous = FULL");
}

function limitCache(sql: Sql): void {
  const bytes = Number(sql.scalar("PRAGMA page_count")) * Number(sql.scalar("PRAGMA page_size"));
  sql.run(`PRAGMA cache_size = -${bytes > LARGE_BYTES ? CACHE_KIB.large : CACHE_KIB.usual}`);
}

function checkFormat(sql: Sql): void {
  const application = Number(sql.scalar("PRAGMA application_id"));
  const version = Number(sql.scalar("PRAGMA user_version"));
  if (application === 0 && version === 0) {
    throw new RepositoryCorrupt(sql.path, "it is an empty database");
  }
  if (application !== APPLICATION_ID) {
    throw new NoRepository(sql.path, "That file is a database of another program.");
  }
  if (version > SCHEMA_VERSION) throw new RepositoryTooNew(sql.path, version, SCHEMA_VERSION);
}
