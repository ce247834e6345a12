/**
 * Saves the contents of entries through the workers: small ones in batches that become one parcel,
 * large ones piece by piece. What is stored already, or by another file of this run, is read for
 * its id and not stored again.
 */
import { assert } from "../core/assert.ts";
import type { FileEntry } from "../core/entry.ts";
import type { ContentId } from "../core/ids.ts";
import {
  LARGE_CONTENT_BYTES,
  OWN_PACK_BYTES,
  PARCEL_BYTES,
  SEGMENT_BYTES,
} from "../core/limits.ts";
import type { BackupSession, Parcel, ParcelMember } from "../core/repository.ts";
import { ByteBudget } from "./byte-budget.ts";
import { ContentClaims } from "./content-claims.ts";
import { packEntries, readAt } from "./entry-table.ts";
import { FirstFailure } from "./first-failure.ts";
import type { EntryRead, EntryToRead } from "./jobs.ts";
import { LargeTransfer, type TransferContext } from "./large-transfer.ts";
import { type Saved, StoredTally, release, storedAs } from "./saved.ts";
import type { Lane, WorkerPool } from "./worker-pool.ts";

/** Entries of one batch, however small they are. */
const BATCH_ENTRIES_MAX = 1024;
/** Plaintext in the workers at once. A byte of it takes about three: as read, joined, encoded. */
const IN_WORKERS_BYTES_MAX = 8 * 1024 * 1024;
/** What of a file that is streamed is in memory at once. */
const STREAM_BYTES = 2 * SEGMENT_BYTES;
/** Entries on their way, as far as the walk runs ahead of the workers: a kilobyte each. */
const QUEUED_ENTRIES_MAX = 2048;
/** What an entry costs besides its content: names, attributes, messages. */
const ENTRY_OVERHEAD_BYTES = 256;

/** Called when the entry's contents are stored. No promise: there are too many entries. */
type OnSaved = (saved: Saved) => void;

type Waiting = { readonly file: EntryToRead; readonly onSaved: OnSaved };

export class FileSaver {
  readonly tally = new StoredTally();
  readonly #session: BackupSession;
  readonly #pool: WorkerPool;
  readonly #claims: ContentClaims;
  readonly #onDamage: (text: string) => void;
  readonly #transfers: TransferContext;
  #batch: Waiting[] = [];
  #batchBytes = 0;
  #lastJob = 0;
  readonly #budget = new ByteBudget(IN_WORKERS_BYTES_MAX);
  #queuedEntries = 0;
  #roomWanted: (() => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #failure = new FirstFailure();

  /** `onDamage` is told of damage met in the repository; what needed it is saved otherwise. */
  constructor(session: BackupSession, pool: WorkerPool, onDamage: (text: string) => void) {
    this.#onDamage = onDamage;
    this.#session = session;
    this.#pool = pool;
    this.#claims = new ContentClaims(session);
    const put = (parcel: Parcel): Promise<void> => this.#put(parcel);
    this.#transfers = { session, claims: this.#claims, tally: this.tally, put, onDamage };
  }

  /** `onSaved` is not called where the whole run must end: room() and flush() throw then. */
  save(file: EntryToRead, onSaved: OnSaved): void {
    const waiting = { file, onSaved };
    const bytes = plaintextBytes(file);
    if (plaintextSize(file.entry) > LARGE_CONTENT_BYTES) {
      this.#start([waiting], bytes);
      return;
    }
    const isFull =
      this.#batchBytes + bytes > PARCEL_BYTES || this.#batch.length >= BATCH_ENTRIES_MAX;
    if (isFull) this.#dispatch();
    this.#batch.push(waiting);
    this.#batchBytes += bytes + ENTRY_OVERHEAD_BYTES;
  }

  /** Waits until more may be read. Throws what made a batch fail. */
  async room(): Promise<void> {
    while (this.#queuedEntries > QUEUED_ENTRIES_MAX && !this.#failure.isKnown) {
      await new Promise<void>((resolve) => this.#roomWanted.push(resolve));
    }
    this.#failure.rethrow();
  }

  /** Sends what waits for its batch to fill, and waits for everything. */
  async flush(): Promise<void> {
    this.#dispatch();
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#failure.rethrow();
  }

  /** Sends the batch, however full it is. */
  #dispatch(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    const bytes = this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#start(batch, bytes);
  }

  #start(batch: readonly Waiting[], plaintext: number): void {
    this.#queuedEntries += batch.length;
    const running = this.#run(batch, plaintext)
      .catch((error: unknown) => this.#failure.note(error))
      .finally(() => {
        this.#running.delete(running);
        this.#queuedEntries -= batch.length;
        const wanted = this.#roomWanted;
        this.#roomWanted = [];
        for (const wake of wanted) wake();
      });
    this.#running.add(running);
  }

  async #run(batch: readonly Waiting[], plaintext: number): Promise<void> {
    const [first] = batch;
    assert(first !== undefined, "a batch has entries");
    const isStreamed =
      batch.length === 1 &&
      (plaintext === Infinity || plaintextSize(first.file.entry) > OWN_PACK_BYTES);
    using _held = await this.#budget.take(isStreamed ? STREAM_BYTES : plaintext);
    using lane = await this.#pool.lane();
    if (isStreamed) {
      const transfer = new LargeTransfer(this.#transfers, lane, this.#nextJob());
      first.onSaved(await transfer.save(first.file));
    } else await this.#saveBatch(lane, batch);
  }

  async #saveBatch(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const job = this.#nextJob();
    const entries = batch.map(({ file }) => file);
    const found = await lane.call("read-batch", { batch: job, entries: packEntries(entries) });
    const claim = await this.#claims.claim([
      ...found.contents.filter((id) => id !== undefined),
      ...found.attributes.values(),
    ]);
    const stored = await claim.store(async () => {
      const { parcels, damaged } = await lane.call("encode-batch", {
        batch: job,
        wanted: claim.wanted,
      });
      for (const text of damaged) this.#onDamage(text);
      for (const parcel of parcels) await this.#put(parcel);
      return new Map(
        parcels.flatMap(({ members }) => members.map((member) => [member.content, member])),
      );
    });
    await claim.others;
    for (const [index, waiting] of batch.entries()) {
      this.#resolve(waiting, readAt(found, index), stored);
    }
  }

  #resolve(waiting: Waiting, read: EntryRead, stored: ReadonlyMap<ContentId, ParcelMember>): void {
    if (read.hasOutgrown) {
      this.#start([waiting], Infinity);
      return;
    }
    const { entry } = waiting.file;
    if (entry.kind === "file") this.tally.bytesRead += (read.stat ?? entry).sizeBytes;
    const member = read.content === undefined ? undefined : stored.get(read.content);
    waiting.onSaved({ read, storedAs: storedAs(member) });
  }

  async #put(parcel: Parcel): Promise<void> {
    await this.#session.putParcel(parcel);
    this.tally.bytesStored += parcel.bytes.length;
    for (const member of parcel.members) this.tally.count(member);
    release(parcel.bytes);
  }

  #nextJob(): number {
    this.#lastJob += 1;
    return this.#lastJob;
  }
}

function plaintextSize(entry: FileEntry): number {
  return entry.kind === "file" ? entry.sizeBytes : 0;
}

/** Of what is in memory at once for a file: its content, and what a delta is made against. */
function plaintextBytes({ entry, basis }: EntryToRead): number {
  const [newest] = basis ?? [];
  return plaintextSize(entry) + (newest?.sizeBytes ?? 0);
}
