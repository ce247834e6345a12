/** The permissions that new files of this process never get. */
import { readFileSync } from "node:fs";

const ALL = 0o777;
const LINE = /^Umask:\s*([0-7]+)$/m;

/**
 * As /proc tells it: umask(2) tells only by changing it, for all threads. Where there is no /proc,
 * all bits: nobody then counts on getting any.
 */
export function processUmask(): number {
  let status: string;
  try {
    status = readFileSync("/proc/self/status", "latin1");
  } catch {
    return ALL;
  }
  const [, digits] = LINE.exec(status) ?? [];
  return digits === undefined ? ALL : Number.parseInt(digits, 8);
}
