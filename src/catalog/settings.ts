/** Statements on the setting table. */
import type { Pending } from "./pending.ts";
import type { Query, Sql } from "./sql.ts";

/**
 * Settings about this copy of the catalog, which the journal does not carry:
 *   local.journal-end    where the journal was whole up to when it had everything
 *   local.copied-at      bytes of the journal when the newest copy of the catalog was made
 *   local.converting     where the journal ended of the catalog that this one is to replace
 *   local.unknown-packs  "keep": it was mended, and packs it does not know may hold contents
 */
export type LocalSetting =
  "local.journal-end" | "local.copied-at" | "local.unknown-packs" | "local.converting";

export class Settings {
  readonly #pending: Pending;
  readonly #get: Query<[string]>;
  readonly #set: Query<[]>;

  constructor(sql: Sql, pending: Pending) {
    this.#pending = pending;
    this.#get = sql.prepare("SELECT value FROM setting WHERE key = ?1");
    this.#set = sql.prepare(
      `INSERT INTO setting (key, value) VALUES (?1, ?2)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    );
  }

  get(key: string): string | undefined {
    return this.#get.first(key)?.[0];
  }

  set(key: string, value: string): void {
    this.#set.run(key, value);
    this.#pending.addTable("setting");
  }

  setLocal(key: LocalSetting, value: string): void {
    this.#set.run(key, value);
  }
}
