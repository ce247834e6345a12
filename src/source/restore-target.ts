/**
 * The folder something is restored to. Whatever names and symlinks a backup or the folder itself
 * has, nothing is made or changed outside it: every directory is opened by its name in the one
 * above, never through a symlink, and everything else is done by name in an open directory.
 *
 * Paths are relative to the folder: names joined by "/"; the empty path is the folder itself.
 */
import type { Pointer } from "bun:ffi";
import { assert } from "../core/assert.ts";
import { type ByteString, type FilePath, ROOT_PATH, byteString } from "../core/byte-string.ts";
import type { FileKind, FileStat } from "../core/entry.ts";
import { TYPE_BITS } from "../core/file-mode.ts";
import type { Problem } from "../core/progress.ts";
import type { OverwritePolicy, RestoreAttributes } from "../core/restore-options.ts";
import { DisplacedEntries, type KeepSettings } from "./displaced-entries.ts";
import { OpenHandle, PathHandle } from "./entry-handle.ts";
import { AT, ERRNO, OPEN, errno, libc, mknodat, statx } from "./libc.ts";
import { lookIn } from "./look-in.ts";
import {
  type Birth,
  type Metadata,
  MetadataSetter,
  type MetadataVersion,
  timesPointer,
} from "./metadata.ts";
import { EMPTY_NAME, NativeMemory } from "./native-memory.ts";
import {
  NewEntry,
  NewFile,
  NewLink,
  type NewPlace,
  type Publication,
  TemporaryNames,
  makeFile,
  makeNamed,
  makeTemporary,
} from "./new-entry.ts";
import { type FolderMaking, type NewFolder, NewFolders } from "./new-folders.ts";
import {
  type Location,
  OpenDirectories,
  type OpenDirectory,
  namePointer,
} from "./open-directories.ts";
import { OwnerNames } from "./owners.ts";
import { atPath } from "./path-buffer.ts";
import { SourceFailed, failureOf } from "./problem.ts";
import type { FolderState, StagingMark } from "./staging.ts";
import { STATX_BYTES, STATX_WORDS, word } from "./stat.ts";
import { processUmask } from "./umask.ts";

export type RestoreTargetSettings = {
  readonly existing: OverwritePolicy;
  readonly attributes: RestoreAttributes;
  /** What is replaced is kept so; undefined: it is gone. */
  readonly keep?: KeepSettings | undefined;
  /** New directories may get their names later, by nameDirectory(); undefined: none does. */
  readonly staging?: StagingMark | undefined;
};

/** What has no content but is not a directory, a symlink or a link either. */
export type SpecialKind = Extract<
  FileKind,
  "fifo" | "socket" | "character-device" | "block-device"
>;

/** `problem`: why there is no such directory. */
export type MadeDirectory =
  ({ readonly problem: undefined } & NewFolder) | { readonly problem: string };

const IN_ANY_NOW: FolderMaking = { above: "any", name: "now", birth: undefined };

/** keep: what is there stays. */
export type Verdict = "restore" | "keep";

const OPEN_DIRECTORY = OPEN.readOnly | OPEN.directory | OPEN.noFollow | OPEN.closeOnExec;
/** PATH_MAX: no target of a symlink is longer. */
const TARGET_BYTES_MAX = 4096;
/** Until permissions are set nobody else may look. */
const PRIVATE = { file: 0o600, directory: 0o700 } as const;
/** Where they are not set, the umask decides. */
const ORDINARY = { file: 0o666, directory: 0o777 } as const;

const stat = new NativeMemory(STATX_BYTES);
const targetMemory = new NativeMemory(TARGET_BYTES_MAX + 8);
const firstMemory = new NativeMemory(TARGET_BYTES_MAX + 8);

export class RestoreTarget implements Disposable {
  readonly output: FilePath;
  readonly #settings: RestoreTargetSettings;
  readonly #directories: OpenDirectories;
  readonly #setter: MetadataSetter;
  readonly #names: TemporaryNames;
  readonly #displaced: DisplacedEntries | undefined;
  readonly #folders: NewFolders;
  readonly #umask = processUmask();
  readonly #modes: { readonly file: number; readonly directory: number };

  /** Opens `output`, an absolute path; makes it if need be. Throws SourceFailed. */
  static open(output: FilePath, settings: RestoreTargetSettings): RestoreTarget {
    return new RestoreTarget(output, openOutput(output), settings);
  }

  /** Takes the descriptor of `output` over. Use open(). */
  constructor(output: FilePath, descriptor: number, settings: RestoreTargetSettings) {
    this.output = output;
    this.#settings = settings;
    const { existing, keep, staging } = settings;
    this.#directories = new OpenDirectories(descriptor, staging);
    this.#names = new TemporaryNames(keep?.mark);
    this.#displaced = keep && new DisplacedEntries(this.#directories, keep);
    this.#setter = new MetadataSetter(settings.attributes, new OwnerNames());
    this.#modes = settings.attributes.permissions === "set" ? PRIVATE : ORDINARY;
    const mode = this.#modes.directory;
    const displaced = this.#displaced;
    this.#folders = new NewFolders(this.#directories, { existing, mode, staging, displaced });
  }

  /**
   * Whether the policy wants an entry that was modified at `mtimeNs` restored to `path`. In a
   * folder that the restore itself made there is nothing to be looked for: what comes there
   * meanwhile is met when the entry gets its name.
   */
  verdict(path: FilePath, mtimeNs: bigint, folder: FolderState = "any"): Verdict {
    const { existing } = this.#settings;
    const isEmpty = folder === "staged" || (folder === "new" && existing === "never");
    if (existing === "always" || isEmpty) return "restore";
    const found = this.#look(path);
    if (found === undefined) return "restore";
    switch (existing) {
      case "never":
        return "keep";
      case "newer":
        return mtimeNs > found.mtimeNs ? "restore" : "keep";
      case "older":
        return mtimeNs < found.mtimeNs ? "restore" : "keep";
    }
  }

  /**
   * Makes a directory, unless it is there. What else has its name is removed only where the policy
   * is to overwrite always.
   */
  makeDirectory(path: FilePath, how: FolderMaking = IN_ANY_NOW): MadeDirectory {
    if (path === ROOT_PATH) return { problem: undefined, state: "any", isBorn: false };
    try {
      return { problem: undefined, ...this.#folders.make(path, how) };
    } catch (error) {
      if (error instanceof SourceFailed) return { problem: error.reason };
      throw error;
    }
  }

  /** For makeDirectory(), of a directory without attributes. */
  birthOf(version: MetadataVersion): Birth | undefined {
    return this.#setter.birthOf({ version, attributes: undefined });
  }

  /** Of one that is staged: all that belongs directly in it is there. Throws SourceFailed. */
  nameDirectory(path: FilePath): void {
    const { staging } = this.#settings;
    assert(staging !== undefined, "what is staged is so by a mark");
    this.#folders.name(path, staging);
  }

  /**
   * Sets what is to be said of a directory, once all in it is done; `isBorn`: as makeDirectory()
   * said. What could not be set.
   */
  finishDirectory(path: FilePath, metadata: Metadata, isBorn = false): readonly Problem[] {
    const hasTimesOnly = isBorn && metadata.attributes === undefined;
    if (hasTimesOnly && this.#setTimesOf(path, metadata.version)) return [];
    const { descriptor, isPathOnly } = this.#directories.open(path);
    const handle = isPathOnly ? new PathHandle(descriptor) : new OpenHandle(descriptor);
    const inherited = isBorn ? "nothing" : "access-lists";
    const isBornWith = isBorn ? "owner-and-permissions" : "nothing";
    return this.#setter.apply({ path, handle, inherited, isBornWith }, metadata);
  }

  /** Of a directory that is not open, by its name. false: not set. */
  #setTimesOf(path: FilePath, { mtimeNs }: MetadataVersion): boolean {
    if (this.#settings.attributes.times === "leave") return true;
    const { directory, name } = this.#directories.locate(path);
    const pointer = namePointer(name, path);
    const times = timesPointer(mtimeNs);
    return libc.utimensat(directory.descriptor, pointer, times, AT.symlinkNoFollow) === 0;
  }

  /** Of a directory. What cannot be removed stays: it is told by whoever sets the others. */
  removeAttributes(path: FilePath, names: readonly ByteString[]): void {
    const { descriptor, isPathOnly } = this.#directories.open(path);
    const handle = isPathOnly ? new PathHandle(descriptor) : new OpenHandle(descriptor);
    for (const name of names) handle.removeAttribute(name);
  }

  /** What it replaces is kept there; of a target that keeps. */
  get displaced(): DisplacedEntries {
    assert(this.#displaced !== undefined, "a restore in place keeps what it replaces");
    return this.#displaced;
  }

  /**
   * A new file, to be written and passed to finish() with the same metadata. One with holes has
   * `sizeBytes` at once. `folder`: what is known of the one it comes into. Throws SourceFailed.
   */
  createFile(
    path: FilePath,
    sizeBytes: number,
    metadata: Metadata,
    folder: FolderState = "any",
  ): NewFile {
    const birth = this.#setter.birthOf(metadata);
    const location = { ...this.#directories.locate(path), path };
    const { directory } = location;
    const isBorn = birth !== undefined && this.#isGivenBy(directory, birth);
    const mode = isBorn ? birth.mode : this.#modes.file;
    const made = this.#makeAt(location, folder, (above, name) => makeFile(above, name, mode));
    if (birth !== undefined && !isBorn) directory.givenOwner ??= ownerOf(made.result);
    const data = metadata.attributes?.data;
    const file = new NewFile(made.place, {
      descriptor: made.result,
      data,
      isBornWith: isBorn ? "owner-and-permissions" : "nothing",
    });
    if (data === undefined) return file;
    try {
      file.setSize(sizeBytes);
      return file;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  /** Throws SourceFailed. */
  createSymlink(path: FilePath, target: Uint8Array, folder: FolderState = "any"): NewEntry {
    if (target.length === 0 || target.length > TARGET_BYTES_MAX || target.includes(0)) {
      throw new SourceFailed(path, "has a target that no symlink can have", "EINVAL");
    }
    const pointer = targetMemory.writeText(byteString(target), 0);
    const { place } = this.#make(path, folder, (directory, name) =>
      libc.symlinkat(pointer, directory, name),
    );
    return new NewEntry(place);
  }

  /** `deviceNumber`: major * 2^20 + minor. Throws SourceFailed: devices need root. */
  createSpecial(
    path: FilePath,
    kind: SpecialKind,
    deviceNumber: number,
    folder: FolderState = "any",
  ): NewEntry {
    const mode = TYPE_BITS[kind] | this.#modes.file;
    const device = kernelDevice(deviceNumber);
    const { place } = this.#make(path, folder, (directory, name) =>
      mknodat(directory, name, mode, device),
    );
    return new NewEntry(place);
  }

  /** Metadata, then the name. What could not be set. Throws SourceFailed, and the entry is gone. */
  finish(entry: NewEntry, metadata: Metadata): readonly Problem[] {
    const problems = entry.setMetadata(metadata, this.#setter);
    this.#displaced?.keep(entry.path, "name");
    entry.publish(this.#publication());
    return problems;
  }

  /** Gives the file at `first`, restored before, another name. failed: it must be made anew. */
  link(first: FilePath, path: FilePath): "linked" | "kept" | "failed" {
    try {
      const found = this.#look(first);
      if (found === undefined || found.kind === "directory") return "failed";
      if (this.verdict(path, found.mtimeNs) === "keep") return "kept";
      const from = this.#directories.locate(first);
      from.directory.users += 1;
      try {
        this.#link(from.directory.descriptor, from.name, path);
      } finally {
        from.directory.users -= 1;
      }
      return "linked";
    } catch (error) {
      if (error instanceof SourceFailed) return "failed";
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#directories[Symbol.dispose]();
  }

  /** Whether a file that is made in `directory` with the mode of `birth` is just that. */
  #isGivenBy({ givenOwner, hasDefaultAccessList }: OpenDirectory, birth: Birth): boolean {
    return (
      !hasDefaultAccessList &&
      (birth.mode & this.#umask) === 0 &&
      givenOwner?.uid === birth.uid &&
      givenOwner.gid === birth.gid
    );
  }

  #link(directory: number, name: ByteString, path: FilePath): void {
    const from = firstMemory.writeText(name, 0);
    // Without a flag linkat(2) does not follow a symlink.
    const { place } = this.#make(path, "any", (to, temporary) =>
      libc.linkat(directory, from, to, temporary, 0),
    );
    using entry = new NewLink(place);
    this.#displaced?.keep(path, "name");
    entry.publish(this.#publication());
  }

  #make(
    path: FilePath,
    folder: FolderState,
    make: (directory: number, name: Pointer) => number,
  ): { readonly place: NewPlace; readonly result: number } {
    return this.#makeAt({ ...this.#directories.locate(path), path }, folder, make);
  }

  #makeAt(
    location: Location & { readonly path: FilePath },
    folder: FolderState,
    make: (directory: number, name: Pointer) => number,
  ): { readonly place: NewPlace; readonly result: number } {
    if (folder === "staged") return makeNamed(location, make);
    return makeTemporary(location, this.#names, make);
  }

  /** What is at `path` now; undefined: nothing. */
  #look(path: FilePath): FileStat | undefined {
    return lookIn(this.#directories.locate(path), path);
  }

  #publication(): Publication {
    return this.#settings.existing === "never" ? "fail-if-exists" : "replace";
  }
}

/** The output may be named through symlinks: it is the user's word, not the backup's. */
function openOutput(output: FilePath): number {
  makeOutput(output);
  const flags = OPEN_DIRECTORY & ~OPEN.noFollow;
  const descriptor = atPath(output, (at, relative) => libc.openat(at, relative, flags, 0));
  if (descriptor < 0) throw failureOf(output);
  return descriptor;
}

/** And the directories above it that are missing. */
function makeOutput(output: FilePath): void {
  if (output === ROOT_PATH) return;
  const make = (): number =>
    atPath(output, (at, relative) => libc.mkdirat(at, relative, ORDINARY.directory));
  if (make() === 0) return;
  let number = errno();
  if (number === ERRNO.notFound) {
    makeOutput(output.slice(0, output.lastIndexOf("/")) as FilePath);
    if (make() === 0) return;
    number = errno();
  }
  if (number === ERRNO.exists) return;
  throw failureOf(output, number);
}

/** Who a new file was given to; undefined: that cannot be told. */
function ownerOf(descriptor: number): OpenDirectory["givenOwner"] {
  if (statx(descriptor, EMPTY_NAME.pointer, AT.emptyPath, stat.pointer) < 0) return undefined;
  return { uid: word(stat.words, STATX_WORDS.uid), gid: word(stat.words, STATX_WORDS.gid) };
}

/** As mknod(2) takes it. */
function kernelDevice(deviceNumber: number): number {
  const major = Math.floor(deviceNumber / 2 ** 20);
  const minor = deviceNumber % 2 ** 20;
  return ((minor & 0xff) | (major << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}
