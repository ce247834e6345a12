import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ContentId } from "../../src/core/ids.ts";
import { contentIdOf } from "../../src/format/checksum.ts";
import { deltaMember, encodeDeltaParcel } from "../../src/format/delta-parcel.ts";
import { readHead } from "../../src/format/parcel.ts";
import { randomAccessOf } from "../../src/format/read-at.ts";
import { SegmentsView } from "../../src/format/segments-view.ts";
import { encodeSolidParcel, SolidBody, solidMembers } from "../../src/format/solid-parcel.ts";
import { readParcel } from "../../src/format/whole-parcel.ts";

/** Some like text, some that do not compress, some empty. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 2000, max: 3 }),
  fc.uint8Array({ maxLength: 300 }),
);
const contents = fc.array(content, { minLength: 1, maxLength: 30 });
const level = fc.constantFrom(0, 1, 3);

test("whatever goes into a solid parcel comes out of it, in any order", () => {
  fc.assert(
    fc.property(contents, level, fc.infiniteStream(fc.nat()), (list, compression, choices) => {
      const parcel = readParcel(solidParcelOf(list, compression));
      expect(parcel.head.members.map((member) => member.content)).toEqual(
        list.map((bytes) => contentIdOf(bytes)),
      );
      const indexes = list.map(() => (choices.next().value ?? 0) % list.length);
      const members = solidMembers(parcel, indexes);
      expect(members.map(contentIdOf)).toEqual(indexes.map((index) => idAt(list, index)));
    }),
  );
});

test("any part of a solid parcel is read without the rest", () => {
  fc.assert(
    fc.property(contents, level, fc.nat(), fc.nat(), (list, compression, from, to) => {
      const parcel = solidParcelOf(list, compression);
      const head = readHead(parcel);
      const plaintext = Buffer.concat(list);
      const start = from % (plaintext.length + 1);
      const end = start + (to % (plaintext.length - start + 1));
      const body = new SolidBody(head, randomAccessOf(parcel.subarray(head.headBytes)).read);
      using view = new SegmentsView(body, { start, end });
      const read = Buffer.from(view.read(0, end - start));
      expect(read).toEqual(plaintext.subarray(start, end));
    }),
  );
});

test("whatever goes into a delta parcel comes out of it", () => {
  fc.assert(
    fc.property(contents, (list) => {
      const members = list.map((delta, index) => {
        return { content: contentIdOf(delta), sizeBytes: index, basis: contentIdOf(delta), delta };
      });
      const parcel = readParcel(encodeDeltaParcel(members));
      for (const [index, delta] of list.entries()) {
        expect(Buffer.compare(deltaMember(parcel, index).delta, delta)).toBe(0);
      }
    }),
  );
});

test("a parcel of which a byte changed is a RangeError when it is read whole", () => {
  fc.assert(
    fc.property(
      contents,
      level,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (list, at, place, flip) => {
        const parcel = solidParcelOf(list, at);
        const position = place % parcel.length;
        parcel[position] = (parcel[position] ?? 0) ^ flip;
        expect(() => readParcel(parcel)).toThrow(RangeError);
      },
    ),
  );
});

test("a body of which a byte changed gives other bytes of the same length, or a RangeError", () => {
  fc.assert(
    fc.property(
      contents,
      level,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (list, at, place, flip) => {
        const parcel = solidParcelOf(list, at);
        const head = readHead(parcel);
        const body = parcel.subarray(head.headBytes);
        if (body.length > 0) body[place % body.length] = (body[place % body.length] ?? 0) ^ flip;
        const read = (): Uint8Array[] => solidMembers({ head, body }, [...list.keys()]);
        const found = outcomeOf(read);
        if (found instanceof Error) expect(found).toBeInstanceOf(RangeError);
        else expect(found.map(({ length }) => length)).toEqual(list.map(({ length }) => length));
      },
    ),
  );
});

test("any bytes at all are a RangeError, never a crash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(() => readParcel(bytes)).toThrow(RangeError);
    }),
  );
});

function solidParcelOf(list: readonly Uint8Array[], compression: number): Uint8Array {
  const members = list.map((plaintext) => {
    return { content: contentIdOf(plaintext), sizeBytes: plaintext.length };
  });
  return encodeSolidParcel(Buffer.concat(list), members, compression);
}

function idAt(list: readonly Uint8Array[], index: number): ContentId {
  return contentIdOf(list[index] ?? new Uint8Array(0));
}

function outcomeOf<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}
