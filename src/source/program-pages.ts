/**
 * The program's own code and constants in memory. Most of what a runtime of 80 MB needs to start
 * it never needs again, but on a machine with memory to spare the kernel leaves it mapped: 12 MB
 * of 48.
 */
import type { Pointer } from "bun:ffi";
import { readFileSync, readlinkSync } from "node:fs";
import { MEMORY_ADVICE, libc } from "./libc.ts";

/** Between two times in one thread. What comes back takes about a millisecond. */
const RELEASE_INTERVAL_MS = 300;

type Range = { readonly start: number; readonly lengthBytes: number };

/**
 * Code, and the constants that the file begins with: they are never changed, as other constants are
 * while the program is loaded. What was written to would be lost.
 */
const CONSTANT = /^([0-9a-f]+)-([0-9a-f]+) (?:r-xp \S+|r--p 0+) \S+ \S+ +(\/.*)$/;

let constant: readonly Range[] | undefined;
/** By performance.now(). */
let releasedMs = 0;

/**
 * Lets go of those pages of the program that never change, if it is time again. Those that are
 * used come back at once from the system's cache of files, 16 at a time. Where it cannot be,
 * nothing happens: it is only thrift.
 */
export function releaseProgramPages(): void {
  const nowMs = performance.now();
  if (nowMs < releasedMs + RELEASE_INTERVAL_MS) return;
  releasedMs = nowMs;
  constant ??= constantRanges();
  for (const { start, lengthBytes } of constant) {
    libc.madvise(start as Pointer, lengthBytes, MEMORY_ADVICE.notNeeded);
  }
}

function constantRanges(): readonly Range[] {
  let maps: string;
  let program: string;
  try {
    maps = readFileSync("/proc/self/maps", "latin1");
    program = readlinkSync("/proc/self/exe", "latin1");
  } catch {
    return []; // no /proc: an emulator, or a very small container
  }
  return maps.split("\n").flatMap((line) => {
    const [, start, end, path] = CONSTANT.exec(line) ?? [];
    if (start === undefined || end === undefined || path !== program) return [];
    const first = Number.parseInt(start, 16);
    return [{ start: first, lengthBytes: Number.parseInt(end, 16) - first }];
  });
}
