/**
 * What of a new content is the same at the same place of its basis: of a database, a mailbox, or
 * the disk of a virtual machine that is nearly all, and to compare takes a tenth of the time that
 * librsync needs to find it. Pure.
 */
import type { DeltaOperation } from "./librsync-delta.ts";
import type { RandomAccess, ReadAt } from "./read-at.ts";

/** Pages of databases and file systems: what changes at once. */
const BLOCK_BYTES = 4096;
/** What is looked for elsewhere, and where in a piece it is taken from. */
const SAMPLE_BYTES = 64;
const SAMPLES = [0.2, 0.4, 0.6, 0.8] as const;

/** A basis that is read once, from front to end, beside the content. */
export class AlignedBasis implements RandomAccess, Disposable {
  readonly sizeBytes: number;
  /** What came last was elsewhere in it, as after an insertion: to go on is of little use. */
  hasMoved = false;
  readonly #pieces: Iterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  /** Where the piece begins, and how much of it was taken. */
  #start = 0;
  #taken = 0;

  /** Each piece stays as it is until the next is asked for. */
  constructor(pieces: Iterable<Uint8Array>, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** The next bytes: at most `lengthMax`, none at the end, and a view until the next call. */
  take(lengthMax: number): Uint8Array {
    while (this.#taken === this.#piece.length) {
      this.#start += this.#taken;
      this.#taken = 0;
      const next = this.#pieces.next();
      this.#piece = next.done === true ? new Uint8Array(0) : next.value;
      if (next.done === true) return this.#piece;
    }
    const bytes = this.#piece.subarray(this.#taken, this.#taken + lengthMax);
    this.#taken += bytes.length;
    return bytes;
  }

  /** To the end, where who gives the pieces may find that they are not what they should be. */
  passRest(): void {
    while (this.take(this.sizeBytes).length > 0);
  }

  /** Within what was taken last. */
  readonly read: ReadAt = (position, length) => {
    const start = position - this.#start;
    if (start < 0 || start + length > this.#piece.length) {
      throw new RangeError(`bytes ${position}+${length} of a basis have passed`);
    }
    return this.#piece.subarray(start, start + length);
  };

  [Symbol.dispose](): void {
    this.#pieces.return?.();
  }
}

/** Literals are views of the pieces of `content`: use them before asking for more. */
export function* alignedOperations(
  content: Iterable<Uint8Array>,
  basis: AlignedBasis,
): Generator<DeltaOperation, void> {
  let position = 0;
  for (const piece of content) {
    for (let done = 0; done < piece.length;) {
      const replaced = basis.take(piece.length - done);
      if (replaced.length === 0) {
        yield { kind: "literal", bytes: piece.subarray(done) };
        break;
      }
      const bytes = piece.subarray(done, done + replaced.length);
      let isAllNew = true;
      for (const operation of compared(bytes, replaced, position + done)) {
        isAllNew &&= operation.kind === "literal";
        yield operation;
      }
      if (isAllNew) basis.hasMoved ||= isElsewhere(bytes, replaced);
      done += replaced.length;
    }
    position += piece.length;
  }
  basis.passRest();
}

/** Whether some of a content lies further off in the basis than in the same block. */
function isElsewhere(content: Uint8Array, basis: Uint8Array): boolean {
  const old = Buffer.from(basis.buffer, basis.byteOffset, basis.length);
  return SAMPLES.some((share) => {
    const start = Math.floor(content.length * share);
    const sample = content.subarray(start, start + SAMPLE_BYTES);
    // Of zeroes and the like there are more everywhere.
    if (new Set(sample).size < SAMPLE_BYTES / 4) return false;
    const near = old.subarray(Math.max(0, start - BLOCK_BYTES), start + BLOCK_BYTES + SAMPLE_BYTES);
    return !near.includes(sample) && old.includes(sample);
  });
}

/** By halves: most pieces are the same, and in the others what differs lies together. */
function* compared(
  content: Uint8Array,
  basis: Uint8Array,
  start: number,
): Generator<DeltaOperation, void> {
  const { length } = content;
  if (Buffer.compare(content, basis) === 0) {
    yield { kind: "copy", start, length };
  } else if (length <= BLOCK_BYTES) {
    yield { kind: "literal", bytes: content };
  } else {
    const half = Math.ceil(length / BLOCK_BYTES / 2) * BLOCK_BYTES;
    yield* compared(content.subarray(0, half), basis.subarray(0, half), start);
    yield* compared(content.subarray(half), basis.subarray(half), start + half);
  }
}
