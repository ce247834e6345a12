/** How many workers a run has. */
import { availableParallelism } from "node:os";

/** More would wait for the one thread that writes packs and catalog, and each takes memory. */
const WORKERS_MAX = 4;

/** One a core: the main thread mostly waits for them. */
export function workerCount(): number {
  return Math.max(1, Math.min(WORKERS_MAX, availableParallelism()));
}
