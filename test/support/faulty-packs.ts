/** A PackStore whose nth call fails: the tool of every fault test. */
import { StorageFailed } from "../../src/core/errors.ts";
import type { PackName } from "../../src/core/ids.ts";
import type { PackStore, PackWriter } from "../../src/store/pack-store.ts";

/** What a store throws when the system does not let it do its work. */
export class InjectedFault extends StorageFailed {}

export type FaultPlan = {
  /** 1: the first call. Calls of the store and of its writers count alike. */
  readonly failAtCall: number;
  /** Whether the calls after that one fail as well. */
  readonly lasting: "once" | "for-ever";
};

export class FaultyPacks implements PackStore {
  readonly #inner: PackStore;
  readonly #plan: FaultPlan;
  #calls = 0;

  constructor(inner: PackStore, plan: FaultPlan) {
    this.#inner = inner;
    this.#plan = plan;
  }

  /** Whether the call that was to fail came. */
  get fired(): boolean {
    return this.#calls >= this.#plan.failAtCall;
  }

  async create(name: PackName): Promise<PackWriter> {
    this.#count();
    return new WatchedWriter(await this.#inner.create(name), () => this.#count());
  }
  async read(name: PackName, position: number, length: number): Promise<Uint8Array> {
    this.#count();
    return this.#inner.read(name, position, length);
  }
  async sizeBytes(name: PackName): Promise<number> {
    this.#count();
    return this.#inner.sizeBytes(name);
  }
  async *list(): AsyncGenerator<PackName> {
    this.#count();
    yield* this.#inner.list();
  }
  async remove(name: PackName): Promise<void> {
    this.#count();
    return this.#inner.remove(name);
  }

  #count(): void {
    this.#calls += 1;
    const { failAtCall, lasting } = this.#plan;
    const isDue = lasting === "once" ? this.#calls === failAtCall : this.#calls >= failAtCall;
    if (isDue) throw new InjectedFault(`call ${this.#calls}`, new Error("EIO: i/o error"));
  }
}

/** A PackStore on a disk with room for so many bytes: what goes beyond is StorageFailed. */
export class FullPacks implements PackStore {
  readonly #inner: PackStore;
  #roomBytes: number;

  constructor(inner: PackStore, roomBytes: number) {
    this.#inner = inner;
    this.#roomBytes = roomBytes;
  }

  async create(name: PackName): Promise<PackWriter> {
    return new WatchedWriter(await this.#inner.create(name), (bytes) => this.#take(name, bytes));
  }
  read(name: PackName, position: number, length: number): Promise<Uint8Array> {
    return this.#inner.read(name, position, length);
  }
  sizeBytes(name: PackName): Promise<number> {
    return this.#inner.sizeBytes(name);
  }
  list(): AsyncIterable<PackName> {
    return this.#inner.list();
  }
  remove(name: PackName): Promise<void> {
    return this.#inner.remove(name);
  }

  #take(name: PackName, bytes: number): void {
    if (bytes > this.#roomBytes) {
      throw new StorageFailed(name, new Error("ENOSPC: no space left on device, write"));
    }
    this.#roomBytes -= bytes;
  }
}

class WatchedWriter implements PackWriter {
  readonly #inner: PackWriter;
  readonly #before: (appendedBytes: number) => void;

  /** `before` each call, with the bytes it appends. */
  constructor(inner: PackWriter, before: (appendedBytes: number) => void) {
    this.#inner = inner;
    this.#before = before;
  }

  get name(): PackName {
    return this.#inner.name;
  }
  get lengthBytes(): number {
    return this.#inner.lengthBytes;
  }
  async append(bytes: Uint8Array): Promise<number> {
    this.#before(bytes.length);
    return this.#inner.append(bytes);
  }
  async overwrite(position: number, bytes: Uint8Array): Promise<void> {
    this.#before(0);
    return this.#inner.overwrite(position, bytes);
  }
  async sync(): Promise<void> {
    this.#before(0);
    return this.#inner.sync();
  }
  async close(): Promise<void> {
    this.#before(0);
    return this.#inner.close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}
