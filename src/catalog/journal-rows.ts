/**
 * The catalog as rows for the journal: those it lacks, in batches, and back into a catalog.
 * Cells are numbers below 2^53, text, bytes or null: a wider integer is split into two cells.
 * Law: the rows that changes() gave, applied in order to a new catalog, make an equal one.
 */
import type { DirectoryId } from "../core/ids.ts";
import { CLEAR, type Cell, JOURNAL_TABLES, type JournalTable } from "./journal-tables.ts";
import type { Query, Sql, Value } from "./sql.ts";

/** Rows of one table, column by column. */
export type RowBatch = {
  readonly table: string;
  readonly columns: readonly (readonly Cell[])[];
};

/** The same as they come from the catalog, row by row: each has `cellCount` cells. */
export type ChangedRows = {
  readonly table: string;
  readonly cellCount: number;
  readonly rows: readonly (readonly Cell[])[];
};

const ROWS_PER_BATCH = 8192;
const DIRECTORIES_PER_PAGE = 1024;

export class JournalRows {
  readonly #sql: Sql;
  readonly #appliers = new Map<string, Query<[]>>();
  readonly #isPending: Query<[number]>;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#isPending = sql.prepare("SELECT EXISTS (SELECT 1 FROM pending)");
  }

  /** Whether the journal lacks anything. Every change of a set or a setting is pending. */
  isBehind(): boolean {
    return this.#isPending.first()?.[0] === 1;
  }

  /** What the journal lacks, in an order that keeps references whole. Reads; changes nothing. */
  *changes(): Generator<ChangedRows> {
    for (const table of JOURNAL_TABLES) {
      const { name, cellCount } = table;
      for (const rows of batched(this.#pages(table))) yield { table: name, cellCount, rows };
    }
  }

  /** The journal has them now. */
  markWritten(): void {
    for (const { name, mark, scope } of JOURNAL_TABLES) {
      if (scope === "whole") continue;
      this.#sql.run(
        `INSERT OR REPLACE INTO journal_mark (table_name, row_id)
         SELECT '${name}', coalesce(max(${mark.column}), 0) FROM ${mark.table}`,
      );
    }
    this.#sql.run("DELETE FROM pending");
  }

  /** From now on the journal lacks everything. */
  markNothingWritten(): void {
    this.#sql.run("DELETE FROM journal_mark");
    this.#sql.run("DELETE FROM pending");
    this.#sql.run(
      `INSERT INTO pending (table_name, row_id)
       SELECT 'directory', id FROM directory UNION ALL VALUES ('setting', 0), ('tag', 0)`,
    );
  }

  /** Throws RangeError on a table or number of columns that this version does not know. */
  apply({ table, columns }: RowBatch): void {
    const shape = JOURNAL_TABLES.find(({ name }) => name === table);
    if (shape === undefined) throw new RangeError(`no table ${table}`);
    if (columns.length !== shape.cellCount) throw new RangeError(`${table} has other columns`);
    const count = columns[0]?.length ?? 0;
    if (columns.some((column) => column.length !== count)) throw new RangeError("ragged columns");
    const clear = CLEAR[table];
    if (clear !== undefined) this.#sql.run(clear);
    const query = this.#applier(shape);
    for (let row = 0; row < count; row += 1)
      query.run(...columns.map((cells) => cellAt(cells, row)));
  }

  #applier(table: JournalTable): Query<[]> {
    const known = this.#appliers.get(table.name);
    if (known !== undefined) return known;
    const query = this.#sql.prepare<[]>(table.insert);
    this.#appliers.set(table.name, query);
    return query;
  }

  #pages(table: JournalTable): Iterable<Cell[][]> {
    switch (table.scope) {
      case "whole":
        return this.#wholeTable(table);
      case "new":
        return this.#rowsAfter(table, this.#markOf(table.name));
      case "directories":
        return this.#rowsOfDirectories(table);
    }
  }

  *#wholeTable(table: JournalTable): Generator<Cell[][]> {
    using isPending = this.#sql.prepare("SELECT 1 FROM pending WHERE table_name = ?1");
    if (isPending.first(table.name) === undefined) return;
    using query = this.#sql.prepare<Cell[]>(table.select);
    yield query.all();
  }

  *#rowsAfter(table: JournalTable, mark: number): Generator<Cell[][]> {
    using query = this.#sql.prepare<[number, ...Cell[]]>(table.select);
    for (let after = 0; ;) {
      const rows = query.all(mark, after, ROWS_PER_BATCH);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      after = last[0];
    }
  }

  /** Directories come in pages, and the rows of one too: it may have a million. */
  *#rowsOfDirectories(table: JournalTable): Generator<Cell[][]> {
    const lastSet = this.#markOf(table.name);
    if (lastSet === 0 && table.selectAll !== undefined) {
      yield* this.#allRows(table.selectAll);
      return;
    }
    using pages = this.#sql.prepare<[DirectoryId]>(
      `SELECT row_id FROM pending WHERE table_name = 'directory' AND row_id > ?1
        ORDER BY row_id LIMIT ${DIRECTORIES_PER_PAGE}`,
    );
    using query = this.#sql.prepare<Cell[]>(table.select);
    for (let after = 0; ;) {
      const page = pages.all(after);
      for (const [directory] of page) yield* pagesOfDirectory(query, directory, lastSet);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last[0];
    }
  }

  /** A question for each directory would take half as long again. */
  *#allRows(select: string): Generator<Cell[][]> {
    using query = this.#sql.prepare<Cell[]>(select);
    for (let after: readonly Value[] = [0, 0, 0]; ;) {
      const rows = query.all(...after, ROWS_PER_BATCH);
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_PER_BATCH) return;
      after = [0, 1, 2].map((index) => cellAt(last, index));
    }
  }

  #markOf(table: string): number {
    using query = this.#sql.prepare<[number]>(
      "SELECT row_id FROM journal_mark WHERE table_name = ?1",
    );
    return query.first(table)?.[0] ?? 0;
  }
}

/** The first three cells are the key: directory, name, first set. */
function* pagesOfDirectory(
  query: Query<Cell[]>,
  directory: DirectoryId,
  lastSet: number,
): Generator<Cell[][]> {
  for (let name: Value = 0, firstSet: Value = 0; ;) {
    const rows = query.all(directory, lastSet, name, firstSet, ROWS_PER_BATCH);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_BATCH) return;
    name = cellAt(last, 1);
    firstSet = cellAt(last, 2);
  }
}

/** In arrays of about ROWS_PER_BATCH rows. A page without rows is a batch without rows. */
function* batched(pages: Iterable<Cell[][]>): Generator<Cell[][]> {
  let batch: Cell[][] | undefined;
  for (const rows of pages) {
    if (batch === undefined) batch = rows;
    else for (const row of rows) batch.push(row);
    if (batch.length < ROWS_PER_BATCH) continue;
    yield batch;
    batch = undefined;
  }
  if (batch !== undefined) yield batch;
}

/** Of a row, or of a column. */
export function cellAt(cells: readonly Cell[], index: number): Cell {
  const cell = cells[index];
  if (cell === undefined) throw new RangeError("a row is shorter than the others");
  return cell;
}
