/**
 * `million`: a million small files in a thousand folders, to see whether memory grows with the
 * number of files. Nearly all contents differ, so each costs a catalog entry of its own.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Folders, Scale } from "../folders.ts";
import { ensureDataset } from "./dataset.ts";
import { integerBetween, proseWriter, seededRandom } from "./random.ts";

const FOLDERS = { full: 1_000, quick: 10 } as const;
const FILES_PER_FOLDER = 1_000;
const FILE_BYTES_MIN = 100;
const FILE_BYTES_MAX = 1_000;
const PROSE_CHARACTERS = 8_000_000;
const SEED = 3;

export function ensureMillion(folders: Folders, scale: Scale): Promise<string> {
  return ensureDataset(join(folders.data, "million"), async (unfinished) => {
    const random = seededRandom(SEED);
    const prose = Buffer.from(proseWriter(random)(PROSE_CHARACTERS));
    for (let folder = 0; folder < FOLDERS[scale]; folder += 1) {
      const folderPath = join(unfinished, `folder-${String(folder).padStart(3, "0")}`);
      mkdirSync(folderPath);
      for (let file = 0; file < FILES_PER_FOLDER; file += 1) {
        const sizeBytes = integerBetween(random, FILE_BYTES_MIN, FILE_BYTES_MAX);
        const start = integerBetween(random, 0, prose.length - sizeBytes);
        writeFileSync(
          join(folderPath, `file-${String(file).padStart(3, "0")}.txt`),
          prose.subarray(start, start + sizeBytes),
        );
      }
    }
  });
}
