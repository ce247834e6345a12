/** What lies at a place below the output of a restore. */
import type { FilePath } from "../core/byte-string.ts";
import type { FileStat } from "../core/entry.ts";
import { AT, ERRNO, errno, statx } from "./libc.ts";
import { NativeMemory } from "./native-memory.ts";
import { type Location, namePointer } from "./open-directories.ts";
import { failureOf } from "./problem.ts";
import { STATX_BYTES, fileStat } from "./stat.ts";

const LOOK = AT.symlinkNoFollow | AT.noAutomount;

const stat = new NativeMemory(STATX_BYTES);

/** undefined: nothing. Throws SourceFailed, naming `path`, when that cannot be told. */
export function lookIn({ directory, name }: Location, path: FilePath): FileStat | undefined {
  if (statx(directory.descriptor, namePointer(name, path), LOOK, stat.pointer) === 0) {
    return fileStat(stat);
  }
  const number = errno();
  if (number === ERRNO.notFound || number === ERRNO.nameTooLong) return undefined;
  throw failureOf(path, number);
}
