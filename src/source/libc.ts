/**
 * The C library: the calls that node:fs lacks or is too slow for. Linux on x86-64 and arm64.
 *
 * Calls answer as in C: a negative number is a failure, and errno() then tells which. They take
 * pointers into NativeMemory (native-memory.ts), so that a call makes no garbage. Calls that older
 * C libraries have no function for go through syscall(2), whose numbers are in SYSTEM_CALLS.
 */
import { type FFIFunction, FFIType, type Pointer, dlopen, read } from "bun:ffi";
import { arch } from "node:os";
import { EXIT, TardisError } from "../core/errors.ts";

/** No C library that is known here could be loaded. */
class UnsupportedSystem extends TardisError {
  constructor(cause: unknown) {
    super("this system's C library cannot be used", {
      hint: "tardis runs on Linux, on x86-64 and arm64, with glibc or musl.",
      exitCode: EXIT.failed,
      cause,
    });
  }
}

/** glibc first, then musl under the names it has. */
const LIBRARY_NAMES = [
  "libc.so.6",
  "libc.musl-x86_64.so.1",
  "libc.musl-aarch64.so.1",
  "libc.so",
] as const;

const IS_ARM64 = arch() === "arm64";

const SYSTEM_CALLS = IS_ARM64
  ? ({ getdents64: 61, statx: 291, mknodat: 33, renameat2: 276 } as const)
  : ({ getdents64: 217, statx: 332, mknodat: 259, renameat2: 316 } as const);

/** Flags of open(2). Three of them differ between the two architectures. */
export const OPEN = {
  readOnly: 0,
  writeOnly: 1,
  create: 0x40,
  exclusive: 0x80,
  nonBlocking: 0x800,
  noAccessTime: 0x40000,
  closeOnExec: 0x80000,
  pathOnly: 0x200000,
  directory: IS_ARM64 ? 0x4000 : 0x10000,
  noFollow: IS_ARM64 ? 0x8000 : 0x20000,
} as const;

/** Flags and special descriptors of the calls whose names end in "at". */
export const AT = {
  currentDirectory: -100,
  symlinkNoFollow: 0x100,
  removeDirectory: 0x200,
  noAutomount: 0x800,
  emptyPath: 0x1000,
} as const;

/** The errors that something is decided by. */
export const ERRNO = {
  notPermitted: 1,
  notFound: 2,
  noSuchDeviceOrAddress: 6,
  accessDenied: 13,
  exists: 17,
  notDirectory: 20,
  invalid: 22,
  rangeTooSmall: 34,
  nameTooLong: 36,
  notImplemented: 38,
  tooManyLinks: 40,
  noData: 61,
  notSupported: 95,
} as const;

export const SEEK = { data: 3, hole: 4 } as const;
export const ADVICE = { sequential: 2 } as const;
export const MEMORY_ADVICE = { notNeeded: 4 } as const;
const RENAME_NO_REPLACE = 1;

// As C calls them; whole numbers of 64 bits come as numbers where they are exact.
const {
  i32: int,
  u32: unsigned,
  i64_fast: long,
  u64_fast: size,
  ptr: pointer,
  cstring: text,
} = FFIType;

const functions = load({
  __errno_location: { args: [], returns: pointer },
  strerror: { args: [int], returns: text },
  openat: { args: [int, pointer, int, unsigned], returns: int },
  close: { args: [int], returns: int },
  pread: { args: [int, pointer, size, long], returns: long },
  pwrite: { args: [int, pointer, size, long], returns: long },
  lseek: { args: [int, long, int], returns: long },
  ftruncate: { args: [int, long], returns: int },
  madvise: { args: [pointer, size, int], returns: int },
  posix_fadvise: { args: [int, long, long, int], returns: int },
  readlinkat: { args: [int, pointer, pointer, size], returns: long },
  mkdirat: { args: [int, pointer, unsigned], returns: int },
  symlinkat: { args: [pointer, int, pointer], returns: int },
  linkat: { args: [int, pointer, int, pointer, int], returns: int },
  unlinkat: { args: [int, pointer, int], returns: int },
  renameat: { args: [int, pointer, int, pointer], returns: int },
  fchown: { args: [int, unsigned, unsigned], returns: int },
  fchownat: { args: [int, pointer, unsigned, unsigned, int], returns: int },
  fchmod: { args: [int, unsigned], returns: int },
  fchmodat: { args: [int, pointer, unsigned, int], returns: int },
  futimens: { args: [int, pointer], returns: int },
  utimensat: { args: [int, pointer, pointer, int], returns: int },
  flistxattr: { args: [int, pointer, size], returns: long },
  fgetxattr: { args: [int, pointer, pointer, size], returns: long },
  fsetxattr: { args: [int, pointer, pointer, size, int], returns: int },
  fremovexattr: { args: [int, pointer], returns: int },
  llistxattr: { args: [pointer, pointer, size], returns: long },
  lgetxattr: { args: [pointer, pointer, pointer, size], returns: long },
  setxattr: { args: [pointer, pointer, pointer, size, int], returns: int },
  removexattr: { args: [pointer, pointer], returns: int },
  getpwuid: { args: [unsigned], returns: pointer },
  getgrgid: { args: [unsigned], returns: pointer },
  getpwnam: { args: [pointer], returns: pointer },
  getgrnam: { args: [pointer], returns: pointer },
});

const getdents = load({ syscall: { args: [long, int, pointer, unsigned], returns: int } });
const statxCall = load({
  syscall: { args: [long, int, pointer, unsigned, unsigned, pointer], returns: int },
});
const mknodCall = load({
  syscall: { args: [long, int, pointer, unsigned, unsigned], returns: int },
});
const renameCall = load({
  syscall: { args: [long, int, pointer, int, pointer, unsigned], returns: int },
});

export const libc = functions;

const errnoPointer = libc.__errno_location() as Pointer;

/** Why the last call of this thread failed. To be asked at once, before any other call. */
export function errno(): number {
  return read.i32(errnoPointer, 0);
}

/** Entries of the directory into `target`; bytes written, 0 at the end. */
export function getdents64(descriptor: number, target: Pointer, lengthBytes: number): number {
  return getdents.syscall(SYSTEM_CALLS.getdents64, descriptor, target, lengthBytes);
}

/** Basic fields and the time of birth. */
const STATX_MASK = 0xfff;

/** Writes a struct statx of 256 bytes to `target`; stat.ts reads it. */
export function statx(directory: number, path: Pointer, flags: number, target: Pointer): number {
  return statxCall.syscall(SYSTEM_CALLS.statx, directory, path, flags, STATX_MASK, target);
}

/** `mode` with the type of the node; `device` as the kernel encodes it. */
export function mknodat(directory: number, path: Pointer, mode: number, device: number): number {
  return mknodCall.syscall(SYSTEM_CALLS.mknodat, directory, path, mode, device);
}

/** Renames within `directory`, never onto something that is there. */
export function renameWithoutReplacing(directory: number, from: Pointer, to: Pointer): number {
  const call = SYSTEM_CALLS.renameat2;
  return renameCall.syscall(call, directory, from, directory, to, RENAME_NO_REPLACE);
}

/** The first library that loads. Throws UnsupportedSystem when none does. */
function load<Functions extends Record<string, FFIFunction>>(declared: Functions) {
  let failure: unknown;
  for (const name of LIBRARY_NAMES) {
    try {
      return dlopen(name, declared).symbols;
    } catch (error) {
      failure = error;
    }
  }
  throw new UnsupportedSystem(failure);
}
