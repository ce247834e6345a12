/**
 * bun:sqlite with rows as arrays, and with its errors as ours: the one place that knows what
 * SQLite's codes mean to a user. A code not named here is a bug and passes as it is.
 */
import { Database, SQLiteError } from "bun:sqlite";
import {
  RepositoryCorrupt,
  RepositoryLocked,
  StorageFailed,
  StorageUnreadable,
} from "../core/errors.ts";

export type Value = number | bigint | string | Uint8Array | null;
type Parameters_ = readonly Value[];

/** Result codes of sqlite3.h; an extended code has one of these in its low byte. */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
/** Of SQLITE_IOERR: reading failed. */
const IOERR_READS: readonly number[] = [266, 522, 8458];

export class Sql implements Disposable {
  readonly path: string;
  readonly #database: Database;

  private constructor(path: string, database: Database) {
    this.path = path;
    this.#database = database;
  }

  /** "create": it must not be there. Throws what `translated` says. */
  static open(path: string, mode: "create" | "write" | "read"): Sql {
    const options = {
      create: { readwrite: true, create: true },
      write: { readwrite: true, create: false },
      read: { readonly: true },
    }[mode];
    return guarded(path, () => new Sql(path, new Database(path, options)));
  }

  /** Integers come as numbers: only for columns that stay below 2^53. */
  prepare<Row extends Value[]>(text: string): Query<Row> {
    return new Query(this.path, this.#statement(text));
  }

  /** Every integer comes as a bigint. */
  prepareExact<Row extends Value[]>(text: string): Query<Row> {
    return new Query(this.path, this.#statement(text).safeIntegers(true));
  }

  /** One or more statements without parameters. */
  run(text: string): void {
    guarded(this.path, () => this.#database.run(text));
  }

  /** The first column of the only row of a PRAGMA or SELECT. */
  scalar(text: string): Value | undefined {
    using query = this.prepare<[Value]>(text);
    return query.first()?.[0];
  }

  get isInTransaction(): boolean {
    return this.#database.inTransaction;
  }

  [Symbol.dispose](): void {
    guarded(this.path, () => this.#database.close(false));
  }

  /**
   * SQLite looks at the values of parameters to plan joins and orders, and plans anew whenever they
   * change: 5 µs a call, several times what the lookup takes. It does not look behind a plus.
   */
  #statement(text: string): ReturnType<Database["prepare"]> {
    try {
      return this.#database.prepare(text.replace(/\?\d+/g, "+$&"));
    } catch (error) {
      if (isOfAnotherSchema(error)) throw new RepositoryCorrupt(this.path, error.message, error);
      throw translated(this.path, error);
    }
  }
}

type Statement = {
  values(...parameters: Value[]): unknown[][];
  run(...parameters: Value[]): { readonly changes: number; readonly lastInsertRowid: unknown };
  finalize(): void;
};

/** A prepared statement. Parameters are ?1, ?2, … */
export class Query<Row extends Value[]> implements Disposable {
  readonly #path: string;
  readonly #statement: Statement;

  constructor(path: string, statement: Statement) {
    this.#path = path;
    this.#statement = statement;
  }

  all(...parameters: Parameters_): Row[] {
    try {
      return this.#statement.values(...parameters) as Row[];
    } catch (error) {
      throw translated(this.#path, error);
    }
  }

  first(...parameters: Parameters_): Row | undefined {
    return this.all(...parameters)[0];
  }

  /** The number of rows it changed. */
  run(...parameters: Parameters_): number {
    try {
      return this.#statement.run(...parameters).changes;
    } catch (error) {
      throw translated(this.#path, error);
    }
  }

  /** The row id it inserted; undefined: it inserted none. */
  insertNew(...parameters: Parameters_): number | undefined {
    try {
      const { changes, lastInsertRowid } = this.#statement.run(...parameters);
      return changes === 0 ? undefined : Number(lastInsertRowid);
    } catch (error) {
      throw translated(this.#path, error);
    }
  }

  /** The row id it inserted. */
  insert(...parameters: Parameters_): number {
    try {
      return Number(this.#statement.run(...parameters).lastInsertRowid);
    } catch (error) {
      throw translated(this.#path, error);
    }
  }

  [Symbol.dispose](): void {
    this.#statement.finalize();
  }
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translated(path, error);
  }
}

/** Statements are written for the schema: one that does not fit it any more was damaged. */
function isOfAnotherSchema(error: unknown): error is SQLiteError {
  return error instanceof SQLiteError && /^no such (?:table|column)/.test(error.message);
}

function translated(path: string, error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error;
  switch (error.errno & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new RepositoryCorrupt(path, error.message, error);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return new RepositoryLocked(path, "another process");
    case SQLITE_IOERR:
      return IOERR_READS.includes(error.errno)
        ? new StorageUnreadable(path, error)
        : new StorageFailed(path, error);
    case SQLITE_READONLY:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
      return new StorageFailed(path, error);
    default:
      return error;
  }
}
