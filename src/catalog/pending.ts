/** What the journal lacks: rows that were changed in place, or that no mark tells. */
import type { Query, Sql } from "./sql.ts";

export type PendingTable = "directory" | "backup_set" | "content" | "setting" | "tag";

/** Stands for all rows of a small table. */
const WHOLE_TABLE = 0;

export class Pending {
  readonly #add: Query<[]>;

  constructor(sql: Sql) {
    this.#add = sql.prepare("INSERT OR IGNORE INTO pending (table_name, row_id) VALUES (?1, ?2)");
  }

  /** Of a directory: also its version rows. */
  add(table: "directory" | "backup_set" | "content", rowId: number): void {
    this.#add.run(table, rowId);
  }

  addTable(table: "setting" | "tag"): void {
    this.#add.run(table, WHOLE_TABLE);
  }
}
