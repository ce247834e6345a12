/**
 * restic: content-defined chunks in packs, with zstd since format version 2. It cannot be used
 * without encryption.
 */

import { join } from "node:path";
import type { Job, Tool } from "./tool.ts";

export const restic: Tool = {
  name: "restic",
  settings: "zstd (`--compression auto`); always encrypts",
  version: { argv: ["restic", "version"] },
  init: (job) => [command(job, ["init", "--repository-version", "2"])],
  backup: (job) => [command(job, ["backup", "--compression", "auto", job.source])],
  restore: (job) => [command(job, ["restore", "latest", "--target", job.out])],
  restoredAt: (job) => join(job.out, job.source),
  one: {
    restore: (job, file) => [
      command(job, ["restore", "latest", "--include", file, "--target", job.out]),
    ],
    restoredAt: (job, file) => join(job.out, file),
  },
  versions: (job, file) => [command(job, ["find", "--long", file])],
};

function command(job: Job, parameters: readonly string[]) {
  return {
    argv: ["restic", "--quiet", "--repo", job.repository, "--cache-dir", job.cache, ...parameters],
    env: { RESTIC_PASSWORD: "bench" },
  };
}
