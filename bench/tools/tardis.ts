/** tardis, the executable that `build.ts` leaves in dist. */

import { basename, join } from "node:path";
import type { Tool } from "./tool.ts";

/** TARDIS_BINARY: another build, so that the checkout can be worked on meanwhile. */
const PROGRAM = Bun.env["TARDIS_BINARY"] ?? join(import.meta.dir, "..", "..", "dist", "tardis");
const CLIENT = "bench";

export const tardis: Tool = {
  name: "tardis",
  settings: "as it comes: zstd; no encryption",
  version: { argv: [PROGRAM, "--version"] },
  init: () => [],
  backup: (job) => [
    { argv: [PROGRAM, "backup", "--local", "-R", job.repository, "--client", CLIENT, job.source] },
  ],
  restore: (job) => [
    {
      argv: [PROGRAM, "regen", "-R", job.repository, "--client", CLIENT, "-o", job.out, job.source],
    },
  ],
  restoredAt: (job) => join(job.out, basename(job.source)),
  one: {
    restore: (job, file) => [
      { argv: [PROGRAM, "regen", "-R", job.repository, "--client", CLIENT, "-o", job.out, file] },
    ],
    restoredAt: (job, file) => join(job.out, basename(file)),
  },
  versions: (job, file) => [
    { argv: [PROGRAM, "ls", "-lc", "-R", job.repository, "--client", CLIENT, file] },
  ],
};
