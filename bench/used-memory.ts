/**
 * Fills the memory that is free with what the system keeps of a file, as it is on a machine that
 * has been running for a while. Some hosts take back what a virtual machine has left free for two
 * seconds: a page of it then takes 24 µs to touch instead of 1 to 4, and whoever is measured first
 * pays for that. What is kept of files is given up as soon as somebody wants the memory.
 */

import { closeSync, openSync, readFileSync, readSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PIECE_BYTES = 8 * 1024 * 1024;
const PORTION_BYTES = 128 * 1024 * 1024;
/** What the system wants free itself, and a little. */
const FREE_BYTES = 400 * 1024 ** 2;
/** Of the file, which takes no room on the disk: more than a benchmark ever reads of it. */
const FILE_BYTES = 4 * 1024 ** 4;

/** Nothing of it is read twice: what is kept already would fill no memory. */
export class UsedMemory implements Disposable {
  readonly #descriptor: number;
  readonly #piece = Buffer.alloc(PIECE_BYTES);
  #position = 0;

  /** `work`: a folder on a disk. */
  constructor(work: string) {
    const path = join(work, "sparse");
    writeFileSync(path, "");
    truncateSync(path, FILE_BYTES);
    this.#descriptor = openSync(path, "r");
  }

  /**
   * Before every step: what the one before has left free, the host has taken back by now. Ends
   * when the system gives up what it keeps of other files instead, those measured among them.
   */
  fill(): void {
    for (let free = freeBytes(); free > FREE_BYTES;) {
      this.#read(PORTION_BYTES);
      const left = freeBytes();
      if (left > free - PORTION_BYTES / 2) return;
      free = left;
    }
  }

  #read(bytes: number): void {
    for (let read = 0; read < bytes;) {
      const count = readSync(this.#descriptor, this.#piece, 0, PIECE_BYTES, this.#position);
      this.#position += count;
      read += count;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

function freeBytes(): number {
  const text = readFileSync("/proc/meminfo", "utf8");
  return Number(/^MemFree: +(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}
