/**
 * `large`: one file of 8 GiB, to see whether memory grows with the size of a file. Every other MiB
 * is prose, the rest is noise (AES in counter mode under a fixed key: the quickest noise that is
 * the same everywhere).
 */

import { createCipheriv } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Folders, Scale } from "../folders.ts";
import { ensureDataset } from "./dataset.ts";
import { integerBetween, proseWriter, seededRandom } from "./random.ts";

const MIB = 1024 * 1024;
const FILE_MIB = { full: 8 * 1024, quick: 64 } as const;
const PROSE_CHARACTERS = 16 * MIB;
/** Prose is copied in pieces of this size from random places, so that no two MiB are the same. */
const PIECE_BYTES = 4 * 1024;
const SEED = 4;

export const LARGE_FILE_NAME = "image.raw";

/** The folder that holds the file. */
export function ensureLarge(folders: Folders, scale: Scale): Promise<string> {
  return ensureDataset(join(folders.data, "large"), async (unfinished) => {
    writeLargeFile(join(unfinished, LARGE_FILE_NAME), FILE_MIB[scale]);
  });
}

function writeLargeFile(path: string, sizeMib: number): void {
  const random = seededRandom(SEED);
  const prose = Buffer.from(proseWriter(random)(PROSE_CHARACTERS));
  const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16, "tardis"), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  const block = Buffer.alloc(MIB);
  const file = openSync(path, "w");
  try {
    for (let index = 0; index < sizeMib; index += 2) {
      writeSync(file, noise.update(zeros));
      for (let filled = 0; filled < MIB; filled += PIECE_BYTES) {
        const start = integerBetween(random, 0, prose.length - PIECE_BYTES);
        prose.copy(block, filled, start, start + PIECE_BYTES);
      }
      writeSync(file, block);
    }
  } finally {
    closeSync(file);
  }
}
