/**
 * An encrypted repository in a folder, with keys that are known: saved to and read from in this
 * process, and changed in between as somebody would who has the disk but no key.
 */
import { Database } from "bun:sqlite";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { BackupSet } from "../../src/core/backup-set.ts";
import { type FilePath, displayPath, joinPath } from "../../src/core/byte-string.ts";
import { ROOT_PATH } from "../../src/core/byte-string.ts";
import type { Version } from "../../src/core/entry.ts";
import { RepositoryCorrupt } from "../../src/core/errors.ts";
import { type BackupSetId, ROOT_DIRECTORY } from "../../src/core/ids.ts";
import type { Repository } from "../../src/core/repository.ts";
import { EncryptedRepository } from "../../src/engine/encrypted-repository.ts";
import { Regenerator } from "../../src/engine/regenerate.ts";
import { contentCrypto } from "../../src/format/content-crypto.ts";
import { PackReader } from "../../src/store/pack-reader.ts";
import { backUpFiles } from "./backup-in-process.ts";
import { RepositoryDisk } from "./repository-disk.ts";
import { TempDir } from "./temp-dir.ts";
import { TEST_KEYS } from "./test-keys.ts";

const REPOSITORY = "00112233445566778899aabbccddeeff";

/** Text of files by their path below the source; undefined: gone. */
export type Files = Readonly<Record<string, string | undefined>>;

/** All that can be restored: what is said of each entry, and its content, by path. */
export type Everything = Readonly<Record<string, string>>;

export class EncryptedDisk implements Disposable {
  readonly disk = new RepositoryDisk();
  readonly source: string;
  readonly #folder = new TempDir();

  constructor(source?: string) {
    this.source = source ?? this.#folder.join("source");
  }

  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) {
      const file = `${this.source}/${path}`;
      mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      if (text === undefined) rmSync(file);
      else writeFileSync(file, text);
    }
  }

  async backUp(): Promise<BackupSet> {
    await using repository = await this.open("write");
    return await backUpFiles(repository, {
      source: this.source as FilePath,
      packsFolder: this.disk.file("packs"),
      temporaryFolder: this.disk.file("tmp"),
      keys: TEST_KEYS,
    });
  }

  async open(access: "read" | "write"): Promise<Repository> {
    const local = await this.disk.open(access, REPOSITORY);
    return new EncryptedRepository(local, TEST_KEYS, "on");
  }

  /** What is in each set, or what a restore would tell of it. */
  async everythingIn(sets: readonly BackupSetId[]): Promise<(Everything | Error)[]> {
    try {
      await using repository = await this.open("read");
      using packs = new PackReader(this.disk.file("packs"));
      const regenerator = new Regenerator(packs, this.disk.file("tmp"), contentCrypto(TEST_KEYS));
      const found: (Everything | Error)[] = [];
      for (const set of sets) {
        found.push(await outcomeOf(() => readEverything({ repository, regenerator, set })));
      }
      return found;
    } catch (error) {
      return sets.map(() => errorOf(error));
    }
  }

  /** A copy that may be spoilt, of the same source. */
  copy(): EncryptedDisk {
    const copy = new EncryptedDisk(this.source);
    cpSync(this.disk.path, copy.disk.path, { recursive: true });
    return copy;
  }

  /** Changes rows, and makes everything fit again that needs no key. */
  forge(...statements: readonly string[]): void {
    {
      using catalog = new Database(this.disk.file("tardis.db"));
      for (const statement of statements) catalog.run(statement);
    }
    this.sealCatalog();
  }

  rows<Row>(sql: string): Row[] {
    using catalog = new Database(this.disk.file("tardis.db"), { readonly: true });
    return catalog.query<Row, []>(sql).all();
  }

  /** docs/format.md §4: anybody can. */
  sealCatalog(): void {
    const bytes = readFileSync(this.disk.file("tardis.db"));
    const sum = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    writeFileSync(this.disk.file("tardis.db.sum"), `# ${bytes.length} bytes\n${sum}  tardis.db\n`);
  }

  [Symbol.dispose](): void {
    this.disk[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

async function readEverything({
  repository,
  regenerator,
  set,
}: {
  readonly repository: Repository;
  readonly regenerator: Regenerator;
  readonly set: BackupSetId;
}): Promise<Everything> {
  const found: Record<string, string> = {};
  const sumOfContent = async (content: Version["content"]): Promise<string> => {
    if (content === undefined) return "none";
    const [chain] = await repository.chains([content]);
    if (chain === undefined) throw new RepositoryCorrupt(content, "it is not stored");
    const hasher = new Bun.CryptoHasher("sha256");
    for (const piece of regenerator.pieces(chain)) hasher.update(piece);
    return hasher.digest("hex");
  };
  const places = [{ directory: ROOT_DIRECTORY, path: ROOT_PATH }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const [entries = []] = await repository.directories(set, [place.directory]);
    for (const entry of entries) {
      const path = joinPath(place.path, entry.name);
      // Where rows lie is the repository's affair: fileSystem and child are numbers of its own.
      const { fileSystem: _number, child, seal: _seal, content, attributes, ...said } = entry;
      const contents = [await sumOfContent(content), await sumOfContent(attributes)];
      found[displayPath(path)] = `${Bun.inspect(said)} ${contents.join(" ")}`;
      if (child !== undefined) places.push({ directory: child, path });
    }
  }
  return found;
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    return errorOf(error);
  }
}

function errorOf(error: unknown): Error {
  if (error instanceof Error) return error;
  throw error;
}
