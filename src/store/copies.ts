/**
 * Older copies of the catalog, compressed: tardis.db.1.zst is the newest. What a damaged catalog is
 * replaced by; the journal then brings it up to date.
 */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { RepositoryCorrupt, StorageFailed, StorageUnreadable } from "../core/errors.ts";
import { FRAME_HEADER_BYTES_MAX, frameContentSize } from "../core/zstd-frame.ts";
import { errorCodeOf, readWholly, syncFolder, writingTo } from "./files.ts";

export class CatalogCopies {
  readonly #catalogPath: string;
  readonly #folder: string;

  constructor(catalogPath: string) {
    this.#catalogPath = catalogPath;
    this.#folder = dirname(catalogPath);
  }

  /** Numbers of the copies there are, newest, which has the lowest, first. */
  numbers(): readonly number[] {
    const prefix = `${basename(this.#catalogPath)}.`;
    return readdirSync(this.#folder)
      .filter((name) => name.startsWith(prefix) && name.endsWith(".zst"))
      .map((name) => Number(name.slice(prefix.length, -".zst".length)))
      .filter((number) => Number.isSafeInteger(number) && number > 0)
      .sort((a, b) => a - b);
  }

  pathOf(number: number): string {
    return `${this.#catalogPath}.${number}.zst`;
  }

  /**
   * Makes a copy of the catalog, which nobody may write to meanwhile, and keeps the newest `count`
   * copies. A crash leaves the copies there were, perhaps under other numbers.
   */
  async rotate(count: number): Promise<void> {
    if (count > 0) await this.#compressTo(join(this.#folder, "tmp", "catalog.zst"));
    writingTo(this.#catalogPath, () => {
      if (count > 0) this.#insert(join(this.#folder, "tmp", "catalog.zst"));
      for (const number of this.numbers()) if (number > count) rmSync(this.pathOf(number));
      syncFolder(this.#folder);
    });
  }

  /** Decompresses a copy to `path`. Throws RepositoryCorrupt when it is damaged or missing. */
  async extract(number: number, path: string): Promise<void> {
    const copy = this.pathOf(number);
    const expected = plaintextBytesOf(copy);
    const target = createWriteStream(path, { flush: true });
    try {
      await pipeline(createReadStream(copy), createZstdDecompress(), target);
    } catch (cause) {
      rmSync(path, { force: true });
      // A system call failed for want of space or the like; a damaged frame makes none fail.
      if (target.errored !== null && "syscall" in target.errored) {
        throw new StorageFailed(path, cause);
      }
      throw new RepositoryCorrupt(copy, "it cannot be decompressed", cause);
    }
    // Bun takes the end of a file for the end of a frame: that the frame was cut off shows here.
    if (target.bytesWritten === expected) return;
    rmSync(path, { force: true });
    throw new RepositoryCorrupt(copy, `it holds ${target.bytesWritten} bytes, not ${expected}`);
  }

  /** Removes what extract() made. */
  discard(path: string): void {
    rmSync(path, { force: true });
  }

  async #compressTo(path: string): Promise<void> {
    try {
      const compressor = createZstdCompress({
        pledgedSrcSize: statSync(this.#catalogPath).size,
        params: { [constants.ZSTD_c_checksumFlag]: 1 },
      });
      const target = createWriteStream(path, { flush: true });
      await pipeline(createReadStream(this.#catalogPath), compressor, target);
    } catch (cause) {
      throw new StorageFailed(path, cause);
    }
  }

  /** Makes `path` copy 1; only those numbers move up that have to. */
  #insert(path: string): void {
    const taken = new Set(this.numbers());
    let free = 1;
    while (taken.has(free)) free += 1;
    for (let number = free; number > 1; number -= 1) {
      renameSync(this.pathOf(number - 1), this.pathOf(number));
    }
    renameSync(path, this.pathOf(1));
  }
}

/** The size that the frame in a copy tells of its content; undefined when it tells none. */
function plaintextBytesOf(copy: string): number | undefined {
  const header = new Uint8Array(FRAME_HEADER_BYTES_MAX);
  try {
    const file = openSync(copy, "r");
    try {
      readWholly(file, header, 0);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (errorCodeOf(cause) !== "ENOENT") throw new StorageUnreadable(copy, cause);
    throw new RepositoryCorrupt(copy, "the file is missing", cause);
  }
  return frameContentSize(header);
}
