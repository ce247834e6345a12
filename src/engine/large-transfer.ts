/**
 * The main thread's side of saving a file over OWN_PACK_BYTES: asks a worker for piece after piece
 * and writes them to a pack of their own. A file that changes while it is read is read once more.
 */
import type { ContentId } from "../core/ids.ts";
import type { BackupSession, Parcel } from "../core/repository.ts";
import type { ContentClaims } from "./content-claims.ts";
import type { DeltaKind, EntryRead, EntryToRead, StreamedParcel } from "./jobs.ts";
import { type RoomMemory, ReceivedRoom } from "./parcel-rooms.ts";
import { release, type Saved, type StoredTally, storedAs } from "./saved.ts";
import type { Lane } from "./worker-pool.ts";

/** How often a file is read that changes meanwhile. They are large: no third time. */
const READS_MAX = 2;

export type TransferContext = {
  readonly session: BackupSession;
  readonly claims: ContentClaims;
  readonly tally: StoredTally;
  readonly rooms: RoomMemory;
  /** Stores a whole parcel. */
  readonly put: (parcel: Parcel) => Promise<void>;
  readonly onDamage: (text: string) => void;
};

/** One file, through one worker. */
export class LargeTransfer {
  readonly #context: TransferContext;
  readonly #lane: Lane;
  readonly #large: number;

  /** `large`: the number of this job, which no other has. */
  constructor(context: TransferContext, lane: Lane, large: number) {
    this.#context = context;
    this.#lane = lane;
    this.#large = large;
  }

  async save(file: EntryToRead): Promise<Saved> {
    for (let reads = 1; ; reads += 1) {
      const saved = await this.#attempt(file, reads === READS_MAX ? "last" : "repeatable");
      if (saved !== "changed") return saved;
    }
  }

  async #attempt(file: EntryToRead, attempt: "repeatable" | "last"): Promise<Saved | "changed"> {
    const large = this.#large;
    try {
      const opened = await this.#lane.call("open-large", { large, file });
      if (opened.attributes !== undefined) {
        await this.#context.put(opened.attributes);
        release(opened.attributes.bytes);
      }
      if (opened.read.problem !== undefined) return metadata(opened.read);
      return await this.#store(file, opened.read, attempt);
    } finally {
      await this.#lane.call("close-large", { large });
    }
  }

  async #store(
    { basis }: EntryToRead,
    read: EntryRead,
    attempt: "repeatable" | "last",
  ): Promise<Saved | "changed"> {
    const large = this.#large;
    const sizeBytes = read.stat?.sizeBytes ?? 0;
    this.#context.tally.bytesRead += sizeBytes;
    const isAligned = basis !== undefined && (await this.#hasDelta("aligned"));
    if (!isAligned) {
      const known = await this.#known(sizeBytes);
      if (known !== undefined) return metadata({ ...read, content: known });
      if (basis !== undefined) await this.#hasDelta("searched");
    }
    await using writer = await this.#context.session.openParcel();
    const bytes = await this.#writePieces((piece) => writer.write(piece));
    const finished = await this.#lane.call("finish-large", { large });
    for (const text of finished.damaged) this.#context.onDamage(text);
    const { parcel } = finished;
    if (parcel === undefined) return metadata(finished.read);
    if (finished.read.isTorn && attempt === "repeatable") return "changed";
    return await this.#keep(finished.read, bytes, parcel, (head, member) =>
      writer.finish(head, member),
    );
  }

  #hasDelta(how: DeltaKind): Promise<boolean> {
    return this.#lane.call("delta-large", { large: this.#large, how });
  }

  /** A file of a size that is known is probably a copy: its id costs less than storing it. */
  async #known(sizeBytes: number): Promise<ContentId | undefined> {
    const { session } = this.#context;
    if (!(await session.hasSize(sizeBytes))) return undefined;
    const content = await this.#lane.call("hash-large", { large: this.#large });
    if (content === undefined) return undefined;
    const [isMissing] = await session.missing([content]);
    return isMissing === true ? undefined : content;
  }

  /** How many bytes there were. The worker makes the next piece while this one is written. */
  async #writePieces(write: (piece: Uint8Array) => Promise<void>): Promise<number> {
    let bytes = 0;
    let next = this.#piece();
    for (let piece = await next; piece !== undefined; piece = await next) {
      using _held = piece;
      next = this.#piece();
      next.catch(() => undefined); // awaited by the next turn, unless write() throws first
      bytes += piece.bytes.length;
      await write(piece.bytes);
    }
    return bytes;
  }

  /** The next, until it is disposed; undefined: there is none. */
  async #piece(): Promise<(Disposable & { readonly bytes: Uint8Array }) | undefined> {
    const sent = await this.#lane.call("piece-large", { large: this.#large });
    if (sent === undefined) return undefined;
    using stack = new DisposableStack();
    const room = stack.use(new ReceivedRoom(this.#context.rooms, sent.room));
    const { bytes } = stack.use(room.received(sent.bytes));
    const kept = stack.move();
    return { bytes, [Symbol.dispose]: () => kept.dispose() };
  }

  async #keep(
    read: EntryRead,
    bytes: number,
    { head, member }: NonNullable<StreamedParcel["parcel"]>,
    finish: (
      head: Uint8Array,
      member: NonNullable<StreamedParcel["parcel"]>["member"],
    ) => Promise<void>,
  ): Promise<Saved> {
    const { claims, tally } = this.#context;
    const claim = await claims.claim([member.content]);
    if (claim.wanted.length === 0) {
      await claim.others;
      return metadata(read);
    }
    await claim.store(() => finish(head, member));
    tally.bytesStored += bytes;
    tally.count(member);
    return { read, storedAs: storedAs(member) };
  }
}

/** Nothing new of it was stored. */
function metadata(read: EntryRead): Saved {
  return { read, storedAs: "metadata" };
}
