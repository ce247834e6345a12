/**
 * Regenerates contents: catalog's chain → parcels → decompress → patch → check against the content
 * id. Nothing of a content in memory is given away before that check; of a content that is
 * streamed, the end of the stream is the check, and a caller keeps what it got aside until then.
 */
import { assert } from "../core/assert.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import { LARGE_CONTENT_BYTES, OWN_PACK_BYTES } from "../core/limits.ts";
import type { BlobLocation, DeltaChain } from "../core/repository.ts";
import { release } from "../format/compress.ts";
import type { ContentCrypto } from "../format/content-crypto.ts";
import { applyDelta, applyLargeDelta } from "../format/delta.ts";
import { type RandomAccess, randomAccessOf } from "../format/read-at.ts";
import { SolidBody } from "../format/solid-parcel.ts";
import { ScratchFile } from "../store/scratch-file.ts";
import { piecesOf, scratchAccess } from "./content-pieces.ts";
import { memberAt, naming, type PackBytes, ParcelCache } from "./parcel-cache.ts";

/** Contents up to this, and whose bases are, are regenerated in memory. */
const IN_MEMORY_BYTES_MAX = OWN_PACK_BYTES;

/** A content to be read anywhere in. Disposing it removes what it lies in. */
export type ReadableContent = RandomAccess & Disposable;

/** All of a content, checked. Its bytes are gone once it is disposed. */
export type BorrowedContent = Disposable & { readonly bytes: Uint8Array };

export class Regenerator {
  readonly #parcels: ParcelCache;
  readonly #temporaryFolder: string;
  readonly #crypto: ContentCrypto;

  constructor(packs: PackBytes, temporaryFolder: string, crypto: ContentCrypto) {
    this.#parcels = new ParcelCache(packs, crypto.cipher);
    this.#temporaryFolder = temporaryFolder;
    this.#crypto = crypto;
  }

  /** Whether bytes() may be asked for it. */
  fitsInMemory(chain: DeltaChain): boolean {
    return chain.every(({ sizeBytes }) => sizeBytes <= IN_MEMORY_BYTES_MAX);
  }

  /** All of a content that fits, checked. It may be a view of what is kept: not to be changed. */
  bytes(chain: DeltaChain): Uint8Array {
    return this.#whole(chain).bytes;
  }

  /** The same until it is disposed: what is large does not wait for the collector then. */
  borrow(chain: DeltaChain): BorrowedContent {
    const { bytes, isKept } = this.#whole(chain);
    return { bytes, [Symbol.dispose]: () => (isKept ? undefined : release(bytes)) };
  }

  #whole(chain: DeltaChain): { readonly bytes: Uint8Array; readonly isKept: boolean } {
    const [newest] = chain;
    const last = chain.at(-1);
    assert(newest !== undefined && last !== undefined, "a chain is not empty");
    let bytes = this.#fullBytes(last);
    let isKept = isShared(last);
    for (const blob of chain.slice(0, -1).toReversed()) {
      const basis = bytes;
      bytes = this.#patched(blob, basis);
      if (!isKept) release(basis);
      isKept = false;
    }
    if (this.#crypto.ids.of(bytes) !== newest.content) throw this.#damage(chain, newest);
    return { bytes, isKept };
  }

  /** What is to be said of a content that is not what it should be: which parcel is damaged. */
  #damage(chain: DeltaChain, newest: BlobLocation): RepositoryCorrupt {
    try {
      for (const { parcel } of chain) this.#parcels.check(parcel);
    } catch (error) {
      if (error instanceof RepositoryCorrupt) return error;
      throw error;
    }
    return wrongId(newest);
  }

  /**
   * A content of any size in pieces, each valid until the next; of a small one that is all of it.
   * Throws RepositoryCorrupt, at the end at the latest, when it is not what its id says.
   */
  pieces(chain: DeltaChain): Iterable<Uint8Array> {
    const [newest, ...bases] = chain;
    assert(newest !== undefined, "a chain is not empty");
    if (bases.length > 0) return this.#openedPieces(chain);
    return isShared(newest) ? [this.bytes(chain)] : this.#streamedPieces(newest);
  }

  *#openedPieces(chain: DeltaChain): Generator<Uint8Array, void> {
    using content = this.open(chain);
    yield* piecesOf(content);
  }

  *#streamedPieces(newest: BlobLocation): Generator<Uint8Array, void> {
    const hasher = this.#crypto.ids.hasher();
    for (const piece of this.#fullPieces(newest)) {
      hasher.update(piece);
      yield piece;
    }
    if (hasher.finish() !== newest.content) throw wrongId(newest);
  }

  /** A content of any size, checked, to be read anywhere in. Throws StorageFailed without space. */
  open(chain: DeltaChain): ReadableContent {
    if (this.fitsInMemory(chain)) {
      const content = this.borrow(chain);
      return {
        ...randomAccessOf(content.bytes),
        [Symbol.dispose]: () => content[Symbol.dispose](),
      };
    }
    const last = chain.at(-1);
    assert(last !== undefined, "a chain is not empty");
    let content = this.#scratch(last, (write) => {
      for (const piece of this.#fullPieces(last)) write(piece);
    });
    for (const blob of chain.slice(0, -1).toReversed()) {
      using basis = content;
      content = this.#scratch(blob, (write) => this.#patch(blob, basis, write));
    }
    return content;
  }

  #fullBytes(blob: BlobLocation): Uint8Array {
    return isShared(blob) ? this.#parcels.get(blob) : this.#largeBytes(blob);
  }

  /** Alone in its parcel: there is nothing to keep for others. */
  #largeBytes(blob: BlobLocation): Uint8Array {
    const { head, read } = this.#parcels.open(blob.parcel);
    memberAt(head, blob);
    return naming(blob.parcel, () => {
      const body = new SolidBody(head, read);
      if (body.sizeBytes !== blob.sizeBytes)
        throw new RangeError("a large content is not alone in its parcel");
      const content = new Uint8Array(blob.sizeBytes);
      body.readAll(content);
      return content;
    });
  }

  #patched(blob: BlobLocation, basis: Uint8Array): Uint8Array {
    const delta = this.#parcels.get(blob);
    return naming(blob.parcel, () => applyDelta(delta, { basis, sizeBytes: blob.sizeBytes }));
  }

  *#fullPieces(blob: BlobLocation): Generator<Uint8Array, void> {
    const { head, read } = this.#parcels.open(blob.parcel);
    const { start, end } = memberAt(head, blob);
    const body = new SolidBody(head, read);
    using pieces = body.bytes(start, end);
    for (;;) {
      const next = naming(blob.parcel, () => pieces.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  #patch(blob: BlobLocation, basis: RandomAccess, write: (piece: Uint8Array) => void): void {
    const { head, read } = this.#parcels.open(blob.parcel);
    const { start, end } = memberAt(head, blob);
    const delta = {
      sizeBytes: end - start,
      read: (position: number, length: number) => read(start + position, length),
    };
    naming(blob.parcel, () => applyLargeDelta(delta, { basis, sizeBytes: blob.sizeBytes }, write));
  }

  /** What `make` writes, in a scratch file, once it is the content that it should be. */
  #scratch(
    blob: BlobLocation,
    make: (write: (piece: Uint8Array) => void) => void,
  ): ReadableContent {
    const file = new ScratchFile(this.#temporaryFolder);
    try {
      const hasher = this.#crypto.ids.hasher();
      make((piece) => {
        hasher.update(piece);
        file.append(piece);
      });
      if (hasher.finish() !== blob.content) throw wrongId(blob);
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
    const access = scratchAccess(file);
    return {
      ...access,
      [Symbol.dispose]() {
        access[Symbol.dispose]();
        file[Symbol.dispose]();
      },
    };
  }
}

/** Whether a full blob lies in a parcel with others, which is kept for them. */
function isShared({ sizeBytes }: BlobLocation): boolean {
  return sizeBytes <= LARGE_CONTENT_BYTES;
}

function wrongId({ content }: BlobLocation): RepositoryCorrupt {
  return new RepositoryCorrupt(
    `content ${content.slice(0, 12)}`,
    "what is stored does not give back its checksum",
  );
}
