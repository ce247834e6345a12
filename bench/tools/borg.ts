/** BorgBackup: content-defined chunks in segments, compressed as asked, here without encryption. */

import { join } from "node:path";
import type { Job, Tool } from "./tool.ts";

export const borg: Tool = {
  name: "borg",
  settings: "`--compression zstd,3`, `--encryption none`",
  version: { argv: ["borg", "--version"] },
  init: (job) => [
    { argv: ["borg", "init", "--encryption", "none", job.repository], env: environment(job) },
  ],
  backup: (job) => [
    {
      argv: [
        "borg",
        "create",
        "--compression",
        "zstd,3",
        `${job.repository}::round-${job.round}`,
        job.source,
      ],
      env: environment(job),
    },
  ],
  restore: (job) => [
    {
      argv: ["borg", "extract", `${job.repository}::round-${job.round}`],
      env: environment(job),
      cwd: job.out,
    },
  ],
  restoredAt: (job) => join(job.out, job.source),
  one: {
    restore: (job, file) => [
      {
        argv: ["borg", "extract", `${job.repository}::round-${job.round}`, file.slice(1)],
        env: environment(job),
        cwd: job.out,
      },
    ],
    restoredAt: (job, file) => join(job.out, file),
  },
  // It looks into one archive at a time.
  versions: (job, file) =>
    Array.from({ length: job.round + 1 }, (_, round) => ({
      argv: ["borg", "list", `${job.repository}::round-${round}`, file.slice(1)],
      env: environment(job),
    })),
};

function environment(job: Job): Readonly<Record<string, string>> {
  return { BORG_BASE_DIR: job.cache, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: "yes" };
}
