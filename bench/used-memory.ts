/**
 * Fills the memory that is free with what the system keeps of a file, as it is on a machine that
 * has been running for a while. Some hosts take back what a virtual machine has left free for two
 * seconds: a page of it then takes 24 µs to touch instead of 1 to 4, and whoever is measured first
 * pays for that. What is kept of files is given up as soon as somebody wants the memory.
 */

import { closeSync, openSync, readFileSync, readSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say } from "./shell.ts";

const PIECE_BYTES = 8 * 1024 * 1024;
/** What the system wants free itself. */
const FREE_BYTES = 1.5 * 1024 ** 3;

/** `work`: a folder on a disk; the file in it takes no room there. */
export function useMemory(work: string): void {
  const { totalBytes, freeBytes } = memory();
  if (freeBytes < 2 * FREE_BYTES) return;
  say(`${Math.round((freeBytes - FREE_BYTES) / 2 ** 30)} GiB of free memory are put to use first`);
  const path = join(work, "sparse");
  writeFileSync(path, "");
  truncateSync(path, totalBytes);
  const descriptor = openSync(path, "r");
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let read = 0; read < totalBytes && memory().freeBytes > FREE_BYTES;) {
    read += readSync(descriptor, piece);
  }
  closeSync(descriptor);
}

function memory(): { readonly totalBytes: number; readonly freeBytes: number } {
  const text = readFileSync("/proc/meminfo", "utf8");
  const bytesOf = (name: string) =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) * 1024;
  return { totalBytes: bytesOf("MemTotal"), freeBytes: bytesOf("MemFree") };
}
