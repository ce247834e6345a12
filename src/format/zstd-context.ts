/**
 * zstd from memory to memory that is there, in a context that is used again. The calls of Bun and
 * of node:zlib make a context and a buffer for each frame; that memory is slow to touch, and every
 * few megabytes of it start a collection of garbage (docs/experiments.md). What a stream of
 * node:zlib has inside does neither. It is not documented: where it is not as expected, undefined
 * is what there is of a context, and compress.ts does with what is documented.
 */
import zlib from "node:zlib";
import { paramsOf } from "./zstd-level.ts";

/** What a stream has inside. */
type Inside = {
  readonly _handle?: {
    onerror?: (message: string) => void;
    close?(): void;
    reset?(): void;
    writeSync?(
      flush: number,
      input: Uint8Array,
      inputStart: number,
      inputBytes: number,
      output: Uint8Array,
      outputStart: number,
      outputBytes: number,
    ): void;
  };
  /** After a call: bytes of the output and of the input that it left. */
  readonly _writeState?: Uint32Array;
};
type Handle = Required<NonNullable<Inside["_handle"]>>;

const { ZSTD_e_end } = zlib.constants;

/** One call of the library, and what it left. */
class Context implements Disposable {
  readonly #handle: Handle;
  readonly #left: Uint32Array;
  readonly #failures: string[] = [];

  private constructor(handle: Handle, left: Uint32Array) {
    this.#handle = handle;
    this.#left = left;
    handle.onerror = (message) => void this.#failures.push(message);
  }

  /** Takes over what is in `stream`, which nobody else may use. */
  static in(stream: object): Context | undefined {
    const { _handle: handle, _writeState: left } = stream as Inside;
    if (handle?.writeSync === undefined || handle.reset === undefined) return undefined;
    if (handle.close === undefined || !(left instanceof Uint32Array)) return undefined;
    return new Context(handle as Handle, left);
  }

  /** Also forgets the level. */
  reset(): void {
    this.#handle.reset();
  }

  /** From all of `input` to all of `output`: how much was written. Throws RangeError. */
  run(input: Uint8Array, output: Uint8Array): number {
    this.#handle.writeSync(ZSTD_e_end, input, 0, input.length, output, 0, output.length);
    const failure = this.#failures.pop();
    if (failure !== undefined) throw new RangeError(failure);
    const [outputLeft = 0, inputLeft = 0] = this.#left;
    if (inputLeft > 0) throw new RangeError(`zstd left ${inputLeft} bytes`);
    return output.length - outputLeft;
  }

  [Symbol.dispose](): void {
    this.#handle.close();
  }
}

/** Makes frames of one level. */
export class ZstdEncoder implements Disposable {
  readonly #context: Context;

  private constructor(context: Context) {
    this.#context = context;
  }

  static of(level: number): ZstdEncoder | undefined {
    const { params } = paramsOf(level);
    const context = Context.in(zlib.createZstdCompress({ params }));
    return context && new ZstdEncoder(context);
  }

  /**
   * One frame, at the beginning of `target`, which has room for any and a byte more: how many bytes
   * it has.
   */
  encode(plaintext: Uint8Array, target: Uint8Array): number {
    const length = this.#context.run(plaintext, target);
    if (length < target.length) return length;
    throw new RangeError(`a frame has no room in ${target.length} bytes`);
  }

  [Symbol.dispose](): void {
    this.#context[Symbol.dispose]();
  }
}

/** Reads frames. */
export class ZstdDecoder {
  readonly #context: Context;

  private constructor(context: Context) {
    this.#context = context;
  }

  static of(): ZstdDecoder | undefined {
    const context = Context.in(zlib.createZstdDecompress());
    return context && new ZstdDecoder(context);
  }

  /** How many bytes of `target` one frame fills. Throws RangeError when it does not fit. */
  decode(frame: Uint8Array, target: Uint8Array): number {
    // What a frame that was damaged has left behind must not meet the next.
    this.#context.reset();
    return this.#context.run(frame, target);
  }
}
