import { expect, test } from "bun:test";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import wasm from "../../native/build/librsync.wasm" with { type: "file" };
import { AlignedBasis, alignedOperations } from "../../src/format/aligned-operations.ts";
import {
  applyDelta,
  applyLargeDelta,
  encodePlainDelta,
  encodeWholeDelta,
  encodeWindowsDelta,
  viewThrough,
} from "../../src/format/delta.ts";
import { loadLibrsync } from "../../src/format/librsync.ts";
import { type DeltaOperation, parseDelta } from "../../src/format/librsync-delta.ts";
import { type RandomAccess, randomAccessOf } from "../../src/format/read-at.ts";

const librsync = loadLibrsync(readFileSync(wasm));

type Pair = { readonly basis: Uint8Array; readonly content: Uint8Array };
type Form = "whole" | "windows" | "plain";

const edit = fc.record({
  at: fc.nat({ max: 3000 }),
  removed: fc.nat({ max: 200 }),
  inserted: fc.uint8Array({ maxLength: 200 }),
});
const pair: fc.Arbitrary<Pair> = fc
  .tuple(fc.uint8Array({ maxLength: 3000 }), fc.array(edit, { maxLength: 8 }))
  .map(([basis, edits]) => {
    return { basis, content: edited(basis, edits) };
  });
const form = fc.constantFrom<Form[]>("whole", "windows", "plain");

test("a delta of any form makes the content of its basis, in memory and as a stream", () => {
  fc.assert(
    fc.property(pair, form, (files, kind) => {
      const { basis, content } = files;
      const delta = deltaOf(kind, files);
      const sizeBytes = content.length;
      expect(Buffer.from(applyDelta(delta, { basis, sizeBytes }))).toEqual(Buffer.from(content));
      expect(applied(delta, basis, sizeBytes)).toEqual(Buffer.from(content));
    }),
  );
});

test("any copies and literals, however they are cut, survive the windows", () => {
  const basis = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) & 255));
  const copy = fc
    .tuple(fc.nat({ max: 4999 }), fc.integer({ min: 1, max: 5000 }))
    .map(([start, length]): DeltaOperation => {
      return { kind: "copy", start, length: Math.min(length, 5000 - start) };
    });
  const literal = fc
    .uint8Array({ minLength: 1, maxLength: 500 })
    .map((bytes): DeltaOperation => ({ kind: "literal", bytes }));
  fc.assert(
    fc.property(fc.array(fc.oneof(copy, literal), { maxLength: 50 }), (operations) => {
      const content = Buffer.concat(operations.map((operation) => bytesOf(operation, basis)));
      const delta = collect((emit) => {
        encodeWindowsDelta(operations, { basis: randomAccessOf(basis), level: 3 }, emit);
      });
      expect(applied(delta, basis, content.length)).toEqual(content);
    }),
  );
});

test("any part of a content is read through its delta, also through several of them", () => {
  const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
  const states = fc.tuple(fc.uint8Array({ maxLength: 3000 }), fc.array(edits, { maxLength: 4 }));
  const reads = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 });
  fc.assert(
    fc.property(states, reads, ([oldest, changes], places) => {
      let content: Uint8Array = oldest;
      let view: RandomAccess = randomAccessOf(oldest);
      for (const change of changes) {
        const basis = content;
        content = edited(basis, change);
        const delta = randomAccessOf(deltaOf("windows", { basis, content }));
        const next = viewThrough(delta, { basis: view, sizeBytes: content.length });
        expect(next).toBeDefined();
        view = next ?? view;
      }
      for (const [from, to] of places) {
        const start = from % (content.length + 1);
        const length = to % (content.length - start + 1);
        expect(Buffer.compare(view.read(start, length), content.slice(start, start + length))).toBe(
          0,
        );
      }
      expect(() => view.read(0, content.length + 1)).toThrow(RangeError);
    }),
  );
});

test("deltas of other forms have no view", () => {
  const files = { basis: Buffer.from("what it was"), content: Buffer.from("what it is") };
  const patch = { basis: randomAccessOf(files.basis), sizeBytes: files.content.length };
  expect(viewThrough(randomAccessOf(deltaOf("whole", files)), patch)).toBeUndefined();
  expect(viewThrough(randomAccessOf(deltaOf("plain", files)), patch)).toBeUndefined();
});

test("a content compared with its basis place by place comes out of the delta", () => {
  const size = fc.nat({ max: 30_000 });
  const writes = fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 50 })), { maxLength: 6 });
  const pieceBytes = fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 9000 }));
  fc.assert(
    fc.property(size, size, writes, pieceBytes, (basisBytes, contentBytes, written, pieces) => {
      const basis = Buffer.alloc(basisBytes, "some text that repeats itself");
      const content = Buffer.alloc(contentBytes, "some text that repeats itself");
      for (const [place, bytes] of written) {
        const at = place % (content.length + 1);
        content.set(bytes.subarray(0, content.length - at), at);
      }
      const delta = collect((emit) => {
        using beside = new AlignedBasis(cutInto(basis, pieces[0]), basis.length);
        const operations = alignedOperations(cutInto(content, pieces[1]), beside);
        encodeWindowsDelta(operations, { basis: beside, level: 3 }, emit);
      });
      expect(applied(delta, basis, content.length)).toEqual(content);
    }),
  );
});

test("a delta of which a byte changed makes as many bytes, or is a RangeError", () => {
  const flip = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(pair, form, fc.nat(), flip, (files, kind, place, change) => {
      const delta = deltaOf(kind, files);
      delta[place % delta.length] = (delta[place % delta.length] ?? 0) ^ change;
      expectSizeOrRangeError(delta, files);
    }),
  );
});

test("a delta that was cut, or goes on, is a RangeError", () => {
  fc.assert(
    fc.property(pair, form, fc.nat(), ({ basis, content }, kind, place) => {
      fc.pre(content.length > 0);
      const delta = deltaOf(kind, { basis, content });
      const cut = delta.subarray(0, place % delta.length);
      const patch = { basis, sizeBytes: content.length };
      expect(() => applyDelta(cut, patch)).toThrow(RangeError);
      if (kind === "whole") return;
      expect(() => applyDelta(Buffer.concat([delta, Buffer.of(0)]), patch)).toThrow(RangeError);
    }),
  );
});

test("any bytes at all make as many bytes as they should, or are a RangeError", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.constantFrom(0, 1, 2, 3, 4), bytes, pair, (first, rest, files) => {
      expectSizeOrRangeError(Buffer.concat([Buffer.of(first), rest]), files);
    }),
  );
});

type Edit = { readonly at: number; readonly removed: number; readonly inserted: Uint8Array };

function edited(basis: Uint8Array, edits: readonly Edit[]): Buffer {
  let content = Buffer.from(basis);
  for (const { at, removed, inserted } of edits) {
    content = Buffer.concat([content.subarray(0, at), inserted, content.subarray(at + removed)]);
  }
  return content;
}

function cutInto(bytes: Uint8Array, length: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += length) {
    pieces.push(bytes.subarray(start, start + length));
  }
  return pieces;
}

function deltaOf(kind: Form, { basis, content }: Pair): Uint8Array {
  if (kind === "whole") return encodeWholeDelta({ basis, content }, 3);
  const sums = { blockBytes: 32, strongBytes: 16 };
  const pieces: Uint8Array[] = [];
  const signature = librsync.signature([basis], sums);
  librsync.delta(signature, [content], (piece) => void pieces.push(piece));
  if (kind === "plain") return collect((emit) => encodePlainDelta(pieces, 3, emit));
  const source = { basis: randomAccessOf(basis), level: 3 };
  return collect((emit) => encodeWindowsDelta(parseDelta(pieces), source, emit));
}

function expectSizeOrRangeError(delta: Uint8Array, { basis, content }: Pair): void {
  try {
    const sizeBytes = content.length;
    expect(applyDelta(delta, { basis, sizeBytes }).length).toBe(sizeBytes);
    expect(applied(delta, basis, sizeBytes).length).toBe(sizeBytes);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
  }
}

function applied(delta: Uint8Array, basis: Uint8Array, sizeBytes: number): Uint8Array {
  const patch = { basis: randomAccessOf(basis), sizeBytes };
  return collect((emit) => applyLargeDelta(randomAccessOf(delta), patch, emit));
}

function bytesOf(operation: DeltaOperation, basis: Uint8Array): Uint8Array {
  if (operation.kind === "literal") return operation.bytes;
  return basis.subarray(operation.start, operation.start + operation.length);
}

function collect(work: (emit: (piece: Uint8Array) => void) => void): Buffer {
  const pieces: Uint8Array[] = [];
  work((piece) => void pieces.push(piece.slice()));
  return Buffer.concat(pieces);
}
