/** What bad disks and careless hands do to files. */
import { closeSync, openSync, readSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import type { Random } from "./random.ts";

const RUN_BYTES = 512;

/** Does something to the file, at a place chosen at random, and says what. */
export type Damage = (file: string, random: Random) => string;

export const DAMAGES: Readonly<Record<string, Damage>> = {
  "a bit flipped": (file, random) => {
    const position = random.below(statSync(file).size);
    const bit = 1 << random.below(8);
    change(file, position, 1, (bytes) => (bytes[0] = (bytes[0] ?? 0) ^ bit));
    return `bit ${bit} at ${position}`;
  },
  "a run of bytes overwritten with zeroes": (file, random) => {
    const position = random.below(statSync(file).size);
    change(file, position, RUN_BYTES, (bytes) => bytes.fill(0));
    return `zeroes at ${position}`;
  },
  "its end cut off": (file, random) => {
    const length = random.below(statSync(file).size);
    truncateSync(file, length);
    return `cut to ${length}`;
  },
  "gone altogether": (file) => {
    rmSync(file);
    return "removed";
  },
};

function change(
  file: string,
  position: number,
  length: number,
  work: (bytes: Uint8Array) => unknown,
): void {
  const open = openSync(file, "r+");
  try {
    const buffer = Buffer.alloc(length);
    const bytes = buffer.subarray(0, readSync(open, buffer, 0, length, position));
    work(bytes);
    writeSync(open, bytes, 0, bytes.length, position);
  } finally {
    closeSync(open);
  }
}
