/**
 * What a restore in place replaces or deletes, kept: in a folder on the same file system, so that
 * putting an entry there, and back, is a second name or a rename and never a copy. Everything is
 * done by name in open directories, as in restore-target.ts; paths are below its output.
 */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { type FileName, type FilePath, byteString, joinPath } from "../core/byte-string.ts";
import type { FileStat } from "../core/entry.ts";
import { AT, libc } from "./libc.ts";
import { lookIn } from "./look-in.ts";
import { NativeMemory } from "./native-memory.ts";
import { type OpenDirectories, namePointer } from "./open-directories.ts";
import { descriptorPath } from "./path-buffer.ts";
import { SourceFailed, failureOf } from "./problem.ts";

export type KeepSettings = {
  /** What the names of everything that is temporary begin with. */
  readonly mark: string;
  /** Where things of a file system are kept. */
  readonly areas: readonly { readonly device: number; readonly path: FilePath }[];
};

const NAME_DIGITS = 40;
/** Only who restores may look. */
const AREA_MODE = 0o700;

const keptMemory = new NativeMemory(64);

export class DisplacedEntries {
  readonly #directories: OpenDirectories;
  readonly #keep: KeepSettings;

  constructor(directories: OpenDirectories, keep: KeepSettings) {
    this.#directories = directories;
    this.#keep = keep;
  }

  /**
   * Keeps what is at `path`, if anything is. name: it has its name until something else takes that;
   * not where the file system has no links, nor a folder. place: it is gone from there. Throws
   * SourceFailed, and nothing has changed.
   */
  keep(path: FilePath, leaving: "name" | "place"): void {
    const found = this.look(path);
    if (found === undefined) return;
    const { directory, name } = this.#directories.locate(path);
    directory.users += 1;
    try {
      const area = this.#area(found.device, path);
      const from = namePointer(name, path);
      const to = keptMemory.writeText(keptName(path), 0);
      if (leaving === "name" && found.kind !== "directory") {
        if (libc.linkat(directory.descriptor, from, area, to, 0) === 0) return;
      }
      if (libc.renameat(directory.descriptor, from, area, to) < 0) throw failureOf(path);
    } finally {
      directory.users -= 1;
    }
  }

  /**
   * Puts what was kept of `path` back in its place, in one step wherever there can be one. none:
   * nothing is kept. Throws SourceFailed; nothing kept is ever lost.
   */
  bringBack(path: FilePath): "brought" | "none" {
    const kept = this.#keptOf(path);
    if (kept === undefined) return "none";
    const there = this.look(path);
    if (there?.inode === kept.found.inode && there.kind !== "directory") {
      this.remove(kept.path);
      return "brought";
    }
    // One step replaces a file by a file; a folder on either side has to be out of the way.
    const isInTheWay = there?.kind === "directory" || kept.found.kind === "directory";
    if (there !== undefined && isInTheWay) this.remove(path);
    this.#move(kept.path, path);
    return "brought";
  }

  /** What is kept of `path`; undefined: nothing. */
  kept(path: FilePath): FileStat | undefined {
    return this.#keptOf(path)?.found;
  }

  /** An entry, or an empty folder; no error where there is none. Throws SourceFailed. */
  remove(path: FilePath): void {
    const found = this.look(path);
    if (found === undefined) return;
    const { directory, name } = this.#directories.locate(path);
    const flags = found.kind === "directory" ? AT.removeDirectory : 0;
    if (libc.unlinkat(directory.descriptor, namePointer(name, path), flags) < 0)
      throw failureOf(path);
  }

  /** What a process that died has left in a folder. */
  removeTemporaries(folder: FilePath): void {
    const { descriptor } = this.#directories.open(folder);
    const names = readdirSync(`${descriptorPath(descriptor)}/.`, { encoding: "buffer" });
    for (const bytes of names) {
      const name = byteString(bytes) as FileName;
      if (name.startsWith(this.#keep.mark))
        this.remove(folder === "" ? name : joinPath(folder, name));
    }
  }

  /** Makes the folders in which things are kept. Throws SourceFailed. */
  makeAreas(): void {
    for (const { path } of this.#keep.areas) {
      const { directory, name } = this.#directories.locate(path);
      const pointer = namePointer(name, path);
      if (libc.mkdirat(directory.descriptor, pointer, AREA_MODE) < 0) throw failureOf(path);
    }
  }

  /** Those that are empty. */
  removeAreas(): "removed" | "not-empty" {
    const failed = this.#keep.areas.filter(({ path }) => {
      try {
        this.remove(path);
        return false;
      } catch (error) {
        if (error instanceof SourceFailed) return true;
        throw error;
      }
    });
    return failed.length === 0 ? "removed" : "not-empty";
  }

  /** undefined: nothing is there. Throws SourceFailed when that cannot be told. */
  look(path: FilePath): FileStat | undefined {
    let location;
    try {
      location = this.#directories.locate(path);
    } catch (error) {
      if (error instanceof SourceFailed && isAbsence(error)) return undefined;
      throw error;
    }
    return lookIn(location, path);
  }

  #keptOf(path: FilePath): { readonly path: FilePath; readonly found: FileStat } | undefined {
    for (const area of this.#keep.areas) {
      const keptPath = joinPath(area.path, keptName(path));
      const found = this.look(keptPath);
      if (found !== undefined) return { path: keptPath, found };
    }
    return undefined;
  }

  /** The descriptor of the folder in which things of a file system are kept. */
  #area(device: number, path: FilePath): number {
    const area = this.#keep.areas.find((each) => each.device === device);
    if (area !== undefined) return this.#directories.open(area.path).descriptor;
    throw new SourceFailed(path, "lies on a file system where nothing can be kept", "EXDEV");
  }

  #move(from: FilePath, to: FilePath): void {
    const source = this.#directories.locate(from);
    source.directory.users += 1;
    try {
      const target = this.#directories.locate(to);
      const sourceName = keptMemory.writeText(source.name, 0);
      const targetName = namePointer(target.name, to);
      const { descriptor } = source.directory;
      if (libc.renameat(descriptor, sourceName, target.directory.descriptor, targetName) < 0)
        throw failureOf(to);
    } finally {
      source.directory.users -= 1;
    }
  }
}

/** A name of its own for each path: all are kept side by side. */
function keptName(path: FilePath): FileName {
  const hash = createHash("sha256").update(path, "latin1").digest("hex");
  return hash.slice(0, NAME_DIGITS) as FileName;
}

function isAbsence({ code }: SourceFailed): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}
