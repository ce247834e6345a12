/**
 * Regenerates contents: catalog's chain → parcels → decompress → patch → check against the content
 * id. Nothing of a content in memory is given away before that check; of a content that is
 * streamed, the end of the stream is the check, and a caller keeps what it got aside until then.
 */
import { assert } from "../core/assert.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import { LARGE_CONTENT_BYTES, OWN_PACK_BYTES } from "../core/limits.ts";
import type { ContentId } from "../core/ids.ts";
import type { BlobLocation, DeltaChain } from "../core/repository.ts";
import { release } from "../format/compress.ts";
import type { ContentCrypto } from "../format/content-crypto.ts";
import { applyDelta, applyLargeDelta, viewThrough } from "../format/delta.ts";
import { type RandomAccess, randomAccessOf } from "../format/read-at.ts";
import { SegmentsView } from "../format/segments-view.ts";
import { SolidBody } from "../format/solid-parcel.ts";
import { ScratchFile } from "../store/scratch-file.ts";
import { piecesOf, scratchAccess } from "./content-pieces.ts";
import { memberAt, naming, type PackBytes, ParcelCache } from "./parcel-cache.ts";

/** Contents up to this, and whose bases are, are regenerated in memory. */
const IN_MEMORY_BYTES_MAX = OWN_PACK_BYTES;

/** Deltas that are read one through the other; each takes up to a megabyte. */
const VIEWS_MAX = 8;

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
    const [newest] = chain;
    assert(newest !== undefined, "a chain is not empty");
    if (chain.length === 1 && isShared(newest)) return [this.bytes(chain)];
    return this.#isHeld(chain) ? this.#heldPieces(chain) : this.#checked(chain, newest);
  }

  /** Whether it is made in memory, and checked, before any of it is read. */
  #isHeld(chain: DeltaChain): boolean {
    return chain.length === 1 ? chain.every(isShared) : this.fitsInMemory(chain);
  }

  *#heldPieces(chain: DeltaChain): Generator<Uint8Array, void> {
    using content = this.#inMemory(chain);
    yield* piecesOf(content);
  }

  *#checked(chain: DeltaChain, newest: BlobLocation): Generator<Uint8Array, void> {
    const hasher = this.#crypto.ids.hasher();
    using content = this.#view(chain);
    for (const piece of piecesOf(content)) {
      hasher.update(piece);
      yield piece;
    }
    if (hasher.finish() === newest.content) return;
    throw wrongId(this.#oldestDamaged(chain) ?? newest);
  }

  /** It may be a basis. */
  #oldestDamaged(chain: DeltaChain): BlobLocation | undefined {
    const contents = chain.map((blob, index) => ({ blob, chain: chain.slice(index) }));
    return contents.findLast((content) => this.#idOf(content.chain) !== content.blob.content)?.blob;
  }

  #idOf(chain: DeltaChain): ContentId {
    const hasher = this.#crypto.ids.hasher();
    using content = this.#view(chain);
    for (const piece of piecesOf(content)) hasher.update(piece);
    return hasher.finish();
  }

  /** A content of any size, checked, to be read anywhere in. Throws StorageFailed without space. */
  open(chain: DeltaChain): ReadableContent {
    return this.fitsInMemory(chain) ? this.#inMemory(chain) : this.#scratch(this.pieces(chain));
  }

  /**
   * A content of any size, not checked unless it is small, to be read from front to end or about
   * so. What it is made of is made when it is read.
   */
  #view(chain: DeltaChain): ReadableContent {
    if (this.#isHeld(chain)) return this.#inMemory(chain);
    const last = chain.at(-1);
    assert(last !== undefined, "a chain is not empty");
    using parts = new DisposableStack();
    let content = parts.use(this.#isHeld([last]) ? this.#inMemory([last]) : this.#full(last));
    const deltas = chain.slice(0, -1).toReversed();
    for (const [depth, blob] of deltas.entries()) {
      if (depth % VIEWS_MAX === VIEWS_MAX - 1) content = parts.use(this.#copy(content));
      content = parts.use(this.#throughDelta(blob, content));
    }
    return owned(content, parts.move());
  }

  #inMemory(chain: DeltaChain): ReadableContent {
    const content = this.borrow(chain);
    return {
      ...randomAccessOf(content.bytes),
      [Symbol.dispose]: () => content[Symbol.dispose](),
    };
  }

  #full(blob: BlobLocation): ReadableContent {
    const { head, read } = this.#parcels.open(blob.parcel);
    const member = memberAt(head, blob);
    return named(blob, new SegmentsView(new SolidBody(head, read), member));
  }

  /** What a delta makes of a basis, which must not be disposed before it. */
  #throughDelta(blob: BlobLocation, basis: RandomAccess): ReadableContent {
    const { head, read } = this.#parcels.open(blob.parcel);
    const { start, end } = memberAt(head, blob);
    const delta: RandomAccess = {
      sizeBytes: end - start,
      read: (position, length) => read(start + position, length),
    };
    const { sizeBytes } = blob;
    return naming(blob.parcel, () => {
      using parts = new DisposableStack();
      const direct = parts.use(viewThrough(delta, { basis, sizeBytes }));
      if (direct?.isInOrder === true) return named(blob, owned(direct, parts.move()));
      const patch = { basis: parts.use(this.#copy(basis)), sizeBytes };
      const content =
        parts.use(viewThrough(delta, patch)) ??
        parts.use(this.#written((write) => applyLargeDelta(delta, patch, write)));
      return named(blob, owned(content, parts.move()));
    });
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

  #copy(content: RandomAccess): ReadableContent {
    return this.#scratch(piecesOf(content));
  }

  #scratch(pieces: Iterable<Uint8Array>): ReadableContent {
    return this.#written((write) => {
      for (const piece of pieces) write(piece);
    });
  }

  /** What `make` writes, in a scratch file. */
  #written(make: (write: (piece: Uint8Array) => void) => void): ReadableContent {
    using parts = new DisposableStack();
    const file = parts.use(new ScratchFile(this.#temporaryFolder));
    make((piece) => file.append(piece));
    return owned(parts.use(scratchAccess(file)), parts.move());
  }
}

/** Disposing it disposes all of what it is made of. */
function owned({ sizeBytes, read }: RandomAccess, parts: DisposableStack): ReadableContent {
  return { sizeBytes, read, [Symbol.dispose]: () => parts.dispose() };
}

/** Reads whose failures name where the blob lies. */
function named(blob: BlobLocation, content: ReadableContent): ReadableContent {
  return {
    sizeBytes: content.sizeBytes,
    read: (position, length) => naming(blob.parcel, () => content.read(position, length)),
    [Symbol.dispose]: () => content[Symbol.dispose](),
  };
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
