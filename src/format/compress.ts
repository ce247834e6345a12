/**
 * zstd, with and without a dictionary. Frames always tell their content's size, and a reader knows
 * it beforehand: a frame that says or holds anything else is damaged, and no frame makes a reader
 * allocate more than the size it expects. docs/format.md §1.2.
 */
import zlib from "node:zlib";
import { frameContentSize } from "../core/zstd-frame.ts";
import { ZstdDecoder, ZstdEncoder } from "./zstd-context.ts";
import { paramsOf } from "./zstd-level.ts";

/** 0 stores, 1 is fastest, 19 smallest. */
export type CompressionLevel = number;

/** Below this, what a dictionary saves is not found; above, it takes long and saves little. */
const DICTIONARY_LEVEL_MIN = 6;
const WINDOW_LOG_MIN = 10;
/** zlib takes none smaller. */
const CHUNK_BYTES_MIN = 64;
/** From this window on the hash table of a level has fewer places than the dictionary. */
const WINDOW_LOG_WIDE = 21;

/** Plaintexts below this have frames that are longer by more. */
const SMALL_PLAINTEXT_BYTES = 128 * 1024;

/** The last that was used: levels change once or twice in a run. */
let encoder: { readonly level: CompressionLevel; readonly of: ZstdEncoder | undefined } | undefined;
let decoder: ZstdDecoder | "none" | undefined;

function encoderOf(level: CompressionLevel): ZstdEncoder | undefined {
  if (encoder?.level === level) return encoder.of;
  encoder?.of?.[Symbol.dispose]();
  encoder = { level, of: ZstdEncoder.of(level) };
  return encoder.of;
}

/** One frame in a new buffer. */
export function compress(plaintext: Uint8Array, level: CompressionLevel): Uint8Array {
  const { params, are } = paramsOf(level);
  if (are === "zstd's") return Bun.zstdCompressSync(plaintext, { level });
  const pledgedSrcSize = plaintext.length;
  const chunkSize = Math.max(CHUNK_BYTES_MIN, frameBytesMax(plaintext.length));
  return zlib.zstdCompressSync(plaintext, { pledgedSrcSize, params, chunkSize });
}

/**
 * Room for the frame of any plaintext of `sizeBytes`: ZSTD_COMPRESSBOUND of zstd.h, and a byte that
 * stays free, which tells that the frame was not cut off.
 */
export function frameBytesMax(sizeBytes: number): number {
  const smallBytes = Math.max(0, SMALL_PLAINTEXT_BYTES - sizeBytes) >>> 11;
  return sizeBytes + (sizeBytes >>> 8) + smallBytes + 1;
}

/** The same frame in `target`, which has frameBytesMax(): a view of its beginning. */
export function compressInto(
  target: Uint8Array,
  plaintext: Uint8Array,
  level: CompressionLevel,
): Uint8Array {
  const length = encoderOf(level)?.encode(plaintext, target);
  if (length !== undefined) return target.subarray(0, length);
  const frame = compress(plaintext, level);
  target.set(frame);
  return target.subarray(0, frame.length);
}

/**
 * One frame that only `dictionary` decompresses. The window is made to span both, so that all of
 * the dictionary can be used up to the last byte.
 */
export function compressWith(
  dictionary: Dictionary,
  plaintext: Uint8Array,
  level: CompressionLevel,
): Uint8Array {
  const span = dictionary.bytes.length + plaintext.length;
  const windowLog = Math.max(WINDOW_LOG_MIN, Math.ceil(Math.log2(span)));
  const params: Record<number, number> = {
    [zlib.constants.ZSTD_c_compressionLevel]: Math.max(level, DICTIONARY_LEVEL_MIN),
    [zlib.constants.ZSTD_c_windowLog]: windowLog,
  };
  if (windowLog >= WINDOW_LOG_WIDE) params[zlib.constants.ZSTD_c_hashLog] = windowLog - 2;
  const pledgedSrcSize = plaintext.length;
  return zlib.zstdCompressSync(plaintext, { dictionary: dictionary.bytes, pledgedSrcSize, params });
}

/** The plaintext of one frame. Throws RangeError unless it is intact and has `sizeBytes`. */
export function decompress(frame: Uint8Array, sizeBytes: number): Uint8Array {
  // The frame's own word bounds what zstd makes of it: it is asked before memory is taken.
  if (frameContentSize(frame) !== sizeBytes) throw wrongSize(sizeBytes);
  return checkedPlaintext(sizeBytes, () => Bun.zstdDecompressSync(frame));
}

/** The same into `target`, which it fills. */
export function decompressInto(target: Uint8Array, frame: Uint8Array): void {
  if (frameContentSize(frame) !== target.length) throw wrongSize(target.length);
  decoder ??= ZstdDecoder.of() ?? "none";
  if (decoder === "none") {
    target.set(decompress(frame, target.length));
    return;
  }
  let length: number;
  try {
    length = decoder.decode(frame, target);
  } catch (cause) {
    throw damaged(target.length, cause);
  }
  if (length !== target.length) throw wrongSize(target.length);
}

export function decompressWith(
  dictionary: Dictionary,
  frame: Uint8Array,
  sizeBytes: number,
): Uint8Array {
  const maxOutputLength = Math.max(1, sizeBytes); // zlib refuses a bound of zero
  // In one piece: else it comes in many small ones that are joined.
  const chunkSize = Math.max(CHUNK_BYTES_MIN, sizeBytes);
  const options = { dictionary: dictionary.bytes, maxOutputLength, chunkSize };
  return checkedPlaintext(sizeBytes, () => zlib.zstdDecompressSync(frame, options));
}

/**
 * Bytes that a frame may refer to: a zero, which keeps zstd from taking them for a trained
 * dictionary, then what was added.
 */
export class Dictionary implements Disposable {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #length = 1;

  /** Has room for `sizeBytes`. */
  constructor(sizeBytes: number) {
    this.#buffer = new Uint8Array(1 + sizeBytes);
  }

  static of(bytes: Uint8Array): Dictionary {
    const dictionary = new Dictionary(bytes.length);
    dictionary.add(bytes);
    return dictionary;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Of what was added. */
  get sizeBytes(): number {
    return this.#length - 1;
  }

  /** Copies `part`. */
  add(part: Uint8Array): void {
    this.#buffer.set(part, this.#length);
    this.#length += part.length;
  }

  clear(): void {
    this.#length = 1;
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    release(this.#buffer);
  }
}

/**
 * Gives the memory of `bytes` back at once, for buffers too big to wait for the collector. The
 * caller must own the whole of its buffer; every view of it becomes empty.
 */
export function release(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength) {
    bytes.buffer.transfer(0);
  }
}

function checkedPlaintext(sizeBytes: number, decompressed: () => Uint8Array): Uint8Array {
  let plaintext: Uint8Array;
  try {
    plaintext = decompressed();
  } catch (cause) {
    throw damaged(sizeBytes, cause);
  }
  if (plaintext.length === sizeBytes) return plaintext;
  throw wrongSize(sizeBytes);
}

function damaged(sizeBytes: number, cause: unknown): RangeError {
  return new RangeError(`compressed bytes are damaged or hold more than ${sizeBytes}`, { cause });
}

function wrongSize(sizeBytes: number): RangeError {
  return new RangeError(`compressed bytes do not hold ${sizeBytes} bytes`);
}
