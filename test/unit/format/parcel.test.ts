import { describe, expect, test } from "bun:test";
import { contentId } from "../../../src/core/ids.ts";
import { SEGMENT_BYTES } from "../../../src/core/limits.ts";
import { contentIdOf, sumOf } from "../../../src/format/checksum.ts";
import { deltaMember, encodeDeltaParcel } from "../../../src/format/delta-parcel.ts";
import { LargeDeltaEncoder, LargeParcelEncoder } from "../../../src/format/large-parcel.ts";
import { encodePackHeader, readPackHeader, scanParcels } from "../../../src/format/pack.ts";
import {
  encodeHead,
  PRELUDE_BYTES,
  readHead,
  readPrelude,
  RESERVED_HEAD_BYTES,
} from "../../../src/format/parcel.ts";
import { randomAccessOf } from "../../../src/format/read-at.ts";
import { SegmentsView } from "../../../src/format/segments-view.ts";
import { encodeSolidParcel, SolidBody, solidMembers } from "../../../src/format/solid-parcel.ts";
import { readParcel } from "../../../src/format/whole-parcel.ts";
import { packName } from "../../../src/core/ids.ts";

const NAME = packName("3f".repeat(16));
const ID = contentId("a".repeat(64));
const BASIS = contentId("b".repeat(64));

describe("a parcel", () => {
  test("tells from its first bytes how long its head is", () => {
    const parcel = solidParcelOf(["one", "two"]);
    const { headBytes, bodyBytes } = readPrelude(parcel.subarray(0, PRELUDE_BYTES));
    expect(headBytes + bodyBytes).toBe(parcel.length);
    const head = readHead(parcel.subarray(0, headBytes));
    expect(head.members.map(({ sizeBytes }) => sizeBytes)).toEqual([3, 3]);
    expect(() => readHead(parcel.subarray(0, headBytes - 1))).toThrow(RangeError);
  });

  test("of no bytes at all has members of no bytes", () => {
    const parcel = readParcel(solidParcelOf(["", ""]));
    expect(solidMembers(parcel, [0, 1])).toEqual([new Uint8Array(0), new Uint8Array(0)]);
    expect(parcel.body.length).toBe(0);
  });

  test("says which member it does not have", () => {
    const parcel = readParcel(solidParcelOf(["one"]));
    expect(() => solidMembers(parcel, [1])).toThrow("a parcel has 1 members, none is number 1");
    expect(() => deltaMember(parcel, 0)).toThrow("member 0 of a parcel is no delta");
  });

  test("of another version, coding or cipher is not known", () => {
    for (const position of [0, 1, 2]) {
      const parcel = solidParcelOf(["one"]);
      parcel[PRELUDE_BYTES + position] = 9;
      const { headBytes } = readPrelude(parcel);
      const header = parcel.subarray(PRELUDE_BYTES, headBytes);
      parcel.set(sumOf(parcel.subarray(0, 16), header), 16);
      expect(() => readHead(parcel)).toThrow("9 is not known");
    }
  });

  test("of deltas gives back each with its basis", () => {
    const deltas = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
    const members = deltas.map((delta) => ({ content: ID, sizeBytes: 99, basis: BASIS, delta }));
    const parcel = readParcel(encodeDeltaParcel(members));
    expect(deltaMember(parcel, 1)).toEqual({ basis: BASIS, delta: Uint8Array.of(4) });
    expect(deltaMember(parcel, 0).delta).toEqual(Uint8Array.of(1, 2, 3));
    expect(() => solidMembers(parcel, [0])).toThrow("a delta parcel is not solid");
  });
});

describe("a large parcel", () => {
  const content = Buffer.alloc(2 * SEGMENT_BYTES + 1000, "never the same line, or nearly\n");
  // The second segment does not compress.
  for (let start = 0; start < SEGMENT_BYTES; start += 65_536) {
    crypto.getRandomValues(content.subarray(SEGMENT_BYTES + start, SEGMENT_BYTES + start + 65_536));
  }
  const parcel = largeParcelOf(content);
  const head = readHead(parcel);
  const body = parcel.subarray(head.headBytes);

  test("of more than contents may share is not read as a whole", () => {
    const larger = readParcel(largeParcelOf(Buffer.alloc(8 * 1024 * 1024 + 1)));
    expect(() => solidMembers(larger, [0])).toThrow("too large to be read whole");
  });

  test("has a head that fits the place reserved for it, and is read as any other", () => {
    expect(head.headBytes).toBe(RESERVED_HEAD_BYTES);
    expect(head.members[0]?.content).toBe(contentIdOf(content));
    expect(readParcel(parcel).body.length).toBe(head.bodyBytes);
    const largest = { content: ID, sizeBytes: 2 ** 53 - 1, delta: undefined };
    const delta = { basis: BASIS, storedBytes: 2 ** 53 - 1 };
    for (const member of [largest, { ...largest, delta }]) {
      const bodySum = new Uint8Array(16);
      const sums = { segmentLog: 22, bodySum, bodyBytes: 0, members: [member] };
      const coding = member.delta === undefined ? "solid" : "delta";
      const longest = encodeHead({ coding, ...sums }, RESERVED_HEAD_BYTES);
      expect(longest.length).toBe(RESERVED_HEAD_BYTES);
    }
  });

  test("is read from any place to any other, forth and back", () => {
    const reader = new SolidBody(head, randomAccessOf(body).read);
    using view = new SegmentsView(reader, { start: 0, end: content.length });
    const places = [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 7, content.length];
    for (const start of places) {
      for (const end of places.filter((place) => place >= start)) {
        const expected = contentIdOf(content.subarray(start, end));
        expect(contentIdOf(view.read(start, end - start))).toBe(expected);
      }
    }
    expect(() => view.read(1, content.length)).toThrow(RangeError);
  });

  test("with a damaged length before a segment is not read beyond its end", () => {
    const damaged = body.slice();
    damaged.set([255, 255, 255, 127], 0);
    const reader = new SolidBody(head, randomAccessOf(damaged).read);
    expect(() => reader.readAll(new Uint8Array(content.length))).toThrow(RangeError);
  });

  test("of a delta is read as a delta", () => {
    const encoder = new LargeDeltaEncoder();
    const pieces = [encoder.piece(Uint8Array.of(2, 1)), encoder.piece(Uint8Array.of(7))];
    pieces.push(encoder.finish());
    const deltaHead = encoder.head({ id: ID, sizeBytes: 5 }, BASIS);
    expect(deltaHead.length).toBe(encoder.headBytes);
    expect(deltaMember(readParcel(Buffer.concat([deltaHead, ...pieces])), 0)).toEqual({
      basis: BASIS,
      delta: Buffer.of(2, 1, 7),
    });
  });
});

describe("a pack", () => {
  test("begins with its name", () => {
    expect(readPackHeader(encodePackHeader(NAME))).toBe(NAME);
    expect(() => readPackHeader(new Uint8Array(32))).toThrow("not a pack");
  });

  test("is scanned parcel by parcel, up to the one that is cut off", () => {
    const parcels = [solidParcelOf(["one"]), solidParcelOf(["two", "three"])];
    const pack = Buffer.concat([encodePackHeader(NAME), ...parcels]);
    const found = [...scanParcels(randomAccessOf(pack))];
    expect(found.map(({ length }) => length)).toEqual(parcels.map(({ length }) => length));
    expect(found.map(({ head }) => head.members.length)).toEqual([1, 2]);
    const whole: number[] = [];
    const cut = scanParcels(randomAccessOf(pack.subarray(0, -1)));
    expect(() => {
      for (const { position } of cut) whole.push(position);
    }).toThrow("a pack ends within its parcel");
    expect(whole).toEqual([32]);
  });
});

function solidParcelOf(texts: readonly string[]): Uint8Array {
  const contents = texts.map((text) => new TextEncoder().encode(text));
  const members = contents.map((content) => {
    return { content: contentIdOf(content), sizeBytes: content.length };
  });
  return encodeSolidParcel(Buffer.concat(contents), members, 3);
}

function largeParcelOf(content: Uint8Array): Uint8Array {
  const encoder = new LargeParcelEncoder(3);
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < content.length; start += SEGMENT_BYTES) {
    pieces.push(encoder.segment(content.subarray(start, start + SEGMENT_BYTES)));
  }
  return Buffer.concat([encoder.head(contentIdOf(content)), ...pieces]);
}
