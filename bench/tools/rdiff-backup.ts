/**
 * rdiff-backup: a mirror of the newest state, uncompressed, and reverse librsync deltas in gzip for
 * the older ones.
 */

import { join } from "node:path";
import type { Restore, Tool } from "./tool.ts";

export const rdiffBackup: Tool = {
  name: "rdiff-backup",
  settings: "a plain mirror, increments in gzip; no encryption; one run",
  runsMax: 1,
  version: { argv: ["rdiff-backup", "--version"] },
  init: () => [],
  backup: (job) => [{ argv: ["rdiff-backup", "--new", "backup", job.source, job.repository] }],
  restore: (job) => [
    { argv: ["rdiff-backup", "--new", "restore", job.repository, outFolder(job)] },
  ],
  restoredAt: outFolder,
};

/**
 * One that does not exist yet: restoring into an existing folder counts as overwriting and ends
 * with a warning.
 */
function outFolder(job: Restore): string {
  return join(job.out, "restored");
}
