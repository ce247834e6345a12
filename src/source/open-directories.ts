/**
 * The directories below the output of a restore, kept open while they are in use. Each is opened
 * by its name in the one above it, never through a symlink: nothing that lies in the output, or is
 * restored there, can lead out of it.
 */
import { type FileName, type FilePath, ROOT_PATH, isFileName } from "../core/byte-string.ts";
import { ERRNO, OPEN, errno, libc } from "./libc.ts";
import { NativeMemory } from "./native-memory.ts";
import { SourceFailed, failureOf } from "./problem.ts";
import { type StagingMark, stagedName } from "./staging.ts";

/** Open at once, besides those that something is being made in. */
const OPEN_MAX = 192;
const OPEN_DIRECTORY = OPEN.directory | OPEN.noFollow | OPEN.closeOnExec;
/** More than NAME_MAX of any file system. */
export const NAME_BYTES_MAX = 4096;

const nameMemory = new NativeMemory(NAME_BYTES_MAX + 8);
const defaultListName = new NativeMemory(64);
defaultListName.bytes.write("system.posix_acl_default\0", 0, "latin1");

/** One that is open. What is made in it adds to `users` until it is done. */
export type OpenDirectory = {
  readonly descriptor: number;
  /** Opened without the right to read it: only what goes through /proc can change it. */
  readonly isPathOnly: boolean;
  /** New entries in it begin with an ACL of its making. */
  readonly hasDefaultAccessList: boolean;
  /** Who a file belongs to that was made in it: not always who made it. undefined: not known. */
  givenOwner: { readonly uid: number; readonly gid: number } | undefined;
  users: number;
};

/** Where an entry goes: a directory that is open, and a name in it. */
export type Location = { readonly directory: OpenDirectory; readonly name: FileName };

export class OpenDirectories implements Disposable {
  /** By path below the output; the longest unused first. */
  readonly #open = new Map<FilePath, OpenDirectory>();
  readonly #top: OpenDirectory;
  readonly #staging: StagingMark | undefined;
  #lastPath: FilePath = ROOT_PATH;
  #last: OpenDirectory;

  /** Takes the descriptor of the output over. `staging`: some may not have their own names yet. */
  constructor(descriptor: number, staging: StagingMark | undefined) {
    this.#top = opened(descriptor, false);
    this.#staging = staging;
    this.#last = this.#top;
  }

  /** The place of `path`, which is below the output. Throws SourceFailed. */
  locate(path: FilePath): Location {
    const end = path.lastIndexOf("/");
    const name = path.slice(end + 1) as FileName;
    if (!isFileName(name)) throw new SourceFailed(path, "is no name of a file", "EINVAL");
    return { directory: this.open(end <= 0 ? ROOT_PATH : (path.slice(0, end) as FilePath)), name };
  }

  /** The directory at `path`; the empty path is the output. Throws SourceFailed. */
  open(path: FilePath): OpenDirectory {
    if (path === this.#lastPath) return this.#last;
    const directory = path === ROOT_PATH ? this.#top : this.#find(path);
    this.#lastPath = path;
    this.#last = directory;
    return directory;
  }

  [Symbol.dispose](): void {
    for (const { descriptor } of this.#open.values()) libc.close(descriptor);
    this.#open.clear();
    libc.close(this.#top.descriptor);
  }

  #find(path: FilePath): OpenDirectory {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const { directory: above, name } = this.locate(path);
    const directory = this.#openIn(above, name, path);
    this.#open.set(path, directory);
    if (this.#open.size > OPEN_MAX) this.#closeOldest(directory);
    return directory;
  }

  /** By its own name last: it may get that at any moment, and does not lose it again. */
  #openIn(above: OpenDirectory, name: FileName, path: FilePath): OpenDirectory {
    if (this.#staging !== undefined) {
      const staged = openNamed(above, stagedName(this.#staging, name), path);
      if (typeof staged !== "number") return staged;
    }
    const found = openNamed(above, name, path);
    if (typeof found === "number") throw failureOf(path, found);
    return found;
  }

  #closeOldest(kept: OpenDirectory): void {
    for (const [path, directory] of this.#open) {
      if (directory.users > 0 || directory === kept) continue;
      this.#open.delete(path);
      libc.close(directory.descriptor);
      return;
    }
  }
}

/** `name` as the kernel wants it. Valid until the next call. */
export function namePointer(name: FileName, path: FilePath): ReturnType<NativeMemory["at"]> {
  if (name.length > NAME_BYTES_MAX) throw new SourceFailed(path, "its name is too long", "EINVAL");
  return nameMemory.writeText(name, 0);
}

/** Or else why not, as an errno. */
function openNamed(above: OpenDirectory, name: FileName, path: FilePath): OpenDirectory | number {
  const pointer = namePointer(name, path);
  const flags = OPEN_DIRECTORY | OPEN.readOnly;
  const descriptor = libc.openat(above.descriptor, pointer, flags, 0);
  if (descriptor >= 0) return opened(descriptor, false);
  const number = errno();
  if (number !== ERRNO.accessDenied) return number;
  const unread = libc.openat(above.descriptor, pointer, OPEN_DIRECTORY | OPEN.pathOnly, 0);
  return unread < 0 ? errno() : opened(unread, true);
}

function opened(descriptor: number, isPathOnly: boolean): OpenDirectory {
  const listBytes = Number(libc.fgetxattr(descriptor, defaultListName.pointer, null, 0));
  const hasDefaultAccessList = listBytes > 0;
  return { descriptor, isPathOnly, hasDefaultAccessList, givenOwner: undefined, users: 0 };
}
