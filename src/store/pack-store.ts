/** Where packs live. Implementations: directory-packs.ts, memory-packs.ts. */
import type { PackName } from "../core/ids.ts";

/**
 * Laws, checked for every implementation by test/contract/pack-store.ts:
 *  1. After sync() resolves, what was appended is read back, also after a crash.
 *  2. Appends are read back in the same process at once, synced or not.
 *  3. create() of a pack that exists, and read() of bytes that do not, throw.
 */
export interface PackStore {
  /** A new pack with nothing in it, not even its header. Throws StorageFailed. */
  create(name: PackName): Promise<PackWriter>;
  /** Exactly `length` bytes in a new buffer. Throws RepositoryCorrupt when they are not there. */
  read(name: PackName, position: number, length: number): Promise<Uint8Array>;
  /** Throws RepositoryCorrupt when there is no such pack. */
  sizeBytes(name: PackName): Promise<number>;
  list(): AsyncIterable<PackName>;
  /** No error when it is gone already. */
  remove(name: PackName): Promise<void>;
}

/** Disposed without close(), what was synced stays. */
export interface PackWriter extends AsyncDisposable {
  readonly name: PackName;
  /** Bytes appended so far. */
  readonly lengthBytes: number;
  /** The position of the first byte. Throws StorageFailed; the pack is then as before. */
  append(bytes: Uint8Array): Promise<number>;
  /** Replaces bytes that were appended before. */
  overwrite(position: number, bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  /** Syncs. */
  close(): Promise<void>;
}
