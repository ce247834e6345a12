/**
 * Where the benchmark keeps things, all outside the checkout, so that a file system of the user's
 * choice is measured and nothing large lands beside the sources.
 *
 *     $TARDIS_BENCH_DIR, else $XDG_CACHE_HOME/tardis-bench, else ~/.cache/tardis-bench
 *       tarballs/        published packages, kept for good
 *       data/            data sets, renamed into place when whole
 *       work/            repositories, caches, restored trees, logs; emptied at the start
 *       results/         the last figures of each case, from which docs/performance.md is written
 *
 * `--quick` has its own `data-quick/`, `work-quick/` and `results-quick/`.
 */

import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * How much data is made: the full amount that figures are published from, or just enough to try the
 * benchmark.
 */
export type Scale = "full" | "quick";

export interface Folders {
  readonly tarballs: string;
  readonly data: string;
  readonly work: string;
  readonly results: string;
}

export function benchFolders(scale: Scale): Folders {
  const root = rootFolder();
  const suffix = scale === "quick" ? "-quick" : "";
  return {
    tarballs: join(root, "tarballs"),
    data: join(root, `data${suffix}`),
    work: join(root, `work${suffix}`),
    results: join(root, `results${suffix}`),
  };
}

function rootFolder(): string {
  const chosen = Bun.env["TARDIS_BENCH_DIR"];
  if (chosen !== undefined && chosen !== "") return resolve(chosen);
  const cache = Bun.env["XDG_CACHE_HOME"];
  return join(
    cache !== undefined && cache !== "" ? cache : join(homedir(), ".cache"),
    "tardis-bench",
  );
}
