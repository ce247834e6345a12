/**
 * `catalog`: a repository without contents whose catalog has a million paths in a thousand sets, as
 * many years of backups leave it. Rows are written straight into the tables of schema/: making a
 * thousand sets by backups would take a day.
 *
 * In each set a thousandth of the files are changed, a few folders are renamed, and a few files are
 * removed. Two thirds of the names are their file's alone, the others are those that everybody has.
 */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import { Catalog } from "../../src/catalog/catalog.ts";
import { RepositoryFolder } from "../../src/store/repository-folder.ts";
import type { Folders, Scale } from "../folders.ts";
import { ensureDataset } from "./dataset.ts";
import { integerBetween, seededRandom } from "./random.ts";

export const CLIENT = "catalog";
const SCALES = {
  full: { folders: 50_000, sets: 1_000 },
  quick: { folders: 500, sets: 50 },
} as const;
const FILES_PER_FOLDER = 20;
const FOLDERS_PER_LEVEL = 36;
const CHANGED_PART = 1_000;
const RENAMED_PER_SET = 2;
const REMOVED_PER_SET = 20;
const COMMON_NAMES = 500;
const COMMON_PART = 1 / 3;
const FIRST_SET_MS = 1_600_000_000_000;
const DAY_MS = 86_400_000;
const SEED = 4;

/** The folder to give to -D. */
export function ensureCatalog(folders: Folders, scale: Scale): Promise<string> {
  return ensureDataset(join(folders.data, "catalog"), async (unfinished) => {
    using folder = RepositoryFolder.create(join(unfinished, CLIENT), CLIENT);
    Catalog.create(folder.catalogPath)[Symbol.dispose]();
    {
      using database = new Database(folder.catalogPath, { safeIntegers: true });
      database.run("PRAGMA synchronous = OFF");
      database.run("BEGIN");
      new CatalogWriter(database, SCALES[scale]).write();
      database.run("COMMIT");
    }
    folder.seal.write();
  });
}

/** A path that every scale has, changed in many sets. */
export const PATH = `${folderPath(7)}/${fileName(7, 3)}`;
/** A name that only one file has. */
export const NAME = fileName(7, 3);

class CatalogWriter {
  readonly #folders: number;
  readonly #sets: number;
  readonly #random = seededRandom(SEED);
  readonly #names = new Map<string, number>();
  readonly #addName;
  readonly #addDirectory;
  readonly #addVersion;
  readonly #endVersion;
  readonly #database: Database;
  /** Of each file, in the order of folders: the set of its newest row; 0: removed. */
  readonly #current: Uint16Array;

  constructor(database: Database, { folders, sets }: { folders: number; sets: number }) {
    this.#database = database;
    this.#folders = folders;
    this.#sets = sets;
    this.#current = new Uint16Array(folders * FILES_PER_FOLDER).fill(1);
    this.#addName = database.prepare("INSERT INTO name (id, bytes) VALUES (?1, ?2)");
    this.#addDirectory = database.prepare(
      "INSERT INTO directory (id, device, inode, birth_ns) VALUES (?1, 1, ?1, 1)",
    );
    this.#addVersion = database.prepare(
      `INSERT INTO version (directory, name, first_set, last_set, kind, permissions, owner, size,
         mtime_ns, ctime_ns, inode, links, device_number, content, attributes, child, flags)
       VALUES (?1, ?2, ?3, NULL, ?4, 420, 1, ?5, ?6, ?6, ?7, 1, 0, NULL, NULL, ?8, 0)`,
    );
    this.#endVersion = database.prepare(
      `UPDATE version SET last_set = ?4 WHERE directory = ?1 AND name = ?2 AND first_set = ?3`,
    );
  }

  write(): void {
    this.#database.run("INSERT INTO owner VALUES (1, 1000, 100, x'616e6e', x'7573657273')");
    for (let set = 1; set <= this.#sets; set += 1) this.#writeSet(set);
    this.#writeFirst();
    for (let set = 2; set <= this.#sets; set += 1) this.#writeChanges(set);
  }

  #writeSet(set: number): void {
    const startedMs = FIRST_SET_MS + set * DAY_MS;
    const name = `Daily-${new Date(startedMs).toISOString().slice(0, 10)}`;
    this.#database
      .prepare(
        `INSERT INTO backup_set (id, name, state, priority, started_ms, ended_ms, client_version)
         VALUES (?1, ?2, 'complete', 10, ?3, ?3, '1')`,
      )
      .run(set, name, startedMs);
    this.#database.prepare("INSERT INTO backup_root VALUES (?1, x'')").run(set);
  }

  #writeFirst(): void {
    for (let folder = 1; folder <= this.#folders; folder += 1) {
      this.#addDirectory.run(directoryOf(folder));
      this.#add(parentOf(folder), folderName(folder), { set: 1, child: directoryOf(folder) });
      for (let file = 0; file < FILES_PER_FOLDER; file += 1)
        this.#add(directoryOf(folder), fileName(folder, file), { set: 1, child: null });
    }
  }

  #writeChanges(set: number): void {
    const files = this.#current.length;
    for (let count = 0; count < files / CHANGED_PART; count += 1)
      this.#end(integerBetween(this.#random, 0, files - 1), set, "changed");
    this.#end((7 - 1) * FILES_PER_FOLDER + 3, set, "changed");
    for (let count = 0; count < REMOVED_PER_SET; count += 1)
      this.#end(integerBetween(this.#random, files / 2, files - 1), set, "removed");
    for (let count = 0; count < RENAMED_PER_SET; count += 1)
      this.#rename(integerBetween(this.#random, this.#folders / 2, this.#folders), set);
  }

  #end(index: number, set: number, how: "changed" | "removed"): void {
    const current = this.#current[index] ?? 0;
    if (current === 0 || current === set) return;
    const folder = Math.floor(index / FILES_PER_FOLDER) + 1;
    const name = fileName(folder, index % FILES_PER_FOLDER);
    this.#endVersion.run(directoryOf(folder), this.#nameId(name), current, set - 1);
    this.#current[index] = how === "changed" ? set : 0;
    if (how === "changed") this.#add(directoryOf(folder), name, { set, child: null });
  }

  /** Each folder once: only the first row of its own name is ended. */
  #rename(folder: number, set: number): void {
    const name = this.#nameId(folderName(folder));
    const { changes } = this.#endVersion.run(parentOf(folder), name, 1, set - 1);
    const as = `${folderName(folder)} of set ${set}`;
    if (changes > 0) this.#add(parentOf(folder), as, { set, child: directoryOf(folder) });
  }

  #add(directory: number, name: string, row: { set: number; child: number | null }): void {
    const { set, child } = row;
    const id = this.#nameId(name);
    const kind = child === null ? 1 : 2;
    const timeNs = BigInt(FIRST_SET_MS + set * DAY_MS) * 1_000_000n;
    const inode = directory * 100 + (id % 100);
    this.#addVersion.run(directory, id, set, kind, 1000 + set, timeNs, inode, child);
  }

  #nameId(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const id = this.#names.size + 1;
    this.#names.set(name, id);
    this.#addName.run(id, Buffer.from(name));
    return id;
  }
}

/** Row of a folder, of which there is a tree with FOLDERS_PER_LEVEL in each. */
function directoryOf(folder: number): number {
  return folder + 1;
}

function parentOf(folder: number): number {
  const parent = Math.floor((folder - 1) / FOLDERS_PER_LEVEL);
  return parent === 0 ? 1 : directoryOf(parent);
}

function folderName(folder: number): string {
  return `folder-${folder}`;
}

function folderPath(folder: number): string {
  const parent = Math.floor((folder - 1) / FOLDERS_PER_LEVEL);
  return `${parent === 0 ? "" : folderPath(parent)}/${folderName(folder)}`;
}

function fileName(folder: number, file: number): string {
  const number = folder * FILES_PER_FOLDER + file;
  const isCommon = (number * 0.618_034) % 1 < COMMON_PART;
  return isCommon ? `common-${number % COMMON_NAMES}.txt` : `report-${number}.txt`;
}
