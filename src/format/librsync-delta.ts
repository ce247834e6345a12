/**
 * The commands of a librsync delta, read without librsync.
 *
 *     delta    "rs\x026", commands, end
 *     literal  0x01..0x40            that many bytes follow
 *              0x41..0x44            length in 1, 2, 4 or 8 bytes, then the bytes
 *     copy     0x45..0x54            offset in the basis, then length, each in 1, 2, 4 or 8 bytes
 *     end      0x00
 *
 * Numbers are big-endian. For the layer that codes the literals again; librsync.ts applies a
 * delta. Pure.
 */

/** Part of a new file: `length` bytes of the basis from `start` on, or `bytes` themselves. */
export type DeltaOperation =
  | { readonly kind: "copy"; readonly start: number; readonly length: number }
  | { readonly kind: "literal"; readonly bytes: Uint8Array };

const MAGIC = 0x72730236;
const END = 0x00;
/** The last command whose code is the length of the literal. */
const LITERAL_SHORT_LAST = 0x40;
const LITERAL_FIRST = 0x41;
const LITERAL_LAST = 0x44;
const COPY_FIRST = 0x45;
const COPY_LAST = 0x54;
/** Of a parameter, by the two bits of the command that say so. */
const PARAMETER_BYTES = [1, 2, 4, 8] as const;

/**
 * The operations of the delta that `pieces` make up, in order; the new file is what they say, one
 * after the other. Literal bytes are views of the pieces: use them before asking for more. A
 * literal that is cut between pieces comes as several operations; none is empty.
 *
 * Holds nothing but one piece. Throws RangeError if the delta is damaged, ends too early, or has
 * bytes behind its end. Whether a copy lies inside the basis only the reader of the basis knows.
 */
export function* parseDelta(pieces: Iterable<Uint8Array>): Generator<DeltaOperation, void> {
  using reader = new PieceReader(pieces);
  if (reader.uint(4) !== MAGIC) throw new RangeError("not a librsync delta");
  for (;;) {
    const command = reader.uint(1);
    if (command === END) break;
    if (command <= LITERAL_SHORT_LAST) {
      yield* literal(reader, command);
    } else if (command <= LITERAL_LAST) {
      yield* literal(reader, reader.uint(parameterBytes(command - LITERAL_FIRST)));
    } else if (command <= COPY_LAST) {
      yield copy(reader, command - COPY_FIRST);
    } else {
      throw new RangeError(`delta is damaged: unknown command ${command}`);
    }
  }
  if (!reader.isAtEnd()) throw new RangeError("delta is damaged: bytes follow its end");
}

function* literal(reader: PieceReader, length: number): Generator<DeltaOperation, void> {
  if (length === 0) throw new RangeError("delta is damaged: empty literal");
  for (let left = length; left > 0;) {
    const bytes = reader.some(left);
    yield { kind: "literal", bytes };
    left -= bytes.length;
  }
}

function copy(reader: PieceReader, code: number): DeltaOperation {
  const start = reader.uint(parameterBytes(code >> 2));
  const length = reader.uint(parameterBytes(code & 3));
  if (length === 0) throw new RangeError("delta is damaged: empty copy");
  return { kind: "copy", start, length };
}

function parameterBytes(code: number): number {
  const length = PARAMETER_BYTES[code];
  if (length === undefined) throw new Error("a parameter code has two bits");
  return length;
}

/** Reads numbers and runs of bytes from a stream, however it is cut into pieces. */
class PieceReader implements Disposable {
  readonly #pieces: Iterator<Uint8Array>;
  /** The part of the current piece that has not been read. */
  #rest = new Uint8Array(0);

  constructor(pieces: Iterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** A big-endian number of `length` bytes. Throws RangeError if it is over 2^53 - 1. */
  uint(length: number): number {
    let value = 0;
    for (let left = length; left > 0; left -= 1) value = value * 256 + this.#byte();
    if (!Number.isSafeInteger(value)) throw new RangeError("delta is damaged: number too large");
    return value;
  }

  /** Between 1 and `lengthMax` bytes, as many as the current piece has: a view of it. */
  some(lengthMax: number): Uint8Array {
    this.#require();
    const bytes = this.#rest.subarray(0, lengthMax);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  isAtEnd(): boolean {
    while (this.#rest.length === 0) {
      const next = this.#pieces.next();
      if (next.done === true) return true;
      this.#rest = next.value as Uint8Array<ArrayBuffer>;
    }
    return false;
  }

  #byte(): number {
    this.#require();
    const [byte = 0] = this.#rest;
    this.#rest = this.#rest.subarray(1);
    return byte;
  }

  #require(): void {
    if (this.isAtEnd()) throw new RangeError("delta ends too early");
  }

  /** Lets the source of the pieces know that no more are wanted. */
  [Symbol.dispose](): void {
    this.#pieces.return?.();
  }
}
