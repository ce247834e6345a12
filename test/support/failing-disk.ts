/**
 * A disk with files that can be opened but not read to their end: a small ext4 image in which a
 * block that says where their contents are is overwritten. Root's, and Debian's e2fsprogs.
 */
import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { noise } from "./make-tree.ts";
import { Mount } from "./mount.ts";

const IMAGE_BYTES = 64 * 1024 * 1024;
const BLOCK_BYTES = 1024;
const PIECE_BYTES = 4096;
/** A line of debugfs: level 1 of 2, the fifth of so many blocks of extents, …, its own place. */
const FIFTH_EXTENT_BLOCK = /^ *1\/ *2 +5\/ *\d+ +\d+ - +\d+ +(\d+)/m;

export const canMakeFailingDisk =
  process.getuid?.() === 0 && Bun.which("mkfs.ext4") !== null && Bun.which("debugfs") !== null;

/**
 * `files`: names and sizes in bytes, over 6 MiB, of what cannot be read beyond its first 2.5 MiB;
 * `whole`: names of small files that can. In the folder `image`.disk, read-only.
 */
export function mountFailingDisk(
  image: string,
  files: Readonly<Record<string, number>>,
  whole: readonly string[],
): Mount {
  writeFileSync(image, "");
  truncateSync(image, IMAGE_BYTES);
  run(["mkfs.ext4", "-q", "-F", "-b", String(BLOCK_BYTES), image]);
  const folder = `${image}.disk`;
  mkdirSync(folder);
  {
    using _mount = new Mount(folder, ["mount", "-o", "loop", image]);
    for (const name of whole) writeFileSync(join(folder, name), name);
    for (const [name, bytes] of Object.entries(files)) writeFragmented(join(folder, name), bytes);
  }
  for (const name of Object.keys(files)) overwriteBlock(image, extentBlock(image, name));
  return new Mount(folder, ["mount", "-o", "loop,ro", image]);
}

/** Pieces with holes between: the file system needs many extents to say where they are. */
function writeFragmented(path: string, sizeBytes: number): void {
  const piece = noise(PIECE_BYTES, 1);
  const file = openSync(path, "w");
  for (let position = 0; position < sizeBytes; position += 2 * PIECE_BYTES)
    writeSync(file, piece, 0, PIECE_BYTES, position);
  closeSync(file);
}

function extentBlock(image: string, name: string): number {
  const found = FIFTH_EXTENT_BLOCK.exec(run(["debugfs", "-R", `dump_extents /${name}`, image]));
  if (found === null) throw new Error(`debugfs tells nothing of ${name}`);
  return Number(found[1]);
}

function overwriteBlock(image: string, block: number): void {
  const file = openSync(image, "r+");
  writeSync(file, noise(BLOCK_BYTES, 2), 0, BLOCK_BYTES, block * BLOCK_BYTES);
  closeSync(file);
}

function run(command: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}
