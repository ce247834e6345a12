/**
 * Reading what is backed up: regular files piece by piece, and the targets of symlinks. Opening
 * never waits, whatever stands at the path by then, and leaves the time of access where it may.
 */
import { assert } from "../core/assert.ts";
import type { FilePath } from "../core/byte-string.ts";
import { type EntryRecords, RECORD, RECORD_WORDS } from "../core/entry-records.ts";
import type { FileStat } from "../core/entry.ts";
import { TYPE_BITS, TYPE_MASK } from "../core/file-mode.ts";
import { ADVICE, AT, ERRNO, OPEN, errno, libc, statx } from "./libc.ts";
import { EMPTY_NAME, NativeMemory } from "./native-memory.ts";
import { atPath } from "./path-buffer.ts";
import { type SourceProblem, customProblem, failureOf, problemOf } from "./problem.ts";
import { STATX_BYTES, STATX_WORDS, fileStat, word } from "./stat.ts";

const OPEN_FILE = OPEN.readOnly | OPEN.noFollow | OPEN.nonBlocking | OPEN.closeOnExec;
/** PATH_MAX: no target is longer. */
const TARGET_BYTES_MAX = 4096;

const stat = new NativeMemory(STATX_BYTES);
const target = new NativeMemory(TARGET_BYTES_MAX);

/** What changes with a file's content. */
export type ContentMark = Pick<FileStat, "ctimeNs" | "mtimeNs" | "sizeBytes" | "inode">;

/** Whether `now` can still have the content it had `before`. */
function isSameContent(now: ContentMark, before: ContentMark): boolean {
  return (
    now.ctimeNs === before.ctimeNs &&
    now.mtimeNs === before.mtimeNs &&
    now.sizeBytes === before.sizeBytes &&
    now.inode === before.inode
  );
}

const IRREGULAR = "is no longer a regular file";

/** Opens a regular file for reading. Anything else at `path` is a problem, a symlink too. */
export function openForReading(path: FilePath): ReadFile | SourceProblem {
  const opened = openUnseen(path);
  if ("problem" in opened || opened.isRegular()) return opened;
  opened[Symbol.dispose]();
  return irregular();
}

/**
 * The same without a look at what it is, which costs a call: for who compares it after reading with
 * what it was, and so learns that.
 */
export function openUnseen(path: FilePath): ReadFile | SourceProblem {
  const descriptor = openAt(path);
  if (descriptor >= 0) return new ReadFile(descriptor, path);
  const number = errno();
  return number === ERRNO.tooManyLinks ? customProblem(IRREGULAR, "ELOOP") : problemOf(number);
}

/** Something else has come to the path of a file. */
export function irregular(): SourceProblem {
  return customProblem(IRREGULAR, "ENXIO");
}

/** A descriptor, or negative with errno(). O_NOATIME is for owners and root only. */
function openAt(path: FilePath): number {
  const descriptor = atPath(path, (directory, relative) =>
    libc.openat(directory, relative, OPEN_FILE | OPEN.noAccessTime, 0),
  );
  if (descriptor >= 0 || errno() !== ERRNO.notPermitted) return descriptor;
  return atPath(path, (directory, relative) => libc.openat(directory, relative, OPEN_FILE, 0));
}

function statOf(descriptor: number): FileStat | undefined {
  const answer = statx(descriptor, EMPTY_NAME.pointer, AT.emptyPath, stat.pointer);
  return answer < 0 ? undefined : fileStat(stat);
}

/** isSameContent() of what statx wrote and the record that begins at `at`. */
function hasRecordedMark(now: Uint32Array, records: Uint32Array, at: number): boolean {
  return (
    now[STATX_WORDS.ctimeNanoseconds] === records[at + RECORD.ctimeNanoseconds] &&
    now[STATX_WORDS.mtimeNanoseconds] === records[at + RECORD.mtimeNanoseconds] &&
    isSameLong(now, STATX_WORDS.ctimeSeconds, records, at + RECORD.ctimeSeconds) &&
    isSameLong(now, STATX_WORDS.mtimeSeconds, records, at + RECORD.mtimeSeconds) &&
    isSameLong(now, STATX_WORDS.size, records, at + RECORD.size) &&
    isSameLong(now, STATX_WORDS.inode, records, at + RECORD.inode)
  );
}

function isSameLong(a: Uint32Array, atA: number, b: Uint32Array, atB: number): boolean {
  return a[atA] === b[atB] && a[atA + 1] === b[atB + 1];
}

/** A regular file that is open. */
export class ReadFile implements Disposable {
  readonly descriptor: number;
  readonly path: FilePath;
  #isOpen = true;

  /** Made by openForReading(). */
  constructor(descriptor: number, path: FilePath) {
    this.descriptor = descriptor;
    this.path = path;
  }

  isRegular(): boolean {
    const answer = statx(this.descriptor, EMPTY_NAME.pointer, AT.emptyPath, stat.pointer);
    return answer === 0 && (word(stat.words, STATX_WORDS.mode) & TYPE_MASK) === TYPE_BITS.file;
  }

  /** As it is now. Throws SourceFailed when the disk does not answer. */
  stat(): FileStat {
    const found = statOf(this.descriptor);
    if (found === undefined) throw failureOf(this.path);
    return found;
  }

  /** Whether it can still have the content it had `before`. Throws as stat(). */
  isUnchangedSince(before: ContentMark): boolean {
    return isSameContent(this.stat(), before);
  }

  /** The same of a file's record, without making numbers of its words. Throws as stat(). */
  isAsRecorded({ words }: EntryRecords, index: number): boolean {
    const answer = statx(this.descriptor, EMPTY_NAME.pointer, AT.emptyPath, stat.pointer);
    if (answer < 0) throw failureOf(this.path);
    return hasRecordedMark(stat.words, words, index * RECORD_WORDS);
  }

  /**
   * Bytes `[position, position + length)` of the file to the start of `buffer`; how many there
   * were: fewer than `length` only where the file ends.
   */
  readInto(buffer: Uint8Array, position: number, length: number): number | SourceProblem {
    assert(this.#isOpen && length <= buffer.length, "an open file is read into what has room");
    let done = 0;
    while (done < length) {
      const rest = done === 0 ? buffer : buffer.subarray(done);
      const count = Number(libc.pread(this.descriptor, rest, length - done, position + done));
      if (count < 0) return problemOf(errno());
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  /** It will be read from its start to its end: more is read ahead. */
  expectSequentialReading(): void {
    libc.posix_fadvise(this.descriptor, 0, 0, ADVICE.sequential);
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    libc.close(this.descriptor);
  }
}

/** Where a symlink points, as its bytes; a new buffer. */
export function readLink(path: FilePath): Uint8Array | SourceProblem {
  const lengthBytes = atPath(path, (directory, relative) =>
    Number(libc.readlinkat(directory, relative, target.pointer, TARGET_BYTES_MAX)),
  );
  if (lengthBytes >= 0) return new Uint8Array(target.bytes.subarray(0, lengthBytes));
  const number = errno();
  if (number === ERRNO.invalid) return customProblem("is no longer a symlink", "EINVAL");
  return problemOf(number);
}
