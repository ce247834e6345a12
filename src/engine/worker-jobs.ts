/** What a worker does for each kind of job: finds who does it, and says what bytes to hand over. */
import { assert } from "../core/assert.ts";
import { contentCrypto } from "../format/content-crypto.ts";
import { loadLibrsync } from "../format/librsync.ts";
import { PackReader } from "../store/pack-reader.ts";
import { BatchSaver } from "./batch-saver.ts";
import { CompressionEffort } from "./compression-effort.ts";
import { DeltaMaker } from "./delta-maker.ts";
import { FileRestorer } from "./file-restorer.ts";
import type { JobRequest, WorkerSetup } from "./jobs.ts";
import { LargeSaver } from "./large-saver.ts";
import { readLibrsyncModule } from "./librsync-module.ts";
import type { SentBytes } from "./parcel-rooms.ts";
import type { ParcelTable } from "./parcel-table.ts";
import { unpackFiles } from "./restore-table.ts";
import { Regenerator } from "./regenerate.ts";

export type JobResult = { readonly answer: unknown; readonly transfer: ArrayBuffer[] };

type Workers = {
  readonly batches: BatchSaver | undefined;
  readonly large: LargeSaver | undefined;
  readonly restorer: FileRestorer | undefined;
};

export class WorkerJobs {
  #workers: Workers | undefined;

  async run(request: JobRequest): Promise<JobResult> {
    if (request.kind === "setup") {
      this.#workers = await setUp(request.ask);
      return done(undefined);
    }
    assert(this.#workers !== undefined, "a worker is set up first");
    if (request.kind === "restore-files") {
      return done(wanted(this.#workers.restorer).restore(unpackFiles(request.ask.files)));
    }
    return save(request, wanted(this.#workers.batches), wanted(this.#workers.large));
  }
}

function save(
  request: Exclude<JobRequest, { kind: "setup" | "restore-files" }>,
  batches: BatchSaver,
  large: LargeSaver,
): JobResult {
  switch (request.kind) {
    case "read-batch":
      return withParcels(batches.read(request.ask), ({ claimed }) => claimed?.parcels ?? []);
    case "encode-batch":
      return withParcels(batches.encode(request.ask), ({ parcels }) => parcels);
    case "open-large":
      return done(large.open(request.ask.large, request.ask.file));
    case "hash-large":
      return done(large.hash(request.ask.large));
    case "delta-large":
      return done(large.delta(request.ask.large, request.ask.how));
    case "piece-large": {
      const piece = large.piece(request.ask.large);
      return { answer: piece, transfer: piece === undefined ? [] : handedOver(piece.bytes) };
    }
    case "finish-large":
      return done(large.finish(request.ask.large));
    case "close-large":
      return done(large.close(request.ask.large));
  }
}

async function setUp(setup: WorkerSetup): Promise<Workers> {
  const { packsFolder, temporaryFolder, keys, save: saving, restore } = setup;
  const crypto = contentCrypto(keys);
  const regenerator = new Regenerator(new PackReader(packsFolder), temporaryFolder, crypto);
  const restorer = restore === undefined ? undefined : new FileRestorer(restore, regenerator);
  if (saving === undefined) return { batches: undefined, large: undefined, restorer };
  const { deltaPercentMax } = saving.data;
  const level = saving.effort?.level ?? 1;
  const librsync = loadLibrsync(await readLibrsyncModule());
  const deltas = new DeltaMaker(regenerator, librsync, { level, deltaPercentMax, temporaryFolder });
  const effort = saving.effort && new CompressionEffort(saving.effort);
  const tools = { deltas, crypto, effort };
  return {
    batches: new BatchSaver(saving, tools),
    large: new LargeSaver(saving, tools),
    restorer,
  };
}

function done(answer: unknown): JobResult {
  return { answer, transfer: [] };
}

function withParcels<T>(answer: T, parcelsOf: (answer: T) => readonly ParcelTable[]): JobResult {
  return { answer, transfer: parcelsOf(answer).flatMap(({ bytes }) => handedOver(bytes)) };
}

function handedOver(sent: SentBytes): ArrayBuffer[] {
  return "start" in sent ? [] : [whole(sent)];
}

/** The buffer that `bytes` is all of: handing over a view would hand over what lies around it. */
function whole(bytes: Uint8Array): ArrayBuffer {
  assert(
    bytes.byteLength === bytes.buffer.byteLength,
    "what is handed over is a buffer of its own",
  );
  return bytes.buffer as ArrayBuffer;
}

function wanted<T>(worker: T | undefined): T {
  assert(worker !== undefined, "a worker gets the jobs it was set up for");
  return worker;
}
