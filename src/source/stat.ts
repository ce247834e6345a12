/** struct statx, as the kernel writes it: the same on every architecture. statx(2). */
import type { FileStat } from "../core/entry.ts";
import { PERMISSIONS_MASK, kindOfMode } from "../core/file-mode.ts";
import { longOf, timeNs } from "../core/unix-time.ts";
import type { NativeMemory } from "./native-memory.ts";

/** Bytes of the structure. */
export const STATX_BYTES = 256;

/** Where its fields are, in 32-bit words; of 64-bit fields the lower half. */
export const STATX_WORDS = {
  links: 4,
  uid: 5,
  gid: 6,
  /** 16 bits. */
  mode: 7,
  inode: 8,
  size: 10,
  blocks: 12,
  birthSeconds: 20,
  birthNanoseconds: 22,
  ctimeSeconds: 24,
  ctimeNanoseconds: 26,
  mtimeSeconds: 28,
  mtimeNanoseconds: 30,
  deviceMajor: 32,
  deviceMinor: 33,
  onDeviceMajor: 34,
  onDeviceMinor: 35,
} as const;

/** Bytes that a count of blocks is in, whatever the file system's own. */
const BLOCK_BYTES = 512;
const WORD = 2 ** 32;

/** What `statx` wrote to `memory`. */
export function fileStat(memory: NativeMemory): FileStat {
  const { words } = memory;
  const field = STATX_WORDS;
  const mode = word(words, field.mode) & 0xffff;
  const kind = kindOfMode(mode);
  const sizeBytes = long(words, field.size);
  return {
    kind,
    permissions: mode & PERMISSIONS_MASK,
    uid: word(words, field.uid),
    gid: word(words, field.gid),
    sizeBytes: kind === "directory" ? 0 : sizeBytes,
    mtimeNs: timeAt(memory, field.mtimeSeconds),
    ctimeNs: timeAt(memory, field.ctimeSeconds),
    inode: BigInt.asUintN(64, signedLong(memory, field.inode)),
    links: word(words, field.links),
    deviceNumber: deviceNumber(word(words, field.deviceMajor), word(words, field.deviceMinor)),
    device: deviceId(word(words, field.onDeviceMajor), word(words, field.onDeviceMinor)),
    birthNs: kind === "directory" ? timeAt(memory, field.birthSeconds) : 0n,
    isSparse: kind === "file" && long(words, field.blocks) * BLOCK_BYTES < sizeBytes,
  };
}

/** `core/entry.ts`: major * 2^20 + minor. */
export function deviceNumber(major: number, minor: number): number {
  return major * 2 ** 20 + minor;
}

/** st_dev as stat(2) and node:fs give it. */
export function deviceId(major: number, minor: number): number {
  const low = ((major & 0xfff) << 8) | (minor & 0xff);
  const high = (major & 0xfffff000) >>> 0;
  return high * WORD + (minor >>> 8) * 2 ** 20 + (low >>> 0);
}

/** Of 64 unsigned bits that start at `index`; exact up to 2^53. */
export function long(words: Uint32Array, index: number): number {
  return word(words, index) + word(words, index + 1) * WORD;
}

export function word(words: Uint32Array, index: number): number {
  return words[index] as number;
}

/** The structure's times are seconds, 64 bits, and nanoseconds, 32 bits. */
function timeAt({ words }: NativeMemory, index: number): bigint {
  return timeNs(word(words, index), word(words, index + 1), word(words, index + 2));
}

function signedLong({ words }: NativeMemory, index: number): bigint {
  return longOf(word(words, index), word(words, index + 1));
}
