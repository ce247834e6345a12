/** Packs in a folder: packs/xx/NAME.pack, where xx are the first two digits of the name. */
import {
  closeSync,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { StorageFailed } from "../core/errors.ts";
import { packName, type PackName } from "../core/ids.ts";
import { syncFolder, writeWholly, writingTo } from "./files.ts";
import { PackReader, packPath } from "./pack-reader.ts";
import type { PackStore, PackWriter } from "./pack-store.ts";

/** Off the main thread: on a slow disk it takes seconds. */
const syncData = promisify(fdatasync);
const PACK_FILE = /^([0-9a-f]{32})\.pack$/;

export class DirectoryPacks implements PackStore, Disposable {
  readonly #packsFolder: string;
  readonly #reader: PackReader;

  /** `packsFolder` exists. */
  constructor(packsFolder: string) {
    this.#packsFolder = packsFolder;
    this.#reader = new PackReader(packsFolder);
  }

  async create(name: PackName): Promise<PackWriter> {
    const path = packPath(this.#packsFolder, name);
    return writingTo(path, () => {
      const made = mkdirSync(dirname(path), { recursive: true });
      const file = openSync(path, "wx");
      const newNames = made === undefined ? [dirname(path)] : [dirname(path), this.#packsFolder];
      return new DirectoryPackWriter(name, { path, file, newNames });
    });
  }

  async read(name: PackName, position: number, length: number): Promise<Uint8Array> {
    return this.#reader.read(name, position, length);
  }

  async sizeBytes(name: PackName): Promise<number> {
    return this.#reader.sizeBytes(name);
  }

  async *list(): AsyncGenerator<PackName> {
    for (const folder of readdirSync(this.#packsFolder, { withFileTypes: true })) {
      if (!folder.isDirectory()) continue;
      for (const file of readdirSync(join(this.#packsFolder, folder.name))) {
        const name = PACK_FILE.exec(file)?.[1];
        if (name?.startsWith(folder.name) === true) yield packName(name);
      }
    }
  }

  async remove(name: PackName): Promise<void> {
    const path = packPath(this.#packsFolder, name);
    this.#reader.forget(name);
    writingTo(path, () => rmSync(path, { force: true }));
  }

  /** Closes what was opened for reading. */
  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}

type NewPack = {
  readonly path: string;
  readonly file: number;
  /** Folders in which a name was made that is not durable yet. */
  readonly newNames: readonly string[];
};

class DirectoryPackWriter implements PackWriter {
  readonly name: PackName;
  readonly #path: string;
  readonly #file: number;
  #newNames: readonly string[];
  #lengthBytes = 0;
  #isOpen = true;

  constructor(name: PackName, { path, file, newNames }: NewPack) {
    this.name = name;
    this.#path = path;
    this.#file = file;
    this.#newNames = newNames;
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  async append(bytes: Uint8Array): Promise<number> {
    const position = this.#lengthBytes;
    try {
      writeWholly(this.#file, bytes, position);
    } catch (cause) {
      // A partial write gives its space back. If even that fails, the next append overwrites it.
      ignoringErrors(() => ftruncateSync(this.#file, position));
      throw new StorageFailed(this.#path, cause);
    }
    this.#lengthBytes += bytes.length;
    return position;
  }

  async overwrite(position: number, bytes: Uint8Array): Promise<void> {
    if (position + bytes.length > this.#lengthBytes) {
      throw new RangeError(`only bytes of a pack that were appended can be replaced`);
    }
    writingTo(this.#path, () => writeWholly(this.#file, bytes, position));
  }

  async sync(): Promise<void> {
    try {
      await syncData(this.#file);
      for (const folder of this.#newNames) syncFolder(folder);
    } catch (cause) {
      throw new StorageFailed(this.#path, cause);
    }
    this.#newNames = [];
  }

  async close(): Promise<void> {
    await this.sync();
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#file);
  }
}

function ignoringErrors(work: () => void): void {
  try {
    work();
  } catch {
    // The caller is about to report what led here.
  }
}
