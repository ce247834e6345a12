/** The outside world as it is: files, terminal, standard output. */
import {
  accessSync,
  appendFileSync,
  constants,
  lstatSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { posix } from "node:path";
import { type FilePath, byteString, bytesOf } from "../core/byte-string.ts";
import type { Host, PathKind } from "./host.ts";

type FileParts = Pick<
  Host,
  "readFile" | "appendLine" | "kindOf" | "exists" | "realPath" | "isWritableFolder"
>;

export const LOCAL_FILES: FileParts = {
  readFile: (path) => ifPresent(() => new Uint8Array(readFileSync(path))),
  appendLine: (path, line) => appendFileSync(path, `${line}\n`),
  kindOf: (path) =>
    ifPresent((): PathKind => (statSync(buffer(path)).isDirectory() ? "directory" : "other")),
  exists: (path) => ifPresent(() => lstatSync(buffer(path))) !== undefined,
  realPath: (path) => ifPresent(() => pathOf(realpathSync.native(buffer(path), "buffer"))),
  isWritableFolder,
};

/** Every argument's bytes, each ended by NUL; made from `argv` where the system does not tell. */
export function processArguments(argv: readonly string[]): Uint8Array {
  const told = ifPresent(() => new Uint8Array(readFileSync("/proc/self/cmdline")));
  return told ?? new TextEncoder().encode(argv.map((argument) => `${argument}\0`).join(""));
}

/** undefined where there is no such entry, or a symlink to itself. */
function ifPresent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(codeOf(error))) return undefined;
    throw error;
  }
}

function isWritableFolder(path: string): boolean {
  for (let folder = path; ; folder = posix.dirname(folder)) {
    try {
      accessSync(folder, constants.W_OK | constants.X_OK);
      return statSync(folder).isDirectory();
    } catch (error) {
      // One that is not there can be made where the folder above it can be written.
      if (codeOf(error) !== "ENOENT" || folder === "/") return false;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function buffer(path: FilePath): Buffer {
  return path === "" ? Buffer.from("/") : Buffer.from(bytesOf(path));
}

function pathOf(bytes: Buffer): FilePath {
  const path = byteString(bytes);
  return (path === "/" ? "" : path) as FilePath;
}
