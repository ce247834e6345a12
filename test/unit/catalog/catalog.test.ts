/** Opening and refusing catalogs, and errors of SQLite as a user meets them. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { Catalog, SCHEMA_VERSION } from "../../../src/catalog/catalog.ts";
import {
  NoRepository,
  RepositoryCorrupt,
  RepositoryTooNew,
  StorageFailed,
} from "../../../src/core/errors.ts";
import { TempDir } from "../../support/temp-dir.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

function made(path: string, sql: string): string {
  using database = new Database(path, { create: true });
  database.run(sql);
  return path;
}

test("a catalog of a later version is refused, naming both", () => {
  using folder = new TempDir();
  const path = folder.join("tardis.db");
  Catalog.create(path)[Symbol.dispose]();
  made(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  const error = thrownBy(() => Catalog.open(path, "read"));
  expect(error).toBeInstanceOf(RepositoryTooNew);
  expect(String(error)).toContain(`format ${SCHEMA_VERSION + 1}, this one knows ${SCHEMA_VERSION}`);
});

test("a database of another program is no repository", () => {
  using folder = new TempDir();
  const path = made(folder.join("tardis.db"), "CREATE TABLE mine (a)");
  made(path, "PRAGMA user_version = 30");
  expect(thrownBy(() => Catalog.open(path, "read"))).toBeInstanceOf(NoRepository);
});

test("a file that is no database is damaged", async () => {
  using folder = new TempDir();
  const path = folder.join("tardis.db");
  await Bun.write(path, "not a database, but long enough to be looked at".repeat(100));
  expect(thrownBy(() => Catalog.open(path, "read"))).toBeInstanceOf(RepositoryCorrupt);
});

test("a catalog that cannot be made says where", () => {
  const error = thrownBy(() => Catalog.create("/nonexistent/tardis.db"));
  expect(error).toBeInstanceOf(StorageFailed);
  expect(String(error)).toContain("/nonexistent/tardis.db");
});

test("a row that refers to nothing is found", () => {
  using folder = new TempDir();
  const path = folder.join("tardis.db");
  Catalog.create(path)[Symbol.dispose]();
  made(path, "INSERT INTO parcel VALUES (1, 77, 0, 0)");
  using catalog = Catalog.open(path, "read");
  const error = thrownBy(() => catalog.checkReferences());
  expect(String(error)).toContain("parcel refers to what is not there");
});

test("a transaction that fails leaves nothing, names that were cached included", () => {
  using catalog = Catalog.create(":memory:");
  const work = (): never => {
    catalog.names.idOf("a" as never);
    throw new Error("stop");
  };
  expect(String(thrownBy(() => catalog.transaction(work)))).toContain("stop");
  expect(catalog.names.find("a" as never)).toBeUndefined();
});
