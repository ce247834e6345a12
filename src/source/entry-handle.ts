/**
 * Calls that change what is known of an entry: through a descriptor where it can be opened, else
 * through the path /proc has for a descriptor that only names it. Both mean that very entry, so
 * that no symlink put in its place meanwhile is followed. As in C: negative is a failure.
 */
import type { Pointer } from "bun:ffi";
import type { ByteString } from "../core/byte-string.ts";
import { AT, libc } from "./libc.ts";
import { NativeMemory } from "./native-memory.ts";
import { descriptorPath } from "./path-buffer.ts";

export interface EntryHandle {
  readonly descriptor: number;
  changeOwner(uid: number, gid: number): number;
  changeMode(mode: number): number;
  setAttribute(name: ByteString, value: Uint8Array): number;
  removeAttribute(name: ByteString): number;
  /** `times`: two struct timespec, of access and of modification. */
  setTimes(times: Pointer): number;
}

/** XATTR_NAME_MAX is 255. */
const NAME_BYTES_MAX = 256;
const nameMemory = new NativeMemory(NAME_BYTES_MAX + 8);
const pathMemory = new NativeMemory(64);
/** What an empty value is read from: an empty array has no address. */
const NO_VALUE = new Uint8Array(1);

/** Of a file or directory that is open. */
export class OpenHandle implements EntryHandle {
  readonly descriptor: number;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  changeOwner(uid: number, gid: number): number {
    return libc.fchown(this.descriptor, uid, gid);
  }

  changeMode(mode: number): number {
    return libc.fchmod(this.descriptor, mode);
  }

  setAttribute(name: ByteString, value: Uint8Array): number {
    const from = value.length === 0 ? NO_VALUE : value;
    return libc.fsetxattr(this.descriptor, attributeName(name), from, value.length, 0);
  }

  removeAttribute(name: ByteString): number {
    return libc.fremovexattr(this.descriptor, attributeName(name));
  }

  setTimes(times: Pointer): number {
    return libc.futimens(this.descriptor, times);
  }
}

/** Of anything, by a descriptor opened with O_PATH. */
export class PathHandle implements EntryHandle {
  readonly descriptor: number;

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  changeOwner(uid: number, gid: number): number {
    return libc.fchownat(AT.currentDirectory, this.#path(), uid, gid, 0);
  }

  changeMode(mode: number): number {
    return libc.fchmodat(AT.currentDirectory, this.#path(), mode, 0);
  }

  setAttribute(name: ByteString, value: Uint8Array): number {
    const from = value.length === 0 ? NO_VALUE : value;
    return libc.setxattr(this.#path(), attributeName(name), from, value.length, 0);
  }

  removeAttribute(name: ByteString): number {
    return libc.removexattr(this.#path(), attributeName(name));
  }

  setTimes(times: Pointer): number {
    return libc.utimensat(AT.currentDirectory, this.#path(), times, 0);
  }

  #path(): Pointer {
    return pathMemory.writeText(descriptorPath(this.descriptor), 0);
  }
}

/** A name that is too long is cut: the kernel has no attribute of that length either. */
function attributeName(name: ByteString): Pointer {
  return nameMemory.writeText(name.slice(0, NAME_BYTES_MAX) as ByteString, 0);
}
