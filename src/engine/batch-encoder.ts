/** Sorts the contents of one batch into parcels: deltas, compressed ones, and what is left. */
import type { DataOptions } from "../core/backup-options.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import type { ContentId } from "../core/ids.ts";
import { LARGE_CONTENT_BYTES, SEGMENT_BYTES } from "../core/limits.ts";
import type { DeltaChain, Parcel } from "../core/repository.ts";
import type { ParcelOutput } from "../format/body-writer.ts";
import { type DeltaMember, encodeDeltaParcel } from "../format/delta-parcel.ts";
import { encodeLargeParcel } from "../format/large-parcel.ts";
import { encodeSolidParcel } from "../format/solid-parcel.ts";
import type { Arena } from "./arena.ts";
import type { Handling } from "./batch-layout.ts";
import type { CompressionEffort } from "./compression-effort.ts";
import type { DeltaMaker } from "./delta-maker.ts";

/** A content that was read. */
export type Content = { readonly bytes: Uint8Array; readonly handling: Handling };

export type Encoding = {
  readonly data: DataOptions;
  /** undefined: nothing is compressed. */
  readonly effort: CompressionEffort | undefined;
  readonly deltas: DeltaMaker;
  /** Where the contents are. */
  readonly arena: Arena;
  readonly output: ParcelOutput;
};

export type EncodedContents = {
  readonly parcels: readonly Parcel[];
  /** Damage met in the repository on the way, in words. What needed it was saved otherwise. */
  readonly damaged: readonly string[];
};

export class BatchEncoder {
  readonly #encoding: Encoding;
  readonly #parcels: Parcel[] = [];
  readonly #damaged: string[] = [];
  readonly #deltaMembers: DeltaMember[] = [];
  readonly #compressed: [ContentId, Content][] = [];
  readonly #stored: [ContentId, Content][] = [];

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /** `basis`: what a delta may be made against. */
  add(id: ContentId, content: Content, basis: DeltaChain | undefined): void {
    const sizeBytes = content.bytes.length;
    const delta = this.#delta(content.bytes, basis);
    if (delta !== undefined) {
      this.#deltaMembers.push({ content: id, sizeBytes, ...delta });
    } else if (sizeBytes > LARGE_CONTENT_BYTES) {
      const level = content.handling === "compressed" ? this.#levelFor(sizeBytes) : 0;
      const bytes = encodeLargeParcel(id, content.bytes, level, this.#encoding.output);
      this.#parcels.push({ members: [{ content: id, sizeBytes, basis: undefined }], bytes });
    } else {
      (content.handling === "compressed" ? this.#compressed : this.#stored).push([id, content]);
    }
  }

  finish(): EncodedContents {
    this.#addSolid(this.#stored, 0);
    const { compressSizeBytesMin } = this.#encoding.data;
    const total = this.#compressed.reduce((sum, [, { bytes }]) => sum + bytes.length, 0);
    const level = total < compressSizeBytesMin ? 0 : this.#levelFor(total);
    this.#addSolid(this.#compressed, level);
    if (this.#deltaMembers.length > 0) {
      const bytes = encodeDeltaParcel(this.#deltaMembers, this.#encoding.output);
      this.#parcels.push({ members: this.#deltaMembers.map(withoutDelta), bytes });
    }
    return { parcels: this.#parcels, damaged: this.#damaged };
  }

  /** 0: it is stored as it is. */
  #levelFor(plaintextBytes: number): number {
    return this.#encoding.effort?.levelFor(plaintextBytes) ?? 0;
  }

  /** A damaged basis costs the delta, not the file: it is saved whole. */
  #delta(
    bytes: Uint8Array,
    basis: DeltaChain | undefined,
  ): { basis: ContentId; delta: Uint8Array } | undefined {
    if (basis === undefined) return undefined;
    try {
      return this.#encoding.deltas.small(bytes, basis);
    } catch (error) {
      if (!(error instanceof RepositoryCorrupt)) throw error;
      this.#damaged.push(error.message);
      return undefined;
    }
  }

  #addSolid(contents: readonly (readonly [ContentId, Content])[], level: number): void {
    const { arena, output } = this.#encoding;
    let members: { content: ContentId; sizeBytes: number }[] = [];
    let pieces: Uint8Array[] = [];
    let total = 0;
    const flush = (): void => {
      if (members.length === 0) return;
      const bytes = encodeSolidParcel(arena.join(pieces), members, level, output);
      this.#parcels.push({ members: members.map(asFull), bytes });
      members = [];
      pieces = [];
      total = 0;
    };
    const inOrder = contents.toSorted(
      ([, a], [, b]) => arena.placeOf(a.bytes) - arena.placeOf(b.bytes),
    );
    for (const [content, { bytes }] of inOrder) {
      if (total + bytes.length > SEGMENT_BYTES) flush();
      members.push({ content, sizeBytes: bytes.length });
      pieces.push(bytes);
      total += bytes.length;
    }
    flush();
  }
}

function asFull({ content, sizeBytes }: { content: ContentId; sizeBytes: number }) {
  return { content, sizeBytes, basis: undefined };
}

function withoutDelta({ content, sizeBytes, basis }: DeltaMember) {
  return { content, sizeBytes, basis };
}
