/**
 * Paths on their way to the kernel, which takes at most 4096 bytes at once. A longer one is opened
 * in pieces, each relative to the one before.
 */
import type { Pointer } from "bun:ffi";
import type { ByteString, FilePath } from "../core/byte-string.ts";
import { AT, OPEN, libc } from "./libc.ts";
import { NativeMemory } from "./native-memory.ts";

/** PATH_MAX, with the NUL. */
const PATH_BYTES_MAX = 4096;
/** Room for one path, and what leads to it. */
const memory = new NativeMemory(PATH_BYTES_MAX + 64);

/**
 * Calls the system with `path` as a descriptor and what is relative to it. A negative result of a
 * piece is returned as it would be for the whole, with errno(). Must not be nested.
 */
export function atPath(
  path: FilePath,
  call: (directory: number, relative: Pointer) => number,
): number {
  if (path.length < PATH_BYTES_MAX) {
    return call(AT.currentDirectory, memory.writeText(path === "" ? ROOT : path, 0));
  }
  return atLongPath(path, call);
}

/**
 * The same for calls that take no descriptor: a path too long for them goes through /proc, where
 * an open directory has a short one.
 */
export function atWholePath(path: FilePath, call: (path: Pointer) => number): number {
  return atPath(path, (directory, relative) => {
    if (directory === AT.currentDirectory) return call(relative);
    const rest = path.slice(path.length - restBytes(relative));
    return call(memory.writeText(`${descriptorPath(directory)}/${rest}` as ByteString, 0));
  });
}

/** A path that leads to what a descriptor has open, be it a symlink. */
export function descriptorPath(descriptor: number): ByteString {
  return `/proc/self/fd/${descriptor}` as ByteString;
}

function restBytes(relative: Pointer): number {
  return memory.bytes.indexOf(0, relative - memory.pointer);
}

const ROOT = "/" as ByteString;

function atLongPath(
  path: FilePath,
  call: (directory: number, relative: Pointer) => number,
): number {
  let rest: string = path;
  let directory: number = AT.currentDirectory;
  try {
    while (rest.length >= PATH_BYTES_MAX) {
      const end = rest.lastIndexOf("/", PATH_BYTES_MAX - 1);
      // A name of this length exists nowhere; the kernel says so.
      if (end <= 0) return call(directory, memory.writeText(cut(rest), 0));
      const flags = OPEN.pathOnly | OPEN.directory | OPEN.closeOnExec;
      const piece = memory.writeText(rest.slice(0, end) as ByteString, 0);
      const inner = libc.openat(directory, piece, flags, 0);
      if (inner < 0) return inner;
      closeUnlessCurrent(directory);
      directory = inner;
      rest = rest.slice(end + 1);
    }
    return call(directory, memory.writeText(rest as ByteString, 0));
  } finally {
    closeUnlessCurrent(directory);
  }
}

/** Too long for the kernel, but not for the buffer. */
function cut(text: string): ByteString {
  return text.slice(0, PATH_BYTES_MAX) as ByteString;
}

function closeUnlessCurrent(descriptor: number): void {
  if (descriptor !== AT.currentDirectory) libc.close(descriptor);
}
