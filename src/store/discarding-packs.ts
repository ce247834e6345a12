/** Packs that take everything and keep nothing: what a rehearsal of a backup writes to. */
import { RepositoryCorrupt } from "../core/errors.ts";
import type { PackName } from "../core/ids.ts";
import type { PackStore, PackWriter } from "./pack-store.ts";

export class DiscardingPacks implements PackStore {
  async create(name: PackName): Promise<PackWriter> {
    return new DiscardingWriter(name);
  }

  async read(name: PackName): Promise<Uint8Array> {
    throw new RepositoryCorrupt(name, "a rehearsal keeps nothing");
  }

  async sizeBytes(name: PackName): Promise<number> {
    throw new RepositoryCorrupt(name, "a rehearsal keeps nothing");
  }

  async *list(): AsyncGenerator<PackName> {}

  async remove(): Promise<void> {}
}

class DiscardingWriter implements PackWriter {
  readonly name: PackName;
  #lengthBytes = 0;

  constructor(name: PackName) {
    this.name = name;
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  async append({ length }: Uint8Array): Promise<number> {
    this.#lengthBytes += length;
    return this.#lengthBytes - length;
  }

  async overwrite(): Promise<void> {}
  async sync(): Promise<void> {}
  async close(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}
