/**
 * An entry that is being restored: made under a temporary name, completed there, and given its own
 * name at last, so that nobody ever sees half of it; or made under its own name in a folder that
 * has not got its own yet (staging.ts). Disposed before finish(), it is gone.
 */
import type { Pointer } from "bun:ffi";
import { assert } from "../core/assert.ts";
import type { ByteString, FileName, FilePath } from "../core/byte-string.ts";
import type { Problem } from "../core/progress.ts";
import { type EntryHandle, OpenHandle, PathHandle } from "./entry-handle.ts";
import type { Extent } from "./extents.ts";
import { ERRNO, OPEN, errno, libc } from "./libc.ts";
import type { Metadata, MetadataSetter, Restored } from "./metadata.ts";
import { NativeMemory } from "./native-memory.ts";
import { type Location, type OpenDirectory, namePointer } from "./open-directories.ts";
import { failureOf } from "./problem.ts";
import { renameToNew } from "./rename.ts";

/** What becomes of something that has the name already. */
export type Publication = "replace" | "fail-if-exists";

const temporaryMemory = new NativeMemory(128);
const PREFIX_BYTES = 6;
/** Another process' leftovers may have the names; not this many. */
const ATTEMPTS_MAX = 100;
const ZEROES = Buffer.alloc(65_536);
const OPEN_NEW = OPEN.writeOnly | OPEN.create | OPEN.exclusive | OPEN.noFollow | OPEN.closeOnExec;
const OPEN_MADE = OPEN.pathOnly | OPEN.noFollow | OPEN.closeOnExec;

/** Names that nothing else has: the same start for all of one restore. */
export class TemporaryNames {
  readonly #prefix: string;
  #count = 0;

  /** `mark`: what they begin with. */
  constructor(mark = ".tardis-") {
    this.#prefix = `${mark}${crypto.getRandomValues(new Uint8Array(PREFIX_BYTES)).toHex()}-`;
  }

  next(): FileName {
    this.#count += 1;
    return `${this.#prefix}${this.#count.toString(36)}` as FileName;
  }
}

/** Where an entry is made, and under which names. */
export type NewPlace = Location & {
  readonly path: FilePath;
  /** undefined: it has its own from the start. */
  readonly temporaryName: FileName | undefined;
};

/** How an entry is made; answers as in C. */
type Make = (directory: number, name: Pointer) => number;

/** Makes it under its own name, which nothing has. Throws SourceFailed. */
export function makeNamed(
  at: Location & { readonly path: FilePath },
  make: Make,
): { readonly place: NewPlace; readonly result: number } {
  const result = make(at.directory.descriptor, namePointer(at.name, at.path));
  if (result < 0) throw failureOf(at.path);
  return { place: { ...at, temporaryName: undefined }, result };
}

/**
 * Tries `make` with new names until it finds none that is taken. Throws SourceFailed where it
 * fails otherwise; `make` answers as in C.
 */
export function makeTemporary(
  at: Location & { readonly path: FilePath },
  names: TemporaryNames,
  make: Make,
): { readonly place: NewPlace; readonly result: number } {
  for (let attempt = 1; ; attempt += 1) {
    const temporaryName = names.next();
    const result = make(at.directory.descriptor, temporaryPointer(temporaryName));
    if (result >= 0) return { place: { ...at, temporaryName }, result };
    const number = errno();
    if (number !== ERRNO.exists || attempt === ATTEMPTS_MAX) throw failureOf(at.path, number);
  }
}

/** A symlink, FIFO, socket, device or hard link that was just made under its temporary name. */
export class NewEntry implements Disposable {
  readonly path: FilePath;
  readonly isBornWith: Restored["isBornWith"] = "nothing";
  readonly #place: NewPlace;
  readonly #directory: OpenDirectory;
  #isNamed = false;

  constructor(place: NewPlace) {
    this.path = place.path;
    this.#place = place;
    this.#directory = place.directory;
    this.#directory.users += 1;
  }

  /** What could not be set. The entry has no name of its own yet. */
  setMetadata(metadata: Metadata, setter: MetadataSetter): readonly Problem[] {
    const { descriptor: above } = this.#directory;
    const descriptor = libc.openat(above, this.#pointer(), OPEN_MADE, 0);
    if (descriptor < 0) throw failureOf(this.path);
    try {
      return this.apply(new PathHandle(descriptor), metadata, setter);
    } finally {
      libc.close(descriptor);
    }
  }

  /** Gives it its name, if it has another. Throws SourceFailed. */
  publish(publication: Publication): void {
    assert(!this.#isNamed, "an entry gets its name once");
    const { name, temporaryName } = this.#place;
    if (temporaryName !== undefined) this.#rename(temporaryName, name, publication);
    this.#isNamed = true;
    this.#directory.users -= 1;
  }

  [Symbol.dispose](): void {
    if (this.#isNamed) return;
    this.#isNamed = true;
    this.#directory.users -= 1;
    this.removeTemporary();
  }

  /** No error when it is gone already. */
  protected removeTemporary(): void {
    libc.unlinkat(this.#directory.descriptor, this.#pointer(), 0);
  }

  #rename(from: FileName, to: FileName, publication: Publication): void {
    const { descriptor } = this.#directory;
    const pointer = temporaryPointer(from);
    const target = namePointer(to, this.path);
    const answer =
      publication === "replace"
        ? libc.renameat(descriptor, pointer, descriptor, target)
        : renameToNew(descriptor, pointer, target);
    if (answer < 0) throw failureOf(this.path);
  }

  /** The name it has now. */
  #pointer(): Pointer {
    const { name, temporaryName } = this.#place;
    return temporaryName === undefined
      ? namePointer(name, this.path)
      : temporaryPointer(temporaryName);
  }

  protected apply(
    handle: EntryHandle,
    metadata: Metadata,
    setter: MetadataSetter,
  ): readonly Problem[] {
    const inherits = this.#directory.hasDefaultAccessList && metadata.version.kind !== "symlink";
    const inherited = inherits ? "access-lists" : "nothing";
    const { isBornWith } = this;
    return setter.apply({ path: this.path, handle, inherited, isBornWith }, metadata);
  }
}

/** One more name of a file that is there. */
export class NewLink extends NewEntry {
  override publish(publication: Publication): void {
    super.publish(publication);
    // rename(2) does nothing, and succeeds, where both names are of the same file already.
    this.removeTemporary();
  }
}

/** What a new file is, beside its place. */
export type FileParts = {
  /** Open for writing. */
  readonly descriptor: number;
  /** Where it has data; the rest stays a hole. undefined: everywhere. */
  readonly data: readonly Extent[] | undefined;
  readonly isBornWith: Restored["isBornWith"];
};

/** A regular file that is being written. */
export class NewFile extends NewEntry {
  override readonly isBornWith: Restored["isBornWith"];
  readonly #descriptor: number;
  readonly #data: readonly Extent[] | undefined;
  #isOpen = true;

  /** Takes over the descriptor. */
  constructor(place: NewPlace, { descriptor, data, isBornWith }: FileParts) {
    super(place);
    this.#descriptor = descriptor;
    this.#data = data;
    this.isBornWith = isBornWith;
  }

  /** Where holes are at the end of a file, its size cannot be told from what is written. */
  setSize(sizeBytes: number): void {
    if (libc.ftruncate(this.#descriptor, sizeBytes) < 0) throw failureOf(this.path);
  }

  /**
   * Bytes of the file from `position` on. Where it had holes nothing is written, unless there is
   * more than zeroes: holes were looked for at another moment than the content was read.
   */
  write(bytes: Uint8Array, position: number): void {
    if (this.#data === undefined) {
      this.#writeAll(bytes, position);
      return;
    }
    const end = position + bytes.length;
    let done = position;
    for (let index = firstEndingAfter(this.#data, position); done < end; index += 1) {
      const extent = this.#data[index];
      const start = Math.min(extent?.start ?? end, end);
      if (start > done) this.#writeHole(bytes.subarray(done - position, start - position), done);
      done = Math.max(start, done);
      const stop = Math.min(extent === undefined ? end : extent.start + extent.length, end);
      if (stop > done) this.#writeAll(bytes.subarray(done - position, stop - position), done);
      done = Math.max(stop, done);
    }
  }

  override setMetadata(metadata: Metadata, setter: MetadataSetter): readonly Problem[] {
    return this.apply(new OpenHandle(this.#descriptor), metadata, setter);
  }

  override publish(publication: Publication): void {
    this.#isOpen = false;
    // Some file systems tell only now that there was no room for what was written.
    if (libc.close(this.#descriptor) < 0) throw failureOf(this.path);
    super.publish(publication);
  }

  override [Symbol.dispose](): void {
    if (this.#isOpen) libc.close(this.#descriptor);
    this.#isOpen = false;
    super[Symbol.dispose]();
  }

  #writeHole(bytes: Uint8Array, position: number): void {
    for (let start = 0; start < bytes.length; start += ZEROES.length) {
      const piece = bytes.subarray(start, start + ZEROES.length);
      if (ZEROES.compare(piece, 0, piece.length, 0, piece.length) === 0) continue;
      this.#writeAll(piece, position + start);
    }
  }

  #writeAll(bytes: Uint8Array, position: number): void {
    assert(this.#isOpen, "a file is written before it is named");
    let done = 0;
    while (done < bytes.length) {
      const rest = done === 0 ? bytes : bytes.subarray(done);
      const count = Number(libc.pwrite(this.#descriptor, rest, rest.length, position + done));
      if (count < 0) throw failureOf(this.path);
      done += count;
    }
  }
}

/** The index of the first extent with a byte at `position` or after it. */
function firstEndingAfter(extents: readonly Extent[], position: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const extent = extents[middle];
    if (extent !== undefined && extent.start + extent.length <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `mode`: as open(2) takes it, cut by the umask. */
export function makeFile(directory: number, name: Pointer, mode: number): number {
  return libc.openat(directory, name, OPEN_NEW, mode);
}

function temporaryPointer(name: ByteString): Pointer {
  return temporaryMemory.writeText(name, 0);
}
