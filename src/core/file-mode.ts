/** The mode of a file, as POSIX has it: its type and its permissions. inode(7). */
import type { FileKind } from "./entry.ts";

const TYPE_SHIFT = 12;
export const TYPE_MASK = 0xf000;
export const PERMISSIONS_MASK = 0xfff;

/** By the type bits of a mode, shifted down. */
const KINDS: Readonly<Record<number, FileKind>> = {
  1: "fifo",
  2: "character-device",
  4: "directory",
  6: "block-device",
  8: "file",
  10: "symlink",
  12: "socket",
};

/** The type bits of a mode for each kind. */
export const TYPE_BITS: Readonly<Record<FileKind, number>> = {
  fifo: 0x1000,
  "character-device": 0x2000,
  directory: 0x4000,
  "block-device": 0x6000,
  file: 0x8000,
  symlink: 0xa000,
  socket: 0xc000,
};

/** A mode no Linux has is taken for a socket's: kept, and never opened. */
export function kindOfMode(mode: number): FileKind {
  return KINDS[(mode & TYPE_MASK) >>> TYPE_SHIFT] ?? "socket";
}
