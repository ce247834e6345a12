/** Packs in memory, for tests: the twin of DirectoryPacks that can also lose power. */
import { RepositoryCorrupt, StorageFailed } from "../core/errors.ts";
import type { PackName } from "../core/ids.ts";
import type { PackStore, PackWriter } from "./pack-store.ts";

type Pack = { bytes: Uint8Array; synced: Uint8Array | undefined };

export class MemoryPacks implements PackStore {
  readonly #packs = new Map<PackName, Pack>();

  /** What a power failure does: all that was not synced is gone. */
  losePower(): void {
    for (const [name, pack] of this.#packs) {
      if (pack.synced === undefined) this.#packs.delete(name);
      else pack.bytes = pack.synced;
    }
  }

  async create(name: PackName): Promise<PackWriter> {
    if (this.#packs.has(name)) throw new StorageFailed(name, new Error("it exists already"));
    const pack = { bytes: new Uint8Array(0), synced: undefined };
    this.#packs.set(name, pack);
    return new MemoryPackWriter(name, pack);
  }

  async read(name: PackName, position: number, length: number): Promise<Uint8Array> {
    const { bytes } = this.#packOf(name);
    if (position >= 0 && length >= 0 && position + length <= bytes.length) {
      return bytes.slice(position, position + length);
    }
    throw new RepositoryCorrupt(name, `it has no bytes ${position} to ${position + length}`);
  }

  async sizeBytes(name: PackName): Promise<number> {
    return this.#packOf(name).bytes.length;
  }

  async *list(): AsyncGenerator<PackName> {
    yield* this.#packs.keys();
  }

  async remove(name: PackName): Promise<void> {
    this.#packs.delete(name);
  }

  #packOf(name: PackName): Pack {
    const pack = this.#packs.get(name);
    if (pack === undefined) throw new RepositoryCorrupt(name, "the file is missing");
    return pack;
  }
}

class MemoryPackWriter implements PackWriter {
  readonly name: PackName;
  readonly #pack: Pack;

  constructor(name: PackName, pack: Pack) {
    this.name = name;
    this.#pack = pack;
  }

  get lengthBytes(): number {
    return this.#pack.bytes.length;
  }

  async append(bytes: Uint8Array): Promise<number> {
    const position = this.lengthBytes;
    this.#pack.bytes = Buffer.concat([this.#pack.bytes, bytes]);
    return position;
  }

  async overwrite(position: number, bytes: Uint8Array): Promise<void> {
    if (position + bytes.length > this.lengthBytes) {
      throw new RangeError("only bytes of a pack that were appended can be replaced");
    }
    this.#pack.bytes = this.#pack.bytes.slice();
    this.#pack.bytes.set(bytes, position);
  }

  async sync(): Promise<void> {
    this.#pack.synced = this.#pack.bytes;
  }

  close(): Promise<void> {
    return this.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
