/**
 * Where a session's parcels go: packs of its own, filled one after the other. A pack that is full
 * is synced while the next is filled; sync() waits for all of them.
 */
import { type PackName, PACK_NAME_BYTES, packName } from "../core/ids.ts";
import { PACK_BYTES } from "../core/limits.ts";
import { encodePackHeader } from "../format/pack.ts";
import type { PackStore, PackWriter } from "../store/pack-store.ts";

/** Full packs that may be waiting for their sync: each is an open file. */
const CLOSING_MAX = 16;

export type AppendedParcel = {
  readonly pack: PackName;
  readonly position: number;
  readonly lengthBytes: number;
};

export class PackAppender implements AsyncDisposable {
  readonly #store: PackStore;
  #current: PackWriter | undefined;
  readonly #closing = new Set<Promise<void>>();
  /** Begun since the last commit: nothing durable refers to them. */
  readonly #uncommitted = new Set<PackName>();
  /** Of those, the ones that a parcel is being streamed into. */
  readonly #lent = new Set<PackName>();

  constructor(store: PackStore) {
    this.#store = store;
  }

  /** `bytes` is a whole parcel. Throws StorageFailed; nothing refers to it then. */
  async append(bytes: Uint8Array): Promise<AppendedParcel> {
    const writer = await this.#room();
    const position = await writer.append(bytes);
    return { pack: writer.name, position, lengthBytes: bytes.length };
  }

  /** A pack with just a header. Whoever gets it gives it back by adopt() or discard(). */
  async lend(): Promise<PackWriter> {
    const writer = await this.#begin();
    this.#lent.add(writer.name);
    return writer;
  }

  /** A pack that was lent and is complete: sync() waits for it too. */
  async adopt(writer: PackWriter): Promise<void> {
    this.#lent.delete(writer.name);
    await this.#close(writer);
  }

  /** A pack that was lent and that nothing will refer to. */
  async discard(writer: PackWriter): Promise<void> {
    this.#lent.delete(writer.name);
    await writer[Symbol.asyncDispose]();
    await this.#store.remove(writer.name);
    this.#uncommitted.delete(writer.name);
  }

  /** All that was appended is durable. Throws StorageFailed. */
  async sync(): Promise<void> {
    await this.#current?.sync();
    await Promise.all(this.#closing);
  }

  /** The catalog refers durably to what was synced. */
  committed(): void {
    for (const name of this.#uncommitted) {
      if (!this.#lent.has(name)) this.#uncommitted.delete(name);
    }
  }

  /** Removes the packs that only a transaction that was rolled back referred to. */
  async removeUncommitted(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.[Symbol.asyncDispose]();
    await Promise.allSettled(this.#closing);
    this.#closing.clear();
    for (const name of this.#uncommitted) {
      if (!this.#lent.has(name)) await this.#store.remove(name);
    }
    this.committed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.[Symbol.asyncDispose]();
    await Promise.allSettled(this.#closing);
  }

  async #room(): Promise<PackWriter> {
    if (this.#current !== undefined && this.#current.lengthBytes >= PACK_BYTES) {
      await this.#close(this.#current);
      this.#current = undefined;
    }
    this.#current ??= await this.#begin();
    return this.#current;
  }

  /** Begins to make it durable; waits only when many are waiting already. */
  async #close(writer: PackWriter): Promise<void> {
    if (this.#closing.size >= CLOSING_MAX) await Promise.all(this.#closing);
    const closing = writer.close();
    this.#closing.add(closing);
    // A failure stays in the set and is met in sync(); here it only must not count as unhandled.
    closing.then(
      () => this.#closing.delete(closing),
      () => undefined,
    );
  }

  async #begin(): Promise<PackWriter> {
    const name = packName(crypto.getRandomValues(new Uint8Array(PACK_NAME_BYTES)).toHex());
    const writer = await this.#store.create(name);
    this.#uncommitted.add(name);
    try {
      await writer.append(encodePackHeader(name));
      return writer;
    } catch (error) {
      await writer[Symbol.asyncDispose]();
      throw error;
    }
  }
}
