/** One path: what it is, and the form of it that everything else expects. */
import { realpathSync } from "node:fs";
import {
  type ByteString,
  type FileName,
  type FilePath,
  ROOT_PATH,
  byteString,
  bytesOf,
} from "../core/byte-string.ts";
import type { FileEntry, FileKind } from "../core/entry.ts";
import { AT, errno, statx } from "./libc.ts";
import { NativeMemory } from "./native-memory.ts";
import { atPath } from "./path-buffer.ts";
import { SourceFailed, type SourceProblem, customProblem, problemOf } from "./problem.ts";
import { STATX_BYTES, fileStat } from "./stat.ts";

const memory = new NativeMemory(STATX_BYTES);

/** The entry at `path`, a symlink as itself. The root's name is empty. */
export function statPath(path: FilePath): FileEntry | SourceProblem {
  const flags = AT.symlinkNoFollow | AT.noAutomount;
  const answer = atPath(path, (directory, relative) =>
    statx(directory, relative, flags, memory.pointer),
  );
  if (answer < 0) return problemOf(errno());
  return { ...fileStat(memory), name: path.slice(path.lastIndexOf("/") + 1) as FileName };
}

/** What is at `path`; a symlink is not followed. Throws SourceFailed when that cannot be told. */
export function lookAt(path: FilePath): FileKind | "nothing" {
  const found = statPath(path);
  if (!("problem" in found)) return found.kind;
  if (found.code === "ENOENT" || found.code === "ENOTDIR") return "nothing";
  throw new SourceFailed(path, found.problem, found.code);
}

/**
 * The path of what a user named: absolute, every symlink on the way to it resolved. It is not
 * resolved itself: a symlink is backed up as one, unless a slash follows it. A path that ends in
 * "." or ".." is a directory and resolved whole. `workingDirectory` is absolute.
 */
export function resolveRoot(
  text: ByteString,
  workingDirectory: FilePath,
): FilePath | SourceProblem {
  const path = text.startsWith("/") ? text : (`${workingDirectory}/${text}` as ByteString);
  const end = path.lastIndexOf("/");
  const name = path.slice(end + 1);
  const isWhole = name === "" || name === "." || name === "..";
  const resolved = realPath(isWhole ? path : (path.slice(0, end) as ByteString));
  if (typeof resolved !== "string") return resolved;
  const root = isWhole ? resolved : (`${resolved}/${name}` as FilePath);
  const found = statPath(root);
  return "problem" in found ? found : root;
}

/** `path` with all symlinks followed, or why that cannot be. */
function realPath(path: ByteString): FilePath | SourceProblem {
  try {
    const resolved = realpathSync.native(Buffer.from(bytesOf(path === "" ? SLASH : path)), {
      encoding: "buffer",
    });
    const found = byteString(resolved);
    return found === "/" ? ROOT_PATH : found;
  } catch (error) {
    const number = (error as { errno?: number }).errno;
    if (number === undefined) return customProblem(String(error), "EINVAL");
    return problemOf(Math.abs(number));
  }
}

const SLASH = "/" as ByteString;
