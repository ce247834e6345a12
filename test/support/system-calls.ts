/**
 * What node:fs lacks and tests of exactness need: special files, attributes, times of any entry to
 * the nanosecond, where a file has holes. Its own bindings, so that it shares no mistake with
 * src/source. Symlinks are never followed.
 */
import { FFIType, dlopen, read } from "bun:ffi";

/** As node:fs takes it: bytes where a name may not be UTF-8. */
export type AnyPath = string | Buffer;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const UTIME_OMIT = 0x3ffffffen;
const TIMESPEC_BYTES = 16;
const SECOND_NS = 1_000_000_000n;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const ATTRIBUTES_BYTES = 65_536;

const ERRNO = { noData: 6, notSupported: 95 } as const;

const { ptr: pointer, i32: int, u32: unsigned, u64: size, i64_fast: long } = FFIType;

const { symbols: libc } = dlopen("libc.so.6", {
  mknod: { args: [pointer, unsigned, size], returns: int },
  utimensat: { args: [int, pointer, pointer, int], returns: int },
  llistxattr: { args: [pointer, pointer, size], returns: long },
  lgetxattr: { args: [pointer, pointer, pointer, size], returns: long },
  lsetxattr: { args: [pointer, pointer, pointer, size, int], returns: int },
  lseek: { args: [int, long, int], returns: long },
  __errno_location: { args: [], returns: pointer },
});

export const S_IFIFO = 0o010_000;
export const S_IFCHR = 0o020_000;
export const S_IFBLK = 0o060_000;
export const S_IFSOCK = 0o140_000;

/** A FIFO, a socket, or (as root) a device. `mode`: one of the above and permissions. */
export function makeNode(path: AnyPath, mode: number, device = { major: 0, minor: 0 }): void {
  // As makedev(3) packs them while both are below 256.
  const packed = device.major * 256 + device.minor;
  expectDone(libc.mknod(terminated(path), mode, packed), "mknod", path);
}

/** Of a symlink its own. May be before 1970. */
export function setModified(path: AnyPath, mtimeNs: bigint): void {
  const times = Buffer.alloc(2 * TIMESPEC_BYTES);
  const nanoseconds = ((mtimeNs % SECOND_NS) + SECOND_NS) % SECOND_NS;
  times.writeBigInt64LE(UTIME_OMIT, 8);
  times.writeBigInt64LE((mtimeNs - nanoseconds) / SECOND_NS, TIMESPEC_BYTES);
  times.writeBigInt64LE(nanoseconds, TIMESPEC_BYTES + 8);
  const done = libc.utimensat(AT_FDCWD, terminated(path), times, AT_SYMLINK_NOFOLLOW);
  expectDone(done, "utimensat", path);
}

export function setAttribute(path: AnyPath, name: string, value: string | Uint8Array): void {
  const bytes = Buffer.from(value);
  // A null pointer would be passed for an empty buffer; its one byte is not used.
  const pointed = bytes.length === 0 ? Buffer.alloc(1) : bytes;
  const done = libc.lsetxattr(terminated(path), terminated(name), pointed, bytes.length, 0);
  expectDone(done, `setxattr ${name}`, path);
}

/** All that this process may see, access lists included: values in hexadecimal by name. */
export function attributesOf(path: AnyPath): Record<string, string> {
  const names = Buffer.alloc(ATTRIBUTES_BYTES);
  const length = Number(libc.llistxattr(terminated(path), names, names.length));
  if (length < 0 && errno() === ERRNO.notSupported) return {};
  expectDone(length, "listxattr", path);
  const found: Record<string, string> = {};
  for (const name of names.toString("latin1", 0, length).split("\0").sort()) {
    if (name !== "") found[name] = attribute(path, name);
  }
  return found;
}

/** Where an open file has bytes, as `start-end` each; holes are between. */
export function dataRanges(file: number): string[] {
  const ranges: string[] = [];
  for (let position = 0; ;) {
    const start = Number(libc.lseek(file, position, SEEK_DATA));
    if (start < 0 && errno() === ERRNO.noData) return ranges;
    expectDone(start, "lseek", String(file));
    position = Number(libc.lseek(file, start, SEEK_HOLE));
    ranges.push(`${start}-${position}`);
  }
}

function attribute(path: AnyPath, name: string): string {
  const value = Buffer.alloc(ATTRIBUTES_BYTES);
  const length = libc.lgetxattr(terminated(path), terminated(name), value, value.length);
  expectDone(Number(length), `getxattr ${name}`, path);
  return value.toString("hex", 0, Number(length));
}

function terminated(path: AnyPath): Buffer {
  return Buffer.concat([Buffer.from(path), Buffer.alloc(1)]);
}

function errno(): number {
  const place = libc.__errno_location();
  return place === null ? 0 : read.i32(place);
}

function expectDone(result: number, call: string, path: AnyPath): void {
  if (result < 0)
    throw new Error(`${call} ${Buffer.from(path).toString("latin1")}: errno ${errno()}`);
}
