/**
 * The records of restores in place that can be undone, a file each: written and synced before the
 * first change, and removed when all is as it was. In the user's own folder, not in a repository,
 * which may be read-only or out of reach by then.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { StorageUnreadable } from "../core/errors.ts";
import { errorCodeOf, replaceFile, syncFolder, writingTo } from "./files.ts";

const SUFFIX = ".undo";
/** They name files of whoever restored. */
const PRIVATE = 0o700;

export class UndoFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Durable when it returns. Throws StorageFailed. */
  write(id: string, record: string): void {
    writingTo(this.path, () => mkdirSync(this.path, { recursive: true, mode: PRIVATE }));
    replaceFile(this.#fileOf(id), record);
  }

  /** Adds to a record. */
  append(id: string, text: string): void {
    const path = this.#fileOf(id);
    writingTo(path, () => appendFileSync(path, text, { flush: true }));
  }

  /** Oldest first: ids begin with the time. */
  ids(): readonly string[] {
    if (!existsSync(this.path)) return [];
    return readdirSync(this.path)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length))
      .toSorted();
  }

  /** undefined: there is no such record. Throws StorageUnreadable. */
  read(id: string): string | undefined {
    const path = this.#fileOf(id);
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (errorCodeOf(error) === "ENOENT") return undefined;
      throw new StorageUnreadable(path, error);
    }
  }

  remove(id: string): void {
    const path = this.#fileOf(id);
    writingTo(path, () => {
      rmSync(path, { force: true });
      syncFolder(this.path);
    });
  }

  #fileOf(id: string): string {
    return join(this.path, id + SUFFIX);
  }
}
