/**
 * bup: content-defined chunks in git packs, compressed with zlib; a backup is an index run and a
 * save.
 */

import { basename, join } from "node:path";
import type { Job, Tool } from "./tool.ts";

const BRANCH = "bench";

export const bup: Tool = {
  name: "bup",
  settings: "zlib level 1 (its only method); no encryption; one run",
  runsMax: 1,
  version: { argv: ["bup", "--version"] },
  init: (job) => [{ argv: ["bup", "init"], env: environment(job) }],
  backup: (job) => [
    { argv: ["bup", "index", job.source], env: environment(job) },
    { argv: ["bup", "save", "--quiet", "--name", BRANCH, job.source], env: environment(job) },
  ],
  restore: (job) => [
    {
      argv: ["bup", "restore", "--quiet", "--outdir", job.out, `/${BRANCH}/latest${job.source}/.`],
      env: environment(job),
    },
  ],
  restoredAt: (job) => job.out,
  one: {
    restore: (job, file) => [
      {
        argv: ["bup", "restore", "--quiet", "--outdir", job.out, `/${BRANCH}/latest${file}`],
        env: environment(job),
      },
    ],
    restoredAt: (job, file) => join(job.out, basename(file)),
  },
};

function environment(job: Job): Readonly<Record<string, string>> {
  return { BUP_DIR: job.repository };
}
