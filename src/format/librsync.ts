/**
 * Signatures and deltas: librsync, compiled to WebAssembly (native/shim.c has the C side).
 *
 * A signature holds a rolling sum and a BLAKE2b hash of each block of a file; a delta says how to
 * make a new file from blocks of that file and literal bytes; a patch makes it. All three work on
 * pieces and hold no more of a file than its signature and about one block.
 *
 * Synchronous, because the work is all computing and runs in worker threads. Whatever is wrong
 * with the bytes of a signature or delta is a RangeError; that a delta is the right one only the
 * content id of the result shows.
 */

/** Receives output piece by piece; each is a new buffer that it owns. May throw to stop. */
export type Emit = (piece: Uint8Array) => void;

/**
 * Copies bytes of the basis from `offset` on into `into` and answers how many: at least one, or 0
 * if the basis ends at or before `offset`. `into` must not be kept. What it throws, patch throws.
 */
export type ReadBasis = (offset: number, into: Uint8Array) => number;

export type SignatureOptions = {
  /** 1..BLOCK_BYTES_MAX; blockBytesFor the size of the file. */
  readonly blockBytes: number;
  /** Bytes kept of each block's hash: STRONG_BYTES_MIN..STRONG_BYTES_MAX. */
  readonly strongBytes: number;
};

export interface Librsync {
  /** The signature of `input`, a new buffer of 12 bytes and 4 + strongBytes for each block. */
  signature(input: Iterable<Uint8Array>, options: SignatureOptions): Uint8Array;
  /**
   * Emits the delta that makes `input` from the file that `signature` was made of.
   * Throws RangeError if `signature` is damaged or needs more memory than there is.
   */
  delta(signature: Uint8Array, input: Iterable<Uint8Array>, emit: Emit): void;
  /**
   * Emits the file that `delta` makes of the basis. A few bytes of delta can ask for any amount of
   * output: the caller's `emit` knows how much is due and throws beyond. Throws RangeError if
   * `delta` is damaged, ends too early, goes on after its end or copies from outside the basis.
   */
  patch(readBasis: ReadBasis, delta: Iterable<Uint8Array>, emit: Emit): void;
}

/** Below, the signature of a file would be more than a fourteenth of the file. */
const BLOCK_BYTES_MIN = 512;
/** Bounds what a delta holds of its input; reached by files of 16 TiB. */
export const BLOCK_BYTES_MAX = 4 * 1024 * 1024;
/** BLAKE2b hashes 128 bytes at a time; other lengths waste part of the last step. */
const BLOCK_BYTES_UNIT = 128;
const STRONG_BYTES_MIN = 8;
const STRONG_BYTES_MAX = 32;

const SIGNATURE_MAGIC = 0x72730147; // RabinKarp and BLAKE2b: never MD4, see CVE-2014-8242
const SIGNATURE_HEADER_BYTES = 12;
const WEAK_BYTES = 4;

/** An instance whose memory grew beyond is not used again: memory of WebAssembly never shrinks. */
const IDLE_MEMORY_BYTES_MAX = 8 * 1024 * 1024;

/** rs_result of librsync.h, as far as told apart here. */
const RESULT = { done: 0, blocked: 1, running: 2, outOfMemory: 102, inputEnded: 103 } as const;

/**
 * The block length for a file of `sizeBytes`: its square root, within limits. Longer blocks make
 * the signature smaller (size / block) and what one changed byte costs larger (block); the sum
 * is least where both grow alike, with the root. A multiple of 128 from 512 to BLOCK_BYTES_MAX.
 */
export function blockBytesFor(sizeBytes: number): number {
  const units = Math.ceil(Math.sqrt(sizeBytes) / BLOCK_BYTES_UNIT);
  return Math.min(Math.max(units * BLOCK_BYTES_UNIT, BLOCK_BYTES_MIN), BLOCK_BYTES_MAX);
}

/** librsync from the bytes of native/build/librsync.wasm, compiled here, for one thread. */
export function loadLibrsync(wasmBytes: Uint8Array): Librsync {
  return new Instances(new WebAssembly.Module(new Uint8Array(wasmBytes)));
}

/** Runs each operation in an instance of its own, so that callbacks may start another. */
class Instances implements Librsync {
  readonly #module: WebAssembly.Module;
  #idle: Instance | undefined;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  signature(
    input: Iterable<Uint8Array>,
    { blockBytes, strongBytes }: SignatureOptions,
  ): Uint8Array {
    requireWithin("block length", blockBytes, { least: 1, most: BLOCK_BYTES_MAX });
    requireWithin("hash length", strongBytes, { least: STRONG_BYTES_MIN, most: STRONG_BYTES_MAX });
    const pieces: Uint8Array[] = [];
    this.#with((instance) => {
      instance.begin("signature", instance.calls.tardis_begin_signature(blockBytes, strongBytes));
      instance.run(input, (piece) => pieces.push(piece));
    });
    return new Uint8Array(Buffer.concat(pieces));
  }

  delta(signature: Uint8Array, input: Iterable<Uint8Array>, emit: Emit): void {
    checkSignature(signature);
    this.#with((instance) => {
      instance.begin("signature", instance.calls.tardis_begin_load());
      instance.run([signature], emit); // a signature that is loaded gives no output
      instance.begin("delta", instance.calls.tardis_begin_delta());
      instance.run(input, emit);
    });
  }

  patch(readBasis: ReadBasis, delta: Iterable<Uint8Array>, emit: Emit): void {
    this.#with((instance) => {
      instance.readBasis = readBasis;
      instance.begin("delta", instance.calls.tardis_begin_patch());
      instance.run(delta, emit);
    });
  }

  #with(work: (instance: Instance) => void): void {
    const instance = this.#idle ?? new Instance(this.#module);
    this.#idle = undefined;
    // After an exception the instance is in an unknown state: it is dropped, not used again.
    work(instance);
    instance.end();
    if (instance.memoryBytes <= IDLE_MEMORY_BYTES_MAX) this.#idle = instance;
  }
}

/** What native/shim.c exports. Numbers are addresses, lengths in bytes and rs_results. */
type Calls = {
  readonly memory: WebAssembly.Memory;
  readonly _initialize: () => void;
  readonly tardis_input: () => number;
  readonly tardis_input_bytes: () => number;
  readonly tardis_output: () => number;
  readonly tardis_output_bytes: () => number;
  readonly tardis_begin_signature: (blockBytes: number, strongBytes: number) => number;
  readonly tardis_begin_load: () => number;
  readonly tardis_begin_delta: () => number;
  readonly tardis_begin_patch: () => number;
  readonly tardis_iterate: (inputUsed: number, inputBytes: number, isLast: number) => number;
  readonly tardis_input_left: () => number;
  readonly tardis_output_filled: () => number;
  readonly tardis_end: () => void;
};

/** One memory of WebAssembly with one job in it. */
class Instance {
  readonly calls: Calls;
  /** Where a patch reads its basis. */
  readBasis: ReadBasis = () => 0;
  readonly #inputAt: number;
  readonly #inputBytes: number;
  readonly #outputAt: number;
  readonly #outputBytes: number;
  #subject = "";

  constructor(module: WebAssembly.Module) {
    const env = { read_basis: this.#readBasis.bind(this) };
    this.calls = new WebAssembly.Instance(module, { env }).exports as unknown as Calls;
    this.calls._initialize();
    this.#inputAt = this.calls.tardis_input();
    this.#inputBytes = this.calls.tardis_input_bytes();
    this.#outputAt = this.calls.tardis_output();
    this.#outputBytes = this.calls.tardis_output_bytes();
  }

  get memoryBytes(): number {
    return this.calls.memory.buffer.byteLength;
  }

  /** Notes what the job now begun works on, for messages. */
  begin(subject: "signature" | "delta", result: number): void {
    this.#subject = subject;
    if (result !== RESULT.running) throw this.#failure(result);
  }

  /** Feeds all of `input` to the job and emits what it makes. Throws if it did not get done. */
  run(input: Iterable<Uint8Array>, emit: Emit): void {
    let isDone = false;
    for (const piece of input) {
      for (let start = 0; start < piece.length; start += this.#inputBytes) {
        if (isDone) throw new RangeError(`${this.#subject} is damaged: bytes follow its end`);
        isDone = this.#feed(piece.subarray(start, start + this.#inputBytes), emit);
      }
    }
    if (!isDone) this.#finish(emit);
  }

  end(): void {
    this.readBasis = () => 0;
    this.calls.tardis_end();
  }

  /** Has the job use up `bytes`, no more than the input buffer holds. True once it is done. */
  #feed(bytes: Uint8Array, emit: Emit): boolean {
    this.#view(this.#inputAt, bytes.length).set(bytes);
    for (let used = 0; ;) {
      const result = this.#iterate(used, bytes.length, 0);
      used = bytes.length - this.calls.tardis_input_left();
      const filled = this.#take(emit);
      if (result === RESULT.done) {
        if (used === bytes.length) return true;
        throw new RangeError(`${this.#subject} is damaged: bytes follow its end`);
      }
      if (result !== RESULT.blocked) throw this.#failure(result);
      // A full output buffer may have been what it was blocked by.
      if (used === bytes.length && filled < this.#outputBytes) return false;
    }
  }

  /** Tells the job that its input has ended, and lets it finish. */
  #finish(emit: Emit): void {
    for (;;) {
      const result = this.#iterate(0, 0, 1);
      const filled = this.#take(emit);
      if (result === RESULT.done) return;
      if (result !== RESULT.blocked || filled === 0) throw this.#failure(result);
    }
  }

  #iterate(inputUsed: number, inputBytes: number, isLast: number): number {
    try {
      return this.calls.tardis_iterate(inputUsed, inputBytes, isLast);
    } catch (error) {
      // librsync stops where it stands when it cannot have the memory it asks for.
      if (error instanceof WebAssembly.RuntimeError)
        throw new RangeError(`${this.#subject} asks for too much memory`, { cause: error });
      throw error;
    }
  }

  /** Emits what is in the output buffer, and answers how many bytes that were. */
  #take(emit: Emit): number {
    const filled = this.calls.tardis_output_filled();
    if (filled > 0) emit(this.#view(this.#outputAt, filled).slice());
    return filled;
  }

  /** Called from inside tardis_iterate. An exception passes through it to the caller of patch. */
  #readBasis(offsetLow: number, offsetHigh: number, at: number, length: number): number {
    const offset = (offsetHigh >>> 0) * 2 ** 32 + (offsetLow >>> 0);
    const isReadable = Number.isSafeInteger(offset);
    const copied = isReadable ? this.readBasis(offset, this.#view(at, length)) : 0;
    if (copied > 0) return copied;
    throw new RangeError(`delta is damaged: it copies from offset ${offset}, outside its basis`);
  }

  /** Part of the memory. Not valid any more once a call has let the memory grow. */
  #view(at: number, length: number): Uint8Array {
    return new Uint8Array(this.calls.memory.buffer, at >>> 0, length >>> 0);
  }

  #failure(result: number): RangeError {
    if (result === RESULT.inputEnded) return new RangeError(`${this.#subject} ends too early`);
    if (result === RESULT.outOfMemory)
      return new RangeError(`${this.#subject} asks for too much memory`);
    return new RangeError(`${this.#subject} is damaged: librsync stopped with result ${result}`);
  }
}

/** What librsync takes on trust: it would hold a block of whatever length the header says. */
function checkSignature(signature: Uint8Array): void {
  if (signature.length < SIGNATURE_HEADER_BYTES) throw new RangeError("signature ends too early");
  const header = new DataView(signature.buffer, signature.byteOffset, SIGNATURE_HEADER_BYTES);
  if (header.getUint32(0) !== SIGNATURE_MAGIC)
    throw new RangeError("not a librsync signature of the kind RabinKarp and BLAKE2b");
  const blockBytes = header.getUint32(4);
  const strongBytes = header.getUint32(8);
  requireWithin("block length", blockBytes, { least: 1, most: BLOCK_BYTES_MAX });
  requireWithin("hash length", strongBytes, { least: STRONG_BYTES_MIN, most: STRONG_BYTES_MAX });
  if ((signature.length - SIGNATURE_HEADER_BYTES) % (WEAK_BYTES + strongBytes) !== 0)
    throw new RangeError("signature ends inside a block's sums");
}

function requireWithin(
  what: string,
  value: number,
  { least, most }: { readonly least: number; readonly most: number },
): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${what} of a signature is ${value}, outside ${least} to ${most}`);
}
