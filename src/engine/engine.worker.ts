/**
 * A worker: reads, hashes, compresses, makes deltas; regenerates and writes. It answers each
 * request of worker-pool.ts with one reply and knows nothing of the catalog.
 */
import { TardisError, reasonOf } from "../core/errors.ts";
import type { JobFailure, JobRequest } from "./jobs.ts";
import { WorkerJobs } from "./worker-jobs.ts";

declare const self: Worker;

const jobs = new WorkerJobs();

self.onmessage = (event: MessageEvent<JobRequest>) => void answer(event.data);

async function answer(request: JobRequest): Promise<void> {
  const { id } = request;
  try {
    const { answer: result, transfer } = await jobs.run(request);
    self.postMessage({ id, answer: result }, transfer);
  } catch (error) {
    self.postMessage({ id, failure: failureOf(error) });
  }
}

function failureOf(error: unknown): JobFailure {
  const isForUser = error instanceof TardisError;
  return {
    message: reasonOf(error),
    stack: error instanceof Error ? error.stack : undefined,
    hint: isForUser ? error.hint : undefined,
    exitCode: isForUser ? error.exitCode : undefined,
  };
}
