/**
 * Reading directories: names by getdents64, then statx of those that are wanted, with no object
 * made for an entry before it is asked for. About 2 µs an entry, nearly all of it the kernel's.
 */
import { assert } from "../core/assert.ts";
import { type FileName, type FilePath, joinPath } from "../core/byte-string.ts";
import { kindOfMode } from "../core/file-mode.ts";
import { AT, ERRNO, OPEN, errno, getdents64, libc, statx } from "./libc.ts";
import { type DirectoryListing, ListingBuilder } from "./listing.ts";
import { DIRECTORY_TYPE, NameList, UNKNOWN_TYPE } from "./name-list.ts";
import { EMPTY_NAME, NativeMemory } from "./native-memory.ts";
import { atPath } from "./path-buffer.ts";
import { type SourceProblem, problemOf, textOf } from "./problem.ts";
import { openForReading } from "./read-file.ts";
import type { EntryFilter } from "./select.ts";
import { STATX_BYTES, STATX_WORDS, word } from "./stat.ts";

export type { DirectoryListing, EntryTally, Subdirectory } from "./listing.ts";

const RECORDS_BYTES = 256 * 1024;
/** A file that tells what is to be left out is far smaller. */
const READ_BYTES_MAX = 1024 * 1024;
const LOOK = AT.symlinkNoFollow | AT.noAutomount;
const OPEN_DIRECTORY = OPEN.readOnly | OPEN.directory | OPEN.noFollow | OPEN.closeOnExec;

/** Memory that all directories share: one is open at a time. */
export class DirectoryScanner {
  readonly #records = new NativeMemory(RECORDS_BYTES);
  readonly #names = new NameList();
  readonly #stat = new NativeMemory(STATX_BYTES);
  #open: DirectoryScan | undefined;

  /** Reads the names of the directory at `path`, whose last name must not be a symlink. */
  open(path: FilePath): DirectoryScan | SourceProblem {
    assert(this.#open === undefined, "one directory is open at a time");
    const descriptor = openDirectory(path);
    if (descriptor < 0) return problemOf(errno());
    const number = this.#read(descriptor);
    if (number !== 0) {
      libc.close(descriptor);
      this.#names.clear();
      return problemOf(number);
    }
    const onClose = (): void => {
      this.#open = undefined;
    };
    this.#open = new DirectoryScan({ path, descriptor, onClose }, this.#names, this.#stat);
    return this.#open;
  }

  /** 0, or the number of the error. */
  #read(descriptor: number): number {
    const { bytes, pointer } = this.#records;
    for (;;) {
      const lengthBytes = getdents64(descriptor, pointer, RECORDS_BYTES);
      if (lengthBytes < 0) return errno();
      if (lengthBytes === 0) break;
      this.#names.addRecords(bytes, lengthBytes);
    }
    this.#names.sort();
    const isSeen =
      statx(descriptor, EMPTY_NAME.pointer, LOOK | AT.emptyPath, this.#stat.pointer) === 0;
    return isSeen ? 0 : errno();
  }
}

/** An open directory. Disposing it is needed before the scanner opens another. */
export class DirectoryScan implements Disposable {
  readonly #path: FilePath;
  readonly #descriptor: number;
  readonly #names: NameList;
  readonly #stat: NativeMemory;
  readonly #onClose: () => void;
  /** The device the directory is on. */
  readonly #device: { readonly major: number; readonly minor: number };
  #isOpen = true;
  #isStatted = false;

  /** Made by DirectoryScanner; `stat` has the directory's own. */
  constructor(
    opened: { readonly path: FilePath; readonly descriptor: number; readonly onClose: () => void },
    names: NameList,
    stat: NativeMemory,
  ) {
    this.#path = opened.path;
    this.#descriptor = opened.descriptor;
    this.#onClose = opened.onClose;
    this.#names = names;
    this.#stat = stat;
    this.#device = {
      major: word(stat.words, STATX_WORDS.onDeviceMajor),
      minor: word(stat.words, STATX_WORDS.onDeviceMinor),
    };
  }

  /** By name, bytewise. Not after stat(). */
  *names(): Generator<FileName> {
    this.#assertComplete();
    for (let index = 0; index < this.#names.count; index += 1) yield this.#names.name(index);
  }

  /** Not after stat(). */
  has(name: FileName): boolean {
    this.#assertComplete();
    return this.#names.has(name);
  }

  /** A small regular file in it, whole; undefined: it is none, unreadable, or not small. */
  readFile(name: FileName): Uint8Array | undefined {
    using file = openForReading(joinPath(this.#path, name));
    if ("problem" in file) return undefined;
    const { sizeBytes } = file.stat();
    if (sizeBytes > READ_BYTES_MAX) return undefined;
    const bytes = new Uint8Array(sizeBytes);
    const count = file.readInto(bytes, 0, sizeBytes);
    return typeof count === "number" ? bytes.subarray(0, count) : undefined;
  }

  /**
   * Looks at every entry that `filter` wants, or at all: without it no name becomes a string.
   * What has vanished since the names were read is left out. The listing outlives the scan. Once.
   */
  stat(filter: EntryFilter | undefined): DirectoryListing {
    this.#assertComplete();
    this.#isStatted = true;
    const names = this.#names;
    if (filter !== undefined) names.keep((index) => this.#isWanted(index, filter));
    const listing = new ListingBuilder(names.count, names.totalBytes(), this.#device);
    for (let index = 0; index < names.count; index += 1) {
      const answer = this.#look(index);
      if (answer === 0) listing.add(names, index, this.#stat);
      else if (answer !== ERRNO.notFound) {
        listing.addFailure({ name: names.name(index), reason: textOf(answer) });
      }
    }
    return listing.finish();
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    libc.close(this.#descriptor);
    this.#names.clear();
    this.#onClose();
  }

  #assertComplete(): void {
    assert(this.#isOpen && !this.#isStatted, "the names of a directory are read before its stats");
  }

  #isWanted(index: number, filter: EntryFilter): boolean {
    const type = this.#names.type(index);
    const isDirectory =
      type === UNKNOWN_TYPE ? this.#looksDirectory(index) : type === DIRECTORY_TYPE;
    return filter.wants(this.#names.name(index), isDirectory);
  }

  /** For file systems whose listings do not tell. */
  #looksDirectory(index: number): boolean {
    if (this.#look(index) !== 0) return false;
    return kindOfMode(word(this.#stat.words, STATX_WORDS.mode)) === "directory";
  }

  /** 0, or the number of the error. */
  #look(index: number): number {
    const name = this.#names.pointer(index);
    return statx(this.#descriptor, name, LOOK, this.#stat.pointer) === 0 ? 0 : errno();
  }
}

/** A descriptor, or negative with errno(). Leaves the time of access as it is where it may. */
function openDirectory(path: FilePath): number {
  const descriptor = atPath(path, (directory, relative) =>
    libc.openat(directory, relative, OPEN_DIRECTORY | OPEN.noAccessTime, 0),
  );
  if (descriptor >= 0 || errno() !== ERRNO.notPermitted) return descriptor;
  return atPath(path, (directory, relative) => libc.openat(directory, relative, OPEN_DIRECTORY, 0));
}
