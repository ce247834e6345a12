/**
 * A BackupSession on a catalog and a pack store.
 *
 * One catalog transaction lasts from checkpoint to checkpoint, so that no row is durable before the
 * bytes it refers to: packs synced → catalog committed → journal synced → acknowledged. Calls run
 * one after the other, those about many directories a slice of them at a time; only the pieces of a
 * streamed parcel, which no row refers to yet, overlap.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { SetEnd } from "../catalog/backup-sets.ts";
import { assert } from "../core/assert.ts";
import type { BackupCounts, BackupSet } from "../core/backup-set.ts";
import { TardisError } from "../core/errors.ts";
import type { BackupSetId, ContentId } from "../core/ids.ts";
import { CHECKPOINT_BYTES, CHECKPOINT_INTERVAL_MS } from "../core/limits.ts";
import type {
  BackupRequest,
  BackupSession,
  Decision,
  DeltaChain,
  DirectoryAnswer,
  DirectoryHead,
  DirectoryListing,
  FinishedDirectory,
  Parcel,
  ParcelMember,
  ParcelWriter,
  TreeSeal,
} from "../core/repository.ts";
import type { PackStore, PackWriter } from "../store/pack-store.ts";
import { DirectoryIngest } from "./directory-ingest.ts";
import { type Journal, catchUp } from "./journal-records.ts";
import { PackAppender } from "./pack-appender.ts";
import { ENTRIES_PER_DIRECTORY, othersTurn, slicesOf } from "./slices.ts";
import { checkRequest, completeSet, startSet } from "./set-naming.ts";

/** A holder of the lock shows this often that it lives. */
const HEARTBEAT_INTERVAL_MS = 60_000;

/** As many entries take as long as to open a directory: a lookup, or a few. */
const ENTRIES_PER_HEAD = 2;

/** What a session writes to. */
export type IngestTarget = {
  readonly catalog: Catalog;
  readonly packs: PackStore;
  readonly journal: Journal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly notice: (text: string) => void;
  /** Shows that the holder of the lock lives. Throws RepositoryLocked when it has lost it. */
  readonly heartbeat: () => void;
};

export class LocalSession implements BackupSession {
  readonly backupSet: BackupSet;
  readonly #target: IngestTarget;
  readonly #request: BackupRequest;
  readonly #packs: PackAppender;
  readonly #directories: DirectoryIngest;
  readonly #id: BackupSetId;
  /** The call that runs now; the next waits for it. */
  #turn: Promise<unknown> = Promise.resolve();
  #state: "open" | "ended" = "open";
  /** A write to the catalog failed half-way: its transaction must not be committed. */
  #isBroken = false;
  /** Another process has taken the repository over: nothing more may be written to it. */
  #isRobbed = false;
  #storedBytes = 0;
  #checkpointMs: number;
  #heartbeatMs: number;

  /** Throws UsageError on a name or tag that is taken. */
  static begin(target: IngestTarget, request: BackupRequest): LocalSession {
    const { catalog } = target;
    checkRequest(catalog, request);
    const set = catalog.transaction(() => startSet(target, request));
    catalog.begin();
    return new LocalSession(target, request, set);
  }

  private constructor(target: IngestTarget, request: BackupRequest, set: BackupSet) {
    const { roots, policy, seals } = request;
    this.backupSet = set;
    this.#id = set.id;
    this.#target = target;
    this.#request = request;
    this.#packs = new PackAppender(target.packs);
    this.#directories = new DirectoryIngest(target.catalog, { set: set.id, roots, policy, seals });
    this.#checkpointMs = target.now();
    this.#heartbeatMs = this.#checkpointMs;
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  openDirectories(heads: readonly DirectoryHead[]): Promise<readonly DirectoryAnswer[]> {
    return this.#inSlices(
      heads,
      () => ENTRIES_PER_HEAD,
      (head) => this.#write(() => this.#directories.open(head)),
    );
  }

  list(listings: readonly DirectoryListing[]): Promise<readonly (readonly Decision[])[]> {
    return this.#inSlices(
      listings,
      ({ entries }) => ENTRIES_PER_DIRECTORY + entries.count,
      (listing) => this.#directories.list(listing),
    );
  }

  isEmpty(): Promise<boolean> {
    return this.#inTurn(() => this.#target.catalog.contents.isEmpty());
  }

  missing(contents: readonly ContentId[]): Promise<readonly boolean[]> {
    const { existing } = this.#request.policy;
    return this.#inTurn(() =>
      contents.map((content) => {
        const stored = this.#target.catalog.contents.find(content);
        return stored === undefined || (existing === "replace" && stored.chainLength > 0);
      }),
    );
  }

  chains(contents: readonly ContentId[]): Promise<readonly (DeltaChain | undefined)[]> {
    return this.#inTurn(() =>
      contents.map((content) => this.#target.catalog.contents.chainOf(content)),
    );
  }

  hasSize(sizeBytes: number): Promise<boolean> {
    return this.#inTurn(() => this.#target.catalog.contents.hasSize(sizeBytes));
  }

  putParcel({ members, bytes }: Parcel): Promise<void> {
    return this.#inTurn(async () => {
      const { contents } = this.#target.catalog;
      if (!members.some((member) => contents.wants(member))) return;
      const appended = await this.#packs.append(bytes);
      this.#write(() => contents.add({ ...appended, members }));
      this.#storedBytes += bytes.length;
    });
  }

  openParcel(): Promise<ParcelWriter> {
    return this.#inTurn(async () => {
      const writer = await this.#packs.lend();
      return new LocalParcelWriter(writer, {
        finish: (parcel) => this.#finishParcel(writer, parcel),
        discard: () => this.#discard(writer),
        beat: () => this.#beat(),
      });
    });
  }

  async finishDirectories(directories: readonly FinishedDirectory[]): Promise<void> {
    await this.#inSlices(
      directories,
      ({ sent }) => ENTRIES_PER_DIRECTORY + sent.records.count,
      (directory) => this.#write(() => this.#directories.finish(directory)),
    );
  }

  sealDirectories(seals: readonly TreeSeal[]): Promise<void> {
    const { directories } = this.#target.catalog;
    return this.#inTurn(() =>
      this.#write(() => {
        for (const { directory, seal } of seals) directories.setTreeSeal(directory, this.#id, seal);
      }),
    );
  }

  complete(counts: BackupCounts, seal?: (set: BackupSet) => Uint8Array): Promise<BackupSet> {
    return this.#inTurn(async () => {
      const { catalog, journal } = this.#target;
      this.#write(() => {
        this.#directories.end();
        completeSet(this.#target, this.#request, this.backupSet, counts);
        if (seal !== undefined) catalog.sets.seal(this.#id, seal(catalog.sets.get(this.#id)));
      });
      await this.#packs.sync();
      catalog.commit();
      this.#packs.committed();
      this.#state = "ended";
      await this.#packs[Symbol.asyncDispose]();
      await catchUp(catalog, journal);
      return catalog.sets.get(this.#id);
    });
  }

  async fail(reason: string): Promise<void> {
    const endedMs = this.#target.now();
    await this.#inTurn(() => this.#end({ state: "failed", endedMs, error: reason }));
  }

  /** What cannot be written now is put right by the next session: it is told, and not thrown. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    if (this.#state === "ended") return;
    const endedMs = this.#target.now();
    try {
      await this.#end({ state: "interrupted", endedMs, error: undefined });
    } catch (error) {
      if (!(error instanceof TardisError)) throw error;
      this.#target.notice(`the backup set ${this.backupSet.name} stays open: ${error.message}`);
    }
  }

  /** `work` on each of `items`; other calls have their turn between two slices of them. */
  async #inSlices<T, R>(
    items: readonly T[],
    entryCount: (item: T) => number,
    work: (item: T) => R,
  ): Promise<R[]> {
    const results: R[] = [];
    for (const slice of slicesOf(items, entryCount)) {
      if (results.length > 0) await othersTurn();
      await this.#inTurn(() => {
        for (const item of slice) results.push(work(item));
      });
    }
    return results;
  }

  async #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    try {
      assert(this.#state === "open", "nothing is asked of a session that has ended");
      const result = await work();
      if (this.#isOpen) await this.#checkpointIfDue();
      return result;
    } finally {
      resolve();
    }
  }

  get #isOpen(): boolean {
    return this.#state === "open";
  }

  /** `work` changes rows. If it fails, the transaction has some of them and must go. */
  #write<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  async #checkpointIfDue(): Promise<void> {
    this.#beat();
    const isDue =
      this.#storedBytes >= CHECKPOINT_BYTES ||
      this.#target.now() - this.#checkpointMs >= CHECKPOINT_INTERVAL_MS;
    if (!isDue) return;
    await this.#commit();
    this.#target.catalog.begin();
    this.#storedBytes = 0;
    this.#checkpointMs = this.#target.now();
  }

  async #commit(): Promise<void> {
    const { catalog } = this.#target;
    await this.#packs.sync();
    this.#write(() => {
      const { cursor } = this.#directories;
      if (cursor !== undefined) catalog.sets.advance(this.#id, cursor);
      catalog.commit();
    });
    this.#packs.committed();
  }

  #beat(): void {
    const nowMs = this.#target.now();
    if (nowMs - this.#heartbeatMs < HEARTBEAT_INTERVAL_MS) return;
    this.#heartbeatMs = nowMs;
    try {
      this.#target.heartbeat();
    } catch (error) {
      this.#isRobbed = true;
      throw error;
    }
  }

  #finishParcel(writer: PackWriter, { position, head, member }: StreamedParcel): Promise<void> {
    return this.#inTurn(async () => {
      const { contents } = this.#target.catalog;
      if (!contents.wants(member)) return this.#packs.discard(writer);
      await writer.overwrite(position, head);
      const lengthBytes = writer.lengthBytes - position;
      await this.#packs.adopt(writer);
      const { name: pack } = writer;
      this.#write(() => contents.add({ pack, position, lengthBytes, members: [member] }));
      this.#storedBytes += lengthBytes;
    });
  }

  /** A pack that cannot be removed does no harm: nothing refers to it. Told, not thrown. */
  async #discard(writer: PackWriter): Promise<void> {
    try {
      await this.#packs.discard(writer);
    } catch (error) {
      if (!(error instanceof TardisError)) throw error;
      this.#target.notice(`a pack of no use stays: ${error.message}`);
    }
  }

  /** Keeps what was done, or, where that cannot be, what it was at the last checkpoint. */
  async #end(end: SetEnd): Promise<void> {
    this.#state = "ended";
    const { catalog, journal } = this.#target;
    if (this.#isRobbed) {
      catalog.rollback();
      return this.#packs[Symbol.asyncDispose]();
    }
    const failure = await this.#keep();
    if (failure !== undefined) {
      catalog.rollback();
      await this.#packs.removeUncommitted();
    }
    await this.#packs[Symbol.asyncDispose]();
    catalog.transaction(() => catalog.sets.end(this.#id, end));
    await catchUp(catalog, journal);
  }

  /** Why nothing could be kept; undefined: all was. */
  async #keep(): Promise<unknown> {
    if (this.#isBroken) return new Error("the transaction is not whole");
    try {
      await this.#commit();
      return undefined;
    } catch (error) {
      if (error instanceof TardisError) return error;
      throw error;
    }
  }
}

/** A parcel whose pieces are in a pack from `position` on. */
type StreamedParcel = {
  readonly position: number;
  readonly head: Uint8Array;
  readonly member: ParcelMember;
};

/** What a parcel writer asks of its session. */
type ParcelOwner = {
  readonly finish: (parcel: StreamedParcel) => Promise<void>;
  readonly discard: () => Promise<void>;
  readonly beat: () => void;
};

/** A parcel of unknown length, in a pack of its own. */
class LocalParcelWriter implements ParcelWriter {
  readonly #writer: PackWriter;
  readonly #session: ParcelOwner;
  #position: number | undefined;
  #state: "open" | "ended" = "open";

  constructor(writer: PackWriter, session: ParcelOwner) {
    this.#writer = writer;
    this.#session = session;
  }

  async write(piece: Uint8Array): Promise<void> {
    const position = await this.#writer.append(piece);
    this.#position ??= position;
    this.#session.beat();
  }

  async finish(head: Uint8Array, member: ParcelMember): Promise<void> {
    assert(this.#position !== undefined, "the head of a parcel was written as zeroes");
    await this.#session.finish({ position: this.#position, head, member });
    this.#state = "ended";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "ended") return;
    this.#state = "ended";
    await this.#session.discard();
  }
}
