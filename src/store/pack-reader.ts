/**
 * Reads packs in a folder, synchronously: for DirectoryPacks and for worker threads, which have a
 * reader each. A few files stay open, those used last.
 */
import { closeSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { RepositoryCorrupt, StorageUnreadable } from "../core/errors.ts";
import type { PackName } from "../core/ids.ts";
import { errorCodeOf, readWholly } from "./files.ts";

const OPEN_FILES_MAX = 16;

/** Where a pack lies: packs/3f/3f9c….pack. */
export function packPath(packsFolder: string, name: PackName): string {
  return join(packsFolder, name.slice(0, 2), `${name}.pack`);
}

export class PackReader implements Disposable {
  readonly #packsFolder: string;
  /** Least recently used first. */
  readonly #open = new Map<PackName, number>();

  constructor(packsFolder: string) {
    this.#packsFolder = packsFolder;
  }

  /** Exactly `length` bytes in a new buffer. Throws RepositoryCorrupt when they are not there. */
  read(name: PackName, position: number, length: number): Uint8Array {
    this.#expectWithin(name, position, length);
    const bytes = new Uint8Array(length);
    this.readInto(name, position, bytes);
    return bytes;
  }

  /** Fills `target`. Throws RepositoryCorrupt when the pack ends before. */
  readInto(name: PackName, position: number, target: Uint8Array): void {
    const file = this.#fileOf(name);
    const count = this.#reading(name, () => readWholly(file, target, position));
    if (count < target.length) this.#failShort(name, position, target.length);
  }

  /** Throws RepositoryCorrupt when there is no such pack. */
  sizeBytes(name: PackName): number {
    const file = this.#fileOf(name);
    return this.#reading(name, () => fstatSync(file).size);
  }

  /** Closes the pack's file: it is about to be removed. */
  forget(name: PackName): void {
    const file = this.#open.get(name);
    if (file === undefined) return;
    this.#open.delete(name);
    closeSync(file);
  }

  [Symbol.dispose](): void {
    for (const name of this.#open.keys()) this.forget(name);
  }

  /** So that a damaged length is not allocated. */
  #expectWithin(name: PackName, position: number, length: number): void {
    if (position < 0 || length < 0 || position + length > this.sizeBytes(name)) {
      this.#failShort(name, position, length);
    }
  }

  #fileOf(name: PackName): number {
    const file = this.#open.get(name) ?? this.#openFile(name);
    this.#open.delete(name);
    this.#open.set(name, file);
    return file;
  }

  #openFile(name: PackName): number {
    const file = this.#reading(name, () => openSync(packPath(this.#packsFolder, name), "r"));
    for (const oldest of this.#open.keys()) {
      if (this.#open.size < OPEN_FILES_MAX) break;
      this.forget(oldest);
    }
    return file;
  }

  #reading<T>(name: PackName, work: () => T): T {
    const path = packPath(this.#packsFolder, name);
    try {
      return work();
    } catch (cause) {
      if (errorCodeOf(cause) !== "ENOENT") throw new StorageUnreadable(path, cause);
      throw new RepositoryCorrupt(path, "the file is missing", cause);
    }
  }

  #failShort(name: PackName, position: number, length: number): never {
    const path = packPath(this.#packsFolder, name);
    throw new RepositoryCorrupt(path, `it has no bytes ${position} to ${position + length}`);
  }
}
