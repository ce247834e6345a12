import { expect, test } from "bun:test";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import wasm from "../../native/build/librsync.wasm" with { type: "file" };
import { parseDelta } from "../../src/format/librsync-delta.ts";
import { type ReadBasis, loadLibrsync } from "../../src/format/librsync.ts";

const librsync = loadLibrsync(readFileSync(wasm));

/** Blocks are small, so that a file of a few hundred bytes has many. */
const blockBytes = fc.integer({ min: 1, max: 64 });
const options = fc.record({ blockBytes, strongBytes: fc.integer({ min: 8, max: 32 }) });
/** Few different bytes, so that blocks are alike here and there. */
const basis = fc.uint8Array({ max: 3, maxLength: 600 });

type Edit = { readonly at: number; readonly removed: number; readonly inserted: Uint8Array };
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: 600 }),
  removed: fc.nat({ max: 100 }),
  inserted: fc.uint8Array({ maxLength: 100 }),
});
const edits = fc.array(edit, { maxLength: 6 });
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 20 });

test("a patch makes the new file, however files and deltas are cut", () => {
  fc.assert(
    fc.property(basis, edits, cuts, options, (old, changes, sizes, sums) => {
      const file = edited(old, changes);
      const signature = librsync.signature(cut(old, sizes), sums);
      const delta = collect((emit) => librsync.delta(signature, cut(file, sizes), emit));
      const pieces = [...cut(delta, sizes)];
      expect(collect((emit) => librsync.patch(readFrom(old), pieces, emit))).toEqual(file);
    }),
    { numRuns: 500 },
  );
});

test("the operations of a delta say what the patch does", () => {
  fc.assert(
    fc.property(basis, edits, cuts, blockBytes, (old, changes, sizes, block) => {
      const file = edited(old, changes);
      const delta = deltaOf(old, file, block);
      expect(carriedOut(old, cut(delta, sizes))).toEqual(file);
    }),
    { numRuns: 500 },
  );
});

test("any proper prefix of a delta is an error, never a shorter file", () => {
  fc.assert(
    fc.property(basis, edits, blockBytes, fc.nat(), (old, changes, block, at) => {
      const delta = deltaOf(old, edited(old, changes), block);
      const prefix = delta.subarray(0, at % delta.length);
      expect(() => librsync.patch(readFrom(old), [prefix], ignore)).toThrow("ends too early");
      expect(() => [...parseDelta([prefix])]).toThrow("ends too early");
    }),
  );
});

test("patch and parser agree on what is a delta, and call anything else a RangeError", () => {
  fc.assert(
    fc.property(basis, edits, blockBytes, fc.nat(), fc.nat({ max: 255 }), (...drawn) => {
      const [old, changes, block, at, value] = drawn;
      const sound = deltaOf(old, edited(old, changes), block);
      const delta = sound.with(at % sound.length, value);
      const patched = outcome(() => collect((emit) => patchUpTo(2000, old, delta, emit)));
      const parsed = outcome(() => carriedOut(old, [delta]));
      expect(patched).toEqual(parsed);
    }),
    { numRuns: 1000 },
  );
});

test("any change of a signature gives a delta or a RangeError", () => {
  fc.assert(
    fc.property(basis, blockBytes, fc.nat(), fc.nat({ max: 255 }), (old, block, at, value) => {
      const sound = librsync.signature([old], { blockBytes: block, strongBytes: 16 });
      const signature = sound.with(at % sound.length, value);
      const result = outcome(() => collect((emit) => librsync.delta(signature, [old], emit)));
      if (result !== "RangeError") carriedOutLength(result);
    }),
    { numRuns: 500 },
  );
});

function deltaOf(old: Uint8Array, file: Uint8Array, block: number): Uint8Array {
  const signature = librsync.signature([old], { blockBytes: block, strongBytes: 16 });
  return collect((emit) => librsync.delta(signature, [file], emit));
}

/** The slow and readable patch. Throws RangeError for a copy from outside, as patch does. */
function carriedOut(old: Uint8Array, delta: Iterable<Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const operation of parseDelta(delta)) {
    if (operation.kind === "literal") {
      parts.push(operation.bytes.slice());
      continue;
    }
    const { start, length } = operation;
    if (start + length > old.length) throw new RangeError("outside");
    parts.push(old.subarray(start, start + length));
  }
  return new Uint8Array(Buffer.concat(parts));
}

function carriedOutLength(delta: Uint8Array): number {
  return [...parseDelta([delta])].length;
}

/** A patch that stops at an absurd size, as the engine does at the announced one. */
function patchUpTo(
  bytesMax: number,
  old: Uint8Array,
  delta: Uint8Array,
  emit: (piece: Uint8Array) => void,
): void {
  let emitted = 0;
  librsync.patch(readFrom(old), [delta], (piece) => {
    emitted += piece.length;
    if (emitted > bytesMax) throw new RangeError("longer than announced");
    emit(piece);
  });
}

function outcome(work: () => Uint8Array): Uint8Array | "RangeError" {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return "RangeError";
  }
}

function edited(old: Uint8Array, changes: readonly Edit[]): Uint8Array {
  let file = old;
  for (const { at, removed, inserted } of changes) {
    const start = Math.min(at, file.length);
    file = Buffer.concat([file.subarray(0, start), inserted, file.subarray(start + removed)]);
  }
  return new Uint8Array(file);
}

function readFrom(bytes: Uint8Array): ReadBasis {
  return (offset, into) => {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  };
}

function collect(work: (emit: (piece: Uint8Array) => void) => void): Uint8Array {
  const pieces: Uint8Array[] = [];
  work((piece) => pieces.push(piece));
  return new Uint8Array(Buffer.concat(pieces));
}

/** `bytes` in pieces of the given sizes, then the rest. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let start = 0;
  for (const size of sizes) {
    yield bytes.subarray(start, start + size);
    start = Math.min(start + size, bytes.length);
  }
  yield bytes.subarray(start);
}

function ignore(): void {
  // The output of a delta that must not be accepted.
}
