/** tardis, the executable that `build.ts` leaves in dist; as it comes, and with a password. */

import { basename, join } from "node:path";
import type { Job, Tool } from "./tool.ts";

/** TARDIS_BINARY: another build, so that the checkout can be worked on meanwhile. */
const PROGRAM = Bun.env["TARDIS_BINARY"] ?? join(import.meta.dir, "..", "..", "dist", "tardis");
const CLIENT = "bench";
const PASSWORD = "bench";

export const tardis: Tool = tool("tardis", "as it comes: zstd; no encryption", () => ({}));

/** What is remembered of a repository is a part of its cache, not of the user's home. */
export const encryptedTardis: Tool = tool("tardis-encrypted", "zstd; with a password", (job) => ({
  env: { TARDIS_PASSWORD: PASSWORD, XDG_STATE_HOME: job.cache },
}));

function tool(
  name: string,
  settings: string,
  more: (job: Job) => { readonly env?: Record<string, string> },
): Tool {
  const at = (job: Job): readonly string[] => ["-R", job.repository, "--client", CLIENT];
  return {
    name,
    settings,
    version: { argv: [PROGRAM, "--version"] },
    init: () => [],
    backup: (job) => [
      { argv: [PROGRAM, "backup", "--local", ...at(job), job.source], ...more(job) },
    ],
    restore: (job) => [
      { argv: [PROGRAM, "regen", ...at(job), "-o", job.out, job.source], ...more(job) },
    ],
    restoredAt: (job) => join(job.out, basename(job.source)),
    one: {
      restore: (job, file) => [
        { argv: [PROGRAM, "regen", ...at(job), "-o", job.out, file], ...more(job) },
      ],
      restoredAt: (job, file) => join(job.out, basename(file)),
    },
    versions: (job, file) => [{ argv: [PROGRAM, "ls", "-lc", ...at(job), file], ...more(job) }],
  };
}
