/**
 * Saves the contents of entries through the workers: small ones in batches that become one parcel,
 * large ones piece by piece. What is stored already, or by another file of this run, is read for
 * its id and not stored again.
 */
import { assert } from "../core/assert.ts";
import type { FilePath } from "../core/byte-string.ts";
import type { EntryRecords } from "../core/entry-records.ts";
import type { ContentId } from "../core/ids.ts";
import {
  LARGE_CONTENT_BYTES,
  OWN_PACK_BYTES,
  PARCEL_BYTES,
  SEGMENT_BYTES,
} from "../core/limits.ts";
import type { BackupSession, Basis, DeltaChain, Parcel, ParcelMember } from "../core/repository.ts";
import { ByteBudget } from "./byte-budget.ts";
import { ContentClaims } from "./content-claims.ts";
import { type EntryTable, EntryTableBuilder, type ReadTable, readAt } from "./entry-table.ts";
import { FirstFailure } from "./first-failure.ts";
import { JobOrder, type JobUse } from "./job-order.ts";
import type { Bases, EncodedBatch, EntryRead } from "./jobs.ts";
import { LargeTransfer, type TransferContext } from "./large-transfer.ts";
import { ReceivedRoom, type RoomMemory } from "./parcel-rooms.ts";
import { unpackParcel } from "./parcel-table.ts";
import { type Saved, StoredTally, storedAs } from "./saved.ts";
import type { Lane, WorkerPool } from "./worker-pool.ts";

/** Entries of one batch, however small they are. */
const BATCH_ENTRIES_MAX = 1024;
/** Plaintext in the workers at once. A byte takes about three: as read, compressed, stored. */
const IN_WORKERS_BYTES_MAX = 8 * 1024 * 1024;
/** What a delta takes for each byte of its basis: that, a dictionary of it, zstd's tables. */
const DELTA_BYTES_PER_BASIS_BYTE = 8;
/** What of a file that is streamed is in memory at once. */
const STREAM_BYTES = 2 * SEGMENT_BYTES;
/** The same where a delta is made of it: not two at a time. */
const STREAMED_DELTA_BYTES = 3 * SEGMENT_BYTES;
/** Entries on their way, as far as the walk runs ahead of the workers; and large ones of them. */
const QUEUED_MAX = { small: 1536, large: 128 } as const;
/** What an entry costs besides its content: names, attributes, messages. */
const ENTRY_OVERHEAD_BYTES = 256;

/** Entries of one directory that are to be saved. */
export interface EntrySource {
  readonly records: EntryRecords;
  /** Where the entry at `index` is on disk. */
  pathOf(index: number): FilePath;
  /** What a delta of it may be made against. */
  basisOf(index: number): Basis | undefined;
  /** Its contents are stored. Not called where the whole run must end: room() and flush() throw. */
  saved(index: number, saved: Saved): void;
}

/** Entries that are read and encoded together, by one worker. No object an entry: they are many. */
class Batch {
  readonly sources: EntrySource[] = [];
  /** Of each, which of its source's. */
  readonly indices: number[] = [];
  readonly #table = new EntryTableBuilder();
  /** Of plaintext, which becomes one parcel, or few; and what each entry costs besides. */
  #plaintextBytes = 0;
  /** Deltas are made one after the other. */
  #largestBasisBytes = 0;

  /** In the worker. */
  get memoryBytes(): number {
    return this.#plaintextBytes + DELTA_BYTES_PER_BASIS_BYTE * this.#largestBasisBytes;
  }

  get count(): number {
    return this.indices.length;
  }

  hasRoomFor(plaintextBytes: number): boolean {
    return this.count < BATCH_ENTRIES_MAX && this.#plaintextBytes + plaintextBytes <= PARCEL_BYTES;
  }

  /** Of its contents, together. */
  get sizeBytes(): number {
    return this.#plaintextBytes;
  }

  add(source: EntrySource, index: number): void {
    const { records } = source;
    const basisBytes = source.basisOf(index)?.sizeBytes ?? 0;
    this.sources.push(source);
    this.indices.push(index);
    this.#table.add(records, index, source.pathOf(index));
    this.#plaintextBytes += plaintextSize(records, index) + ENTRY_OVERHEAD_BYTES;
    this.#largestBasisBytes = Math.max(this.#largestBasisBytes, basisBytes);
  }

  /** Of the entry that was added as number `place`. */
  basisOf(place: number): Basis | undefined {
    return this.sources[place]?.basisOf(this.indices[place] ?? 0);
  }

  /** Nothing is added after it. */
  table(): EntryTable {
    return this.#table.finish();
  }
}

/** What a batch was stored as. */
type Members = ReadonlyMap<ContentId, ParcelMember>;

/** A batch in its worker, before it is encoded. */
type ReadBatch = {
  readonly batch: Batch;
  readonly found: ReadTable;
  /** All that it has, those of attributes too. */
  readonly contents: readonly ContentId[];
};

/** What entries are saved by. */
export type SavingWith = {
  readonly pool: WorkerPool;
  readonly rooms: RoomMemory;
  /** "claimed": the repository has no contents but those of this run. */
  readonly wanted: "asked-for" | "claimed";
};

/** An entry that goes alone. */
type Single = { readonly source: EntrySource; readonly index: number };

export class FileSaver {
  readonly tally = new StoredTally();
  readonly #session: BackupSession;
  readonly #pool: WorkerPool;
  readonly #rooms: RoomMemory;
  /** Who tells what of a batch is to be stored. */
  readonly #wanted: "asked-for" | "claimed";
  readonly #claims: ContentClaims;
  readonly #onDamage: (text: string) => void;
  readonly #transfers: TransferContext;
  #batch = new Batch();
  #lastJob = 0;
  readonly #order: JobOrder;
  readonly #budget = new ByteBudget(IN_WORKERS_BYTES_MAX);
  readonly #queued = { small: 0, large: 0 };
  #endWanted: (() => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #failure = new FirstFailure();

  /** `onDamage` is told of damage met in the repository; what needed it is saved otherwise. */
  constructor(
    session: BackupSession,
    { pool, rooms, wanted }: SavingWith,
    onDamage: (text: string) => void,
  ) {
    this.#rooms = rooms;
    this.#wanted = wanted;
    this.#onDamage = onDamage;
    this.#session = session;
    this.#pool = pool;
    this.#order = new JobOrder({
      jobsMax: pool.laneCountMax,
      largeMax: Math.max(1, pool.workerCountMax - 1),
    });
    this.#claims = new ContentClaims(session);
    const put = (parcel: Parcel): Promise<void> => this.#put(parcel);
    this.#transfers = { session, claims: this.#claims, tally: this.tally, rooms, put, onDamage };
  }

  /** Saves the entry at `index` of `source`, which is told then. */
  save(source: EntrySource, index: number): void {
    const plaintextBytes = plaintextSize(source.records, index);
    if (plaintextBytes > OWN_PACK_BYTES) {
      this.#startStream({ source, index });
      return;
    }
    if (plaintextBytes > LARGE_CONTENT_BYTES) {
      const batch = new Batch();
      batch.add(source, index);
      this.#startBatch(batch, "large");
      return;
    }
    if (!this.#batch.hasRoomFor(plaintextBytes)) this.#dispatch();
    this.#batch.add(source, index);
  }

  /** Waits until more may be read. Throws what made a batch fail. */
  async room(): Promise<void> {
    while (!this.#failure.isKnown) {
      const isFull = this.#queued.large > QUEUED_MAX.large;
      if (!isFull && this.#queued.small <= QUEUED_MAX.small) break;
      this.#order.walk(isFull ? "stands" : "goes-on");
      await this.#someEnd();
    }
    this.#order.walk("goes-on");
    this.#failure.rethrow();
  }

  /** Nothing more is to come: sends what waits for its batch to fill, and waits for everything. */
  async flush(): Promise<void> {
    this.#dispatch();
    this.#order.walk("stands");
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#failure.rethrow();
  }

  /** Waits until a job has ended. */
  #someEnd(): Promise<void> {
    return new Promise((resolve) => this.#endWanted.push(resolve));
  }

  /** Sends the batch, however full it is. */
  #dispatch(): void {
    const batch = this.#batch;
    if (batch.count === 0) return;
    this.#batch = new Batch();
    this.#startBatch(batch, "small");
  }

  #startBatch(batch: Batch, use: JobUse): void {
    this.#start(use, batch.count, this.#saveBatch(batch, use, this.#wanted));
  }

  #startStream(single: Single): void {
    this.#start("large", 1, this.#saveStream(single));
  }

  /** `saving`: of so many entries. */
  #start(use: JobUse, entryCount: number, saving: Promise<void>): void {
    this.#queued[use] += entryCount;
    const running = saving
      .catch((error: unknown) => this.#failure.note(error))
      .finally(() => {
        this.#running.delete(running);
        this.#queued[use] -= entryCount;
        const wanted = this.#endWanted;
        this.#endWanted = [];
        for (const wake of wanted) wake();
      });
    this.#running.add(running);
  }

  async #saveStream({ source, index }: Single): Promise<void> {
    const basis = source.basisOf(index);
    const bytes = basis === undefined ? STREAM_BYTES : STREAMED_DELTA_BYTES;
    using _turn = await this.#order.turn("large", source.records.sizeBytes(index));
    using _held = await this.#budget.take(bytes);
    using lane = await this.#pool.lane();
    const transfer = new LargeTransfer(this.#transfers, lane, this.#nextJob());
    const [chain] = basis === undefined ? [] : await this.#session.chains([basis.content]);
    const file = { path: source.pathOf(index), entry: source.records.entry(index), basis: chain };
    source.saved(index, await transfer.save(file));
  }

  async #saveBatch(batch: Batch, use: JobUse, wanted: "asked-for" | "claimed"): Promise<void> {
    using _turn = await this.#order.turn(use, batch.sizeBytes);
    using _held = await this.#budget.take(batch.memoryBytes);
    using lane = await this.#pool.lane();
    const job = this.#nextJob();
    const read = await this.#claims.storing(async () => {
      const ask = { batch: job, entries: batch.table(), wanted };
      const { found, claimed } = await lane.call("read-batch", ask);
      const stored = claimed && (await this.#storeEncoded(claimed, claimed.contents));
      return { found, stored };
    });
    const { found } = read;
    const contents = [
      ...found.contents.filter((id) => id !== undefined),
      ...found.attributes.values(),
    ];
    const stored = read.stored ?? (await this.#storeWanted(lane, job, { batch, found, contents }));
    const others = contents.filter((content) => !stored.has(content));
    // The table takes two contents for one, once in a very long while: this batch again, asking.
    if (read.stored !== undefined && !(await this.#claims.areStored(others))) {
      return this.#startBatchAgain(batch, use);
    }
    for (const [place, index] of batch.indices.entries()) {
      const source = batch.sources[place];
      assert(source !== undefined, "every entry of a batch has a source");
      this.#settle({ source, index }, readAt(found, place), stored);
    }
  }

  /** Asks what is missing, and stores that. */
  async #storeWanted(lane: Lane, job: number, read: ReadBatch): Promise<Members> {
    const claim = await this.#claims.claim(read.contents);
    const stored = await claim.store(async () => {
      const { wanted } = claim;
      const bases = await this.#basesOf(wanted, read);
      const encoded = await lane.call("encode-batch", { batch: job, wanted, bases });
      return await this.#storeEncoded(encoded, wanted);
    });
    await claim.others;
    return stored;
  }

  /** Asked for what is wanted only: of most files that changed, the content is known. */
  async #basesOf(wanted: readonly ContentId[], { batch, found }: ReadBatch): Promise<Bases> {
    const indexOf = new Map(wanted.map((content, index) => [content, index]));
    const basisOf = new Map<number, ContentId>();
    for (const [place, content] of found.contents.entries()) {
      const index = content === undefined ? undefined : indexOf.get(content);
      const basis = index === undefined ? undefined : batch.basisOf(place);
      if (index === undefined || basis === undefined || basisOf.has(index)) continue;
      basisOf.set(index, basis.content);
    }
    if (basisOf.size === 0) return new Map();
    const chains = await this.#session.chains([...basisOf.values()]);
    const bases = new Map<number, DeltaChain>();
    for (const [nth, index] of [...basisOf.keys()].entries()) {
      const chain = chains[nth];
      if (chain !== undefined) bases.set(index, chain);
    }
    return bases;
  }

  async #storeEncoded(
    { parcels, damaged, room: index }: EncodedBatch,
    contents: readonly ContentId[],
  ): Promise<Members> {
    using room = new ReceivedRoom(this.#rooms, index);
    for (const text of damaged) this.#onDamage(text);
    const members = new Map<ContentId, ParcelMember>();
    for (const table of parcels) {
      using parcel = unpackParcel(table, contents, room);
      await this.#put(parcel);
      for (const member of parcel.members) members.set(member.content, member);
    }
    return members;
  }

  #startBatchAgain(batch: Batch, use: JobUse): void {
    this.#start(use, batch.count, this.#saveBatch(batch, use, "asked-for"));
  }

  #settle({ source, index }: Single, read: EntryRead, stored: Members): void {
    if (read.hasOutgrown) {
      this.#startStream({ source, index });
      return;
    }
    const { records } = source;
    if (records.isFile(index)) {
      this.tally.bytesRead += read.stat?.sizeBytes ?? records.sizeBytes(index);
    }
    const member = read.content === undefined ? undefined : stored.get(read.content);
    source.saved(index, { read, storedAs: storedAs(member) });
  }

  async #put(parcel: Parcel): Promise<void> {
    await this.#session.putParcel(parcel);
    this.tally.bytesStored += parcel.bytes.length;
    for (const member of parcel.members) this.tally.count(member);
  }

  #nextJob(): number {
    this.#lastJob += 1;
    return this.#lastJob;
  }
}

function plaintextSize(records: EntryRecords, index: number): number {
  return records.isFile(index) ? records.sizeBytes(index) : 0;
}
