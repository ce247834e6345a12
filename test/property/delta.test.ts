import { expect, test } from "bun:test";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import wasm from "../../native/build/librsync.wasm" with { type: "file" };
import {
  applyDelta,
  applyLargeDelta,
  encodePlainDelta,
  encodeWholeDelta,
  encodeWindowsDelta,
} from "../../src/format/delta.ts";
import { loadLibrsync } from "../../src/format/librsync.ts";
import { type DeltaOperation, parseDelta } from "../../src/format/librsync-delta.ts";
import { randomAccessOf } from "../../src/format/read-at.ts";

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
    let content = Buffer.from(basis);
    for (const { at, removed, inserted } of edits) {
      content = Buffer.concat([content.subarray(0, at), inserted, content.subarray(at + removed)]);
    }
    return { basis, content };
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
