/**
 * rsync: a plain copy of the folder, the least any backup can do. Where history has to be kept,
 * each round is a copy of its own with the unchanged files hard-linked to the round before.
 */

import { basename, join } from "node:path";
import type { Job, Tool } from "./tool.ts";

export const rsync: Tool = {
  name: "rsync",
  settings:
    "`-aHAX --delete` to a plain copy, with `--link-dest` where history is kept; no compression",
  version: { argv: ["rsync", "--version"] },
  init: () => [],
  backup: (job) => [
    {
      argv: [
        "rsync",
        "-aHAX",
        "--delete",
        ...linkOptions(job),
        job.source,
        `${copyFolder(job, job.round)}/`,
      ],
    },
  ],
  restore: (job) => [
    { argv: ["rsync", "-aHAX", join(copyFolder(job, job.round), basename(job.source)), job.out] },
  ],
  restoredAt: (job) => join(job.out, basename(job.source)),
};

function linkOptions(job: Job): readonly string[] {
  return job.history === "kept" && job.round > 0
    ? [`--link-dest=${copyFolder(job, job.round - 1)}`]
    : [];
}

function copyFolder(job: Job, round: number): string {
  return job.history === "kept"
    ? join(job.repository, `round-${round}`)
    : join(job.repository, "copy");
}
