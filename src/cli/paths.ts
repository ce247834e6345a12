/** Paths as the command line says them become absolute paths in bytes. */
import { fileURLToPath } from "node:url";
import type { BackupRoot } from "../core/backup-options.ts";
import {
  type FileName,
  type FilePath,
  displayPath,
  isWithin,
  joinPath,
  namesOf,
} from "../core/byte-string.ts";
import { UsageError } from "../core/errors.ts";
import { byteStringOfLosslessText, losslessText } from "../core/lossless-text.ts";
import type { RestorePath } from "../core/restore-options.ts";
import type { Host } from "./host.ts";

type Directories = Pick<Host, "workingDirectory" | "homeDirectory">;

/** `text` from the working directory, with "." and ".." worked out and no slash at the end. */
export function absolutePath(text: string, directories: Directories): FilePath {
  const { workingDirectory, homeDirectory } = directories;
  const named = text === "~" || text.startsWith("~/") ? homeDirectory + text.slice(1) : text;
  const whole = named.startsWith("/") ? named : `${workingDirectory}/${named}`;
  const names: string[] = [];
  for (const name of whole.split("/"))
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  return byteStringOfLosslessText(names.map((name) => `/${name}`).join("")) as FilePath;
}

/** The same as text, for the settings that are given on as text: "/" for the root. */
export function absoluteFolder(text: string, directories: Directories): string {
  return losslessText(absolutePath(text, directories)) || "/";
}

/** A path or a file: URL. Throws UsageError for anything else. */
export function folderOfLocation(location: string, directories: Directories): string {
  if (location.startsWith("tardis:"))
    throw new UsageError(
      `${location}: repositories behind a server cannot be used yet`,
      "Give a folder: -R DIR.",
    );
  if (!location.startsWith("file:")) return absoluteFolder(location, directories);
  try {
    return absoluteFolder(fileURLToPath(location), directories);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new UsageError(`${location} is no folder of this machine`, "Write file:///DIR.");
  }
}

export type BasePath = "none" | "common" | "full";

/**
 * What to back up. A directory is taken under its real path; of anything else only the folders
 * before it are, so that a symlink to a file is saved as such. One in another is left out.
 * Throws UsageError that names all that are not there.
 */
export function backupRoots(
  texts: readonly string[],
  basePath: BasePath,
  host: Host,
): readonly BackupRoot[] {
  const named = texts.map((text) => ({ text, path: rootPath(text, host) }));
  const missing = named.filter(({ path }) => path === undefined).map(({ text }) => text);
  if (missing.length > 0)
    throw new UsageError(
      `there is no ${missing.join(" and no ")}`,
      "Nothing was backed up. Check the paths; leave out those that are gone.",
    );
  const paths = [...new Set(named.map(({ path }) => path as FilePath))].toSorted();
  const roots = paths.filter(
    (path) => !paths.some((other) => other !== path && isWithin(path, other)),
  );
  return recorded(roots, basePath);
}

/** How a path as it is named leads to one that was backed up. */
export type PathReading = {
  /** resolve: looked for under today's real path, too. */
  readonly symlinks: "resolve" | "as-named";
  /** Names to leave out at the beginning; "find": as few as lead to something. */
  readonly leftOut: number | "find";
};

const PLAIN_READING: PathReading = { symlinks: "resolve", leftOut: 0 };

/** What to look for. It need not exist any more. Throws UsageError. */
export function restorePath(
  text: string,
  host: Host,
  { symlinks, leftOut }: PathReading = PLAIN_READING,
): RestorePath {
  const named = absolutePath(text, host);
  const real = symlinks === "resolve" ? realParent(named, host) : named;
  const both = real === named ? [named] : [named, real];
  const [path = named, ...others] =
    leftOut === "find"
      ? both.flatMap((each) => namesOf(each).map((_name, count) => withoutFirst(each, count)))
      : both.map((each) => withoutFirst(each, leftOut));
  return { path, others };
}

/** Throws UsageError where nothing would be left. */
function withoutFirst(path: FilePath, count: number): FilePath {
  const names = namesOf(path);
  if (count > 0 && count >= names.length)
    throw new UsageError(
      `${displayPath(path)} has no more than ${names.length} names to leave out`,
      "Give a smaller number to --reduce-path, or none.",
    );
  return pathOf(names.slice(count));
}

function rootPath(text: string, host: Host): FilePath | undefined {
  if (text === "") return undefined;
  const path = absolutePath(text, host);
  return host.kindOf(path) === "directory" ? host.realPath(path) : realEntry(path, host);
}

/** `path` itself, in its real folder; undefined: there is no such entry. */
function realEntry(path: FilePath, host: Host): FilePath | undefined {
  return host.exists(path) ? realParent(path, host) : undefined;
}

/** `path`, symlinks before its last name followed, as far as its folders are still there. */
function realParent(path: FilePath, host: Host): FilePath {
  const names = namesOf(path);
  for (let depth = names.length - 1; depth > 0; depth -= 1) {
    const folder = host.realPath(pathOf(names.slice(0, depth)));
    if (folder !== undefined) return names.slice(depth).reduce(joinPath, folder);
  }
  return path;
}

function recorded(roots: readonly FilePath[], basePath: BasePath): readonly BackupRoot[] {
  if (basePath === "full") return roots.map((path) => ({ path, recordedAs: path }));
  const common = commonFolder(roots);
  const mapped = roots.map((path): BackupRoot => {
    const names = namesOf(path);
    const kept = basePath === "common" ? names.slice(common) : names.slice(-1);
    return { path, recordedAs: pathOf(kept) };
  });
  const taken = new Map<FilePath, FilePath>();
  for (const { path, recordedAs } of mapped) {
    const other = taken.get(recordedAs);
    if (other !== undefined)
      throw new UsageError(
        `${displayPath(other)} and ${displayPath(path)} would both be ${displayPath(recordedAs)}`,
        "Use --basepath common or full.",
      );
    taken.set(recordedAs, path);
  }
  return mapped;
}

/** How many names all folders of `roots` begin with. */
function commonFolder(roots: readonly FilePath[]): number {
  const folders = roots.map((path) => namesOf(path).slice(0, -1));
  const [first = []] = folders;
  const differs = first.findIndex((name, index) => folders.some((names) => names[index] !== name));
  return differs === -1 ? first.length : differs;
}

function pathOf(names: readonly FileName[]): FilePath {
  return names.map((name) => `/${name}`).join("") as FilePath;
}
