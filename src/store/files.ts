/**
 * What every file of a repository needs: whole reads and writes, durable names, and errors that say
 * which file it was. Works where folders cannot be synced (exFAT, some network file systems).
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { StorageFailed } from "../core/errors.ts";

/** What a file system answers that cannot sync a folder. */
const NO_FOLDER_SYNC = ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EISDIR", "EBADF", "EPERM", "EACCES"];

/** The system's name of an error, like "ENOENT"; undefined for others. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

export function fileExists(path: string): boolean {
  return existsSync(path);
}

/** 0 when there is none. */
export function sizeOfFile(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The result of `work`; what it throws becomes StorageFailed of `path`. */
export function writingTo<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new StorageFailed(path, cause);
  }
}

/** Writes all of `bytes`, however many calls it takes. */
export function writeWholly(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

/** Fills `target` as far as the file goes, and returns how far. */
export function readWholly(file: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const count = readSync(file, target, done, target.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Makes the names in a folder durable, where the file system can. */
export function syncFolder(path: string): void {
  const folder = openFolder(path);
  if (folder === undefined) return;
  try {
    fsyncSync(folder);
  } catch (error) {
    if (!NO_FOLDER_SYNC.includes(errorCodeOf(error) ?? "")) throw error;
  } finally {
    closeSync(folder);
  }
}

/** Gives `path` new contents durably: after a crash it is the old file or the new one. */
export function replaceFile(path: string, contents: string, mode = 0o666): void {
  const temporary = `${path}.new`;
  writingTo(path, () => {
    writeFileSync(temporary, contents, { flush: true, mode });
    renameSync(temporary, path);
    syncFolder(dirname(path));
  });
}

/** undefined: this file system does not open folders. */
function openFolder(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (NO_FOLDER_SYNC.includes(errorCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}
