/** Giving what has another name its own, where nothing has that yet. */
import type { Pointer } from "bun:ffi";
import { AT, ERRNO, errno, libc, renameWithoutReplacing } from "./libc.ts";

const OWNER_ONLY = 0o700;

/**
 * Renames within `directory`, never onto something that is there. As in C: negative with errno().
 * File systems that cannot do it in one step are asked in two, after a look.
 */
export function renameToNew(directory: number, from: Pointer, to: Pointer): number {
  const answer = renameWithoutReplacing(directory, from, to);
  if (answer === 0) return answer;
  const number = errno();
  if (number !== ERRNO.invalid && number !== ERRNO.notImplemented) return answer;
  const linked = libc.linkat(directory, from, directory, to, 0);
  if (linked === 0) return libc.unlinkat(directory, from, 0);
  if (errno() === ERRNO.exists) return linked;
  return isThere(directory, to) ? -1 : libc.renameat(directory, from, directory, to);
}

/** Making a directory fails, with the right errno(), where anything has the name. */
function isThere(directory: number, name: Pointer): boolean {
  if (libc.mkdirat(directory, name, OWNER_ONLY) < 0) return true;
  return libc.unlinkat(directory, name, AT.removeDirectory) < 0;
}
