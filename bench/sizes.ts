/** What a folder holds: the figures that describe data sets and repositories. */

import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const BLOCK_BYTES = 512;

export interface FolderSize {
  readonly files: number;
  /** Sum of the sizes of all regular files; one with several names counts once. */
  readonly apparentBytes: number;
  /** What the file system gave for them and for folders. */
  /** Absent from results that were kept without it. */
  readonly allocatedBytes?: number;
}

export function folderSize(folder: string): FolderSize {
  let files = 0;
  let apparentBytes = 0;
  let allocatedBytes = 0;
  const seen = new Set<number>();
  for (const path of everythingBelow(folder)) {
    const stat = lstatSync(path);
    if (stat.isFile()) files += 1;
    if (seen.has(stat.ino)) continue;
    if (stat.nlink > 1 && !stat.isDirectory()) seen.add(stat.ino);
    if (stat.isFile()) apparentBytes += stat.size;
    allocatedBytes += stat.blocks * BLOCK_BYTES;
  }
  return { files, apparentBytes, allocatedBytes };
}

function* everythingBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    yield path;
    if (entry.isDirectory()) yield* everythingBelow(path);
  }
}
