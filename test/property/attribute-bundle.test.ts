import { expect, test } from "bun:test";
import fc from "fast-check";
import { byteString } from "../../src/core/byte-string.ts";
import { RepositoryCorrupt } from "../../src/core/errors.ts";
import {
  type AttributeBundle,
  decodeBundle,
  encodeBundle,
} from "../../src/source/attribute-bundle.ts";

const name = fc
  .uint8Array({ min: 1, minLength: 1, maxLength: 255 })
  .map((bytes) => byteString(bytes));
const attributes = fc
  .uniqueArray(fc.record({ name, value: fc.uint8Array({ maxLength: 300 }) }), {
    selector: (attribute) => attribute.name,
  })
  .map((all) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
const lengths = fc.tuple(
  fc.integer({ min: 1, max: 2 ** 40 }),
  fc.integer({ min: 1, max: 2 ** 40 }),
);
const data = fc.array(lengths).map((all) => {
  let end = -1;
  return all.map(([gap, length]) => {
    const start = end + gap;
    end = start + length;
    return { start, length };
  });
});
const bundles: fc.Arbitrary<AttributeBundle> = fc.record({
  attributes,
  data: fc.option(data, { nil: undefined }),
});

test("an attribute bundle is what it was after encoding and decoding", () => {
  fc.assert(
    fc.property(bundles, (bundle) => {
      expect(decodeBundle(encodeBundle(bundle))).toEqual(bundle);
    }),
  );
});

test("whatever bytes there are, they are a bundle's only encoding or no bundle", () => {
  fc.assert(
    fc.property(bundles, fc.nat(), fc.nat(255), (bundle, position, byte) => {
      const bytes = encodeBundle(bundle);
      bytes[position % bytes.length] = byte;
      try {
        expect(new Uint8Array(encodeBundle(decodeBundle(bytes)))).toEqual(new Uint8Array(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RepositoryCorrupt);
      }
    }),
  );
});

test("a bundle that is cut off is damaged", () => {
  fc.assert(
    fc.property(bundles, fc.nat(), (bundle, at) => {
      const bytes = encodeBundle(bundle);
      expect(() => decodeBundle(bytes.subarray(0, at % bytes.length))).toThrow(RepositoryCorrupt);
    }),
  );
});
