/**
 * Waits until the disk makes files as fast as it can. For up to five minutes after many files were
 * removed ext4 passes over their inodes, one by one, whenever it makes a new one: a restore then
 * takes several times as long, and whoever happens to be measured pays for what was there before.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say } from "./shell.ts";

/** Many folders: each may lie in another part of the disk, where others were removed. */
const PROBE_FOLDERS = 400;
const FILES_PER_FOLDER = 25;
/** A quiet one takes 20 to 40 µs a file, a slow one several hundred. */
const QUIET_US_PER_FILE = 100;
const BETWEEN_PROBES_MS = 20_000;
/** ext4 remembers for 300 s. */
const PROBES_MAX = 17;

/** `work`: a folder on the disk; what is made in it goes with it. */
export async function quietDisk(work: string): Promise<void> {
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const us = probed(join(work, "probes", String(probe)));
    if (us < QUIET_US_PER_FILE) return;
    if (probe === 0) say(`the disk takes ${us.toFixed(0)} µs to make a file: waiting`);
    await Bun.sleep(BETWEEN_PROBES_MS);
  }
  say("the disk is still slow at making files: restores will look slow, too");
}

/** Microseconds that it takes to make one file. */
function probed(probe: string): number {
  const start = Bun.nanoseconds();
  for (let number = 0; number < PROBE_FOLDERS; number += 1) {
    const folder = join(probe, String(number));
    mkdirSync(folder, { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file += 1)
      writeFileSync(join(folder, `${file}`), "");
  }
  return (Bun.nanoseconds() - start) / 1_000 / (PROBE_FOLDERS * FILES_PER_FOLDER);
}
