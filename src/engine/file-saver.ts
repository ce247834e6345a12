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
/** What a delta takes for each byte of its basis: that, a dictionary of it, zstd's tables. */
const DELTA_BYTES_PER_BASIS_BYTE = 8;
/** What of a file that is streamed is in memory at once. */
const STREAM_BYTES = 2 * SEGMENT_BYTES;
/** The same where a delta is made of it: not two at a time. */
const STREAMED_DELTA_BYTES = 3 * SEGMENT_BYTES;
/** Entries on their way, as far as the walk runs ahead of the workers: a kilobyte each. */
const QUEUED_ENTRIES_MAX = 2048;
/** What an entry costs besides its content: names, attributes, messages. */
const ENTRY_OVERHEAD_BYTES = 256;

/** Called when the entry's contents are stored. No promise: there are too many entries. */
type OnSaved = (saved: Saved) => void;

type Waiting = { readonly file: EntryToRead; readonly onSaved: OnSaved };

/** Entries that are read and encoded together, by one worker. */
class Batch {
  readonly waiting: Waiting[] = [];
  /** Of plaintext, which becomes one parcel, or few; and what each entry costs besides. */
  #plaintextBytes = 0;
  /** Deltas are made one after the other. */
  #largestBasisBytes = 0;

  /** In the worker. */
  get memoryBytes(): number {
    return this.#plaintextBytes + DELTA_BYTES_PER_BASIS_BYTE * this.#largestBasisBytes;
  }

  hasRoomFor({ entry }: EntryToRead): boolean {
    return (
      this.waiting.length < BATCH_ENTRIES_MAX &&
      this.#plaintextBytes + plaintextSize(entry) <= PARCEL_BYTES
    );
  }

  add(waiting: Waiting): void {
    const { entry, basis } = waiting.file;
    const bytes = plaintextSize(entry) + ENTRY_OVERHEAD_BYTES;
    this.waiting.push(waiting);
    this.#plaintextBytes += bytes;
    this.#largestBasisBytes = Math.max(this.#largestBasisBytes, basis?.[0]?.sizeBytes ?? 0);
  }
}

function batchOf(waiting: Waiting): Batch {
  const batch = new Batch();
  batch.add(waiting);
  return batch;
}

export class FileSaver {
  readonly tally = new StoredTally();
  readonly #session: BackupSession;
  readonly #pool: WorkerPool;
  readonly #claims: ContentClaims;
  readonly #onDamage: (text: string) => void;
  readonly #transfers: TransferContext;
  #batch = new Batch();
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
    if (plaintextSize(file.entry) > LARGE_CONTENT_BYTES) {
      this.#start(batchOf(waiting), "whole");
      return;
    }
    if (!this.#batch.hasRoomFor(file)) this.#dispatch();
    this.#batch.add(waiting);
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
    const batch = this.#batch;
    if (batch.waiting.length === 0) return;
    this.#batch = new Batch();
    this.#start(batch, "whole");
  }

  /** `sizes`: whether they are what the scan saw, or one is larger than that by now. */
  #start(batch: Batch, sizes: "whole" | "outgrown"): void {
    const { length } = batch.waiting;
    this.#queuedEntries += length;
    const running = this.#run(batch, sizes)
      .catch((error: unknown) => this.#failure.note(error))
      .finally(() => {
        this.#running.delete(running);
        this.#queuedEntries -= length;
        const wanted = this.#roomWanted;
        this.#roomWanted = [];
        for (const wake of wanted) wake();
      });
    this.#running.add(running);
  }

  async #run({ waiting, memoryBytes }: Batch, sizes: "whole" | "outgrown"): Promise<void> {
    const [first] = waiting;
    assert(first !== undefined, "a batch has entries");
    const isStreamed =
      waiting.length === 1 &&
      (sizes === "outgrown" || plaintextSize(first.file.entry) > OWN_PACK_BYTES);
    const streamBytes = first.file.basis === undefined ? STREAM_BYTES : STREAMED_DELTA_BYTES;
    using _held = await this.#budget.take(isStreamed ? streamBytes : memoryBytes);
    using lane = await this.#pool.lane();
    if (isStreamed) {
      const transfer = new LargeTransfer(this.#transfers, lane, this.#nextJob());
      first.onSaved(await transfer.save(first.file));
    } else await this.#saveBatch(lane, waiting);
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
      this.#start(batchOf(waiting), "outgrown");
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
