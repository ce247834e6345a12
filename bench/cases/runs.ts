/** Runs, one after the other, on a disk that may not have room for what all of them leave. */

import { rmSync, statfsSync } from "node:fs";
import { quietDisk } from "../quiet-disk.ts";
import { say } from "../shell.ts";
import { type CaseContext, repositoriesOf } from "./case.ts";

/** No run takes just as much as the one before. */
const MARGIN = 1.25;

/**
 * Where there is no room for as much again as a run has taken, what it has left is removed, and the
 * disk is left to calm down before the next.
 */
export async function measureRuns(
  { folders, runs }: CaseContext,
  measure: (run: number) => Promise<void>,
): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    const before = freeBytes(folders.work);
    await measure(run);
    const after = freeBytes(folders.work);
    if (run === runs - 1 || after > MARGIN * (before - after)) continue;
    say("there is no room for another run: what this one has left is removed");
    rmSync(repositoriesOf(folders.work, run), { recursive: true, force: true });
    await quietDisk(folders.work);
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
