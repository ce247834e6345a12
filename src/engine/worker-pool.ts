/**
 * A fixed number of workers, and lanes to them. A lane is the right to have one job, of as many
 * steps as it takes, in one worker; waiting for a lane is what keeps the walk from running ahead.
 */
import { assert } from "../core/assert.ts";
import { type ExitCode, TardisError } from "../core/errors.ts";
import type { JobFailure, JobKind, JobReply, Jobs, WorkerSetup } from "./jobs.ts";

/** Jobs a worker has at once: while one waits for an answer of the catalog, the other computes. */
const LANES_PER_WORKER = 2;

/** In the executable every module is at the root, and the workers are below it as in src/. */
const WORKER_URL = new URL(
  typeof VERSION === "undefined" ? "./engine.worker.ts" : "./engine/engine.worker.ts",
  import.meta.url,
).href;

type Waiting = {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
};

export class WorkerPool implements Disposable {
  readonly #countMax: number;
  readonly #setup: WorkerSetup;
  readonly #workers: WorkerPort[] = [];
  readonly #waiting: ((worker: WorkerPort) => void)[] = [];

  /** Workers are started when there is work for them, up to `countMax`. */
  constructor(countMax: number, setup: WorkerSetup) {
    this.#countMax = countMax;
    this.#setup = setup;
  }

  /** Workers, when all are started. */
  get workerCountMax(): number {
    return this.#countMax;
  }

  /** Lanes to all of them together. */
  get laneCountMax(): number {
    return this.#countMax * LANES_PER_WORKER;
  }

  /** Waits until some worker is free to take a job. Dispose the lane when the job is done. */
  async lane(): Promise<Lane> {
    const worker =
      this.#available() ??
      (await new Promise<WorkerPort>((resolve) => this.#waiting.push(resolve)));
    return new Lane(worker, () => this.#release(worker));
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker[Symbol.dispose]();
  }

  #available(): WorkerPort | undefined {
    const idle = this.#workers.find(({ laneCount }) => laneCount === 0);
    const worker =
      idle ??
      this.#started() ??
      this.#workers.find(({ laneCount }) => laneCount < LANES_PER_WORKER);
    if (worker !== undefined) worker.laneCount += 1;
    return worker;
  }

  #started(): WorkerPort | undefined {
    if (this.#workers.length >= this.#countMax) return undefined;
    const worker = new WorkerPort(this.#setup);
    this.#workers.push(worker);
    return worker;
  }

  /** The lane goes straight to whoever waits longest, so that nobody overtakes. */
  #release(worker: WorkerPort): void {
    const next = this.#waiting.shift();
    if (next === undefined) worker.laneCount -= 1;
    else next(worker);
  }
}

/** One job's connection to its worker. */
export class Lane implements Disposable {
  readonly #worker: WorkerPort;
  #release: (() => void) | undefined;

  constructor(worker: WorkerPort, release: () => void) {
    this.#worker = worker;
    this.#release = release;
  }

  call<Kind extends JobKind>(kind: Kind, ask: Jobs[Kind]["ask"]): Promise<Jobs[Kind]["answer"]> {
    return this.#worker.call(kind, ask);
  }

  [Symbol.dispose](): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** Requests and replies over one Worker, matched by number. */
class WorkerPort implements Disposable {
  laneCount = 0;
  readonly #worker = new Worker(WORKER_URL, { smol: true });
  readonly #open = new Map<number, Waiting>();
  readonly #ready: Promise<undefined>;
  #lastId = 0;

  constructor(setup: WorkerSetup) {
    this.#worker.onmessage = (event: MessageEvent<JobReply>) => this.#settle(event.data);
    this.#worker.onerror = (event) => this.#failAll(new Error(`a worker died: ${event.message}`));
    this.#ready = this.#ask("setup", setup);
    this.#ready.catch(() => undefined); // call() tells
  }

  async call<Kind extends JobKind>(
    kind: Kind,
    ask: Jobs[Kind]["ask"],
  ): Promise<Jobs[Kind]["answer"]> {
    await this.#ready;
    return this.#ask(kind, ask);
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
    this.#failAll(new Error("the worker was stopped"));
  }

  #ask<Kind extends JobKind>(kind: Kind, ask: Jobs[Kind]["ask"]): Promise<Jobs[Kind]["answer"]> {
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#open.set(this.#lastId, { resolve, reject });
      this.#worker.postMessage({ id: this.#lastId, kind, ask });
    });
  }

  #settle(reply: JobReply): void {
    const waiting = this.#open.get(reply.id);
    assert(waiting !== undefined, "a worker answers what it was asked");
    this.#open.delete(reply.id);
    if ("failure" in reply) waiting.reject(revive(reply.failure));
    else waiting.resolve(reply.answer as never);
  }

  #failAll(error: Error): void {
    for (const waiting of this.#open.values()) waiting.reject(error);
    this.#open.clear();
  }
}

function revive(failure: JobFailure): Error {
  if (failure.hint === undefined) {
    const error = new Error(failure.message);
    if (failure.stack !== undefined) error.stack = failure.stack;
    return error;
  }
  const exitCode = (failure.exitCode ?? 1) as ExitCode;
  return new TardisError(failure.message, { hint: failure.hint, exitCode });
}
