/**
 * The folder of one client's repository, and the files in it by name. docs/format.md, introduction.
 *
 * Needs no links, permission bits or case of the file system, and writes nothing when it is only
 * read: the folder may lie on exFAT, NFS or a read-only medium, be moved or copied.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { NoRepository, StorageUnreadable } from "../core/errors.ts";
import { CatalogCopies } from "./copies.ts";
import { DirectoryPacks } from "./directory-packs.ts";
import { errorCodeOf, syncFolder, writingTo } from "./files.ts";
import { JournalFile, type JournalOpening } from "./journal-file.ts";
import { RepositoryLock, type LockRequest } from "./lock.ts";
import { Seal } from "./seal.ts";
import { TextFile } from "./text-file.ts";

const CATALOG = "tardis.db";
const JOURNAL = "tardis.journal";
const LOCK = "tardis.lock";
const KEYS = "tardis.keys";
const PACKS = "packs";
const TEMPORARY = "tmp";
const README = "README.txt";
/** In it lie the contents of files that not everybody may read. */
const PRIVATE = 0o700;
/** Besides tardis.*: what may lie in a folder that a repository is made in. */
const HARMLESS = new Set([PACKS, TEMPORARY, README, "lost+found", ".DS_Store", "Thumbs.db"]);

export class RepositoryFolder implements Disposable {
  readonly path: string;
  readonly packs: DirectoryPacks;
  readonly seal: Seal;
  readonly copies: CatalogCopies;

  /** Throws NoRepository, with what is there instead. */
  static open(path: string): RepositoryFolder {
    const names = namesIn(path);
    if (names === undefined) throw new NoRepository(path, "There is no such folder.");
    if (!names.includes(PACKS)) throw new NoRepository(path, whatIsThere(names));
    return new RepositoryFolder(path);
  }

  /**
   * Makes an empty repository, or opens the one that is there already. Throws NoRepository when the
   * folder is used for something else, StorageFailed.
   */
  static create(path: string, clientName: string): RepositoryFolder {
    const foreign = (namesIn(path) ?? []).filter((name) => !isOurs(name));
    if (foreign.length > 0) throw new NoRepository(path, whatIsThere(foreign));
    writingTo(path, () => {
      mkdirSync(dirname(path), { recursive: true });
      mkdirSync(path, { recursive: true, mode: PRIVATE });
      mkdirSync(join(path, PACKS), { recursive: true });
      mkdirSync(join(path, TEMPORARY), { recursive: true });
      const readme = join(path, README);
      if (!existsSync(readme)) writeFileSync(readme, readmeText(clientName), { flush: true });
      syncFolder(path);
    });
    return new RepositoryFolder(path);
  }

  /** Puts `replacement` in the place of `path`, which goes to `aside`. */
  static replace(path: string, replacement: string, aside: string): void {
    writingTo(path, () => {
      renameSync(path, aside);
      renameSync(replacement, path);
      syncFolder(dirname(path));
    });
  }

  /** What a crash in the middle of replace() has left to do. */
  static finishReplacement(path: string, replacement: string, aside: string): void {
    if (existsSync(path) || !existsSync(replacement) || !existsSync(aside)) return;
    writingTo(path, () => {
      renameSync(replacement, path);
      syncFolder(dirname(path));
    });
  }

  /** With everything in it. Whether there was one. */
  static removeIfThere(path: string): boolean {
    if (!existsSync(path)) return false;
    writingTo(path, () => {
      rmSync(path, { recursive: true });
      syncFolder(dirname(path));
    });
    return true;
  }

  private constructor(path: string) {
    this.path = path;
    this.packs = new DirectoryPacks(this.packsPath);
    this.seal = new Seal(this.catalogPath);
    this.copies = new CatalogCopies(this.catalogPath);
  }

  get catalogPath(): string {
    return join(this.path, CATALOG);
  }
  get journalPath(): string {
    return join(this.path, JOURNAL);
  }
  /** The keys of an encrypted repository, of no use without its password. */
  get keys(): TextFile {
    return new TextFile(join(this.path, KEYS), "shared");
  }
  /** For a PackReader of a worker's own. */
  get packsPath(): string {
    return join(this.path, PACKS);
  }
  /** For files that no crash need survive. */
  get temporaryPath(): string {
    return join(this.path, TEMPORARY);
  }

  /** False for a user who may not write to it, and on a read-only medium. */
  get isWritable(): boolean {
    try {
      accessSync(this.path, constants.W_OK);
      return true;
    } catch (error) {
      if (["EACCES", "EROFS", "EPERM"].includes(errorCodeOf(error) ?? "")) return false;
      throw new StorageUnreadable(this.path, error);
    }
  }

  /** It was made, and nothing was ever saved into it. */
  get isUnused(): boolean {
    return ![this.catalogPath, this.journalPath].some(existsSync) && isEmptyFolder(this.packsPath);
  }

  /** What a walk knows the folder by. */
  get identity(): { readonly device: number; readonly inode: bigint } {
    const { dev, ino } = statSync(this.path, { bigint: true });
    return { device: Number(dev), inode: ino };
  }

  journal(opening: JournalOpening): JournalFile {
    return JournalFile.open(this.journalPath, opening);
  }

  /**
   * The right to write, until disposed. Empties the folder for temporary files. Throws
   * RepositoryLocked when another has it.
   */
  lock(request: LockRequest): RepositoryLock {
    const lock = RepositoryLock.acquire(join(this.path, LOCK), request, this.temporaryPath);
    try {
      this.#emptyTemporary();
      return lock;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Renames a damaged file of this folder, for people to look at. Returns its new path. */
  setAside(path: string): string {
    let number = 1;
    while (existsSync(`${path}.damaged-${number}`)) number += 1;
    const aside = `${path}.damaged-${number}`;
    writingTo(path, () => {
      renameSync(path, aside);
      syncFolder(this.path);
    });
    return aside;
  }

  /** Durably puts a finished file of the folder for temporary files in the catalog's place. */
  installCatalog(path: string): void {
    writingTo(this.catalogPath, () => {
      renameSync(path, this.catalogPath);
      syncFolder(this.path);
    });
  }

  /** Makes the names in it durable. */
  sync(): void {
    writingTo(this.path, () => syncFolder(this.path));
  }

  [Symbol.dispose](): void {
    this.packs[Symbol.dispose]();
  }

  #emptyTemporary(): void {
    writingTo(this.temporaryPath, () => {
      mkdirSync(this.temporaryPath, { recursive: true });
      for (const name of readdirSync(this.temporaryPath)) {
        rmSync(join(this.temporaryPath, name), { recursive: true, force: true });
      }
    });
  }
}

/** undefined: there is no such folder. */
function namesIn(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT") return undefined;
    if (errorCodeOf(cause) === "ENOTDIR") throw new NoRepository(path, "It is not a folder.");
    throw new StorageUnreadable(path, cause);
  }
}

function isEmptyFolder(path: string): boolean {
  return (namesIn(path) ?? []).length === 0;
}

function isOurs(name: string): boolean {
  return HARMLESS.has(name) || name.startsWith("tardis.");
}

function whatIsThere(names: readonly string[]): string {
  if (names.length === 0) return "The folder is empty.";
  if (names.includes(CATALOG)) {
    return "It has a catalog, but no packs: a part of a repository, or one of Tardis in Python.";
  }
  const some = names.slice(0, 3).map((name) => basename(name));
  return `The folder holds other things, like ${some.join(", ")}.`;
}

function readmeText(clientName: string): string {
  return `This folder is the backup of ${clientName}, made by tardis.

To get everything back, run in this folder:

    tardis regen -R . -o /where/to/put/it /

tardis.db       the catalog: names, times, and where each content is
tardis.db.sum   its checksum (sha256sum -c tardis.db.sum)
tardis.journal  from which a lost catalog is made again
tardis.keys     if it is there, all is encrypted; the keys in it need the password
packs           the contents, compressed

The folder may be moved or copied as a whole. Do not change anything in it.
`;
}
