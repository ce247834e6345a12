/** Names that come joined are the texts that they are one by one. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type ByteString, byteString } from "../../src/core/byte-string.ts";
import {
  byteStringOfLosslessText,
  losslessText,
  losslessTextsOf,
} from "../../src/core/lossless-text.ts";

const ascii = fc.stringMatching(/^[a-z.]{1,5}$/).map((text) => text as ByteString);
const text = fc
  .string({ minLength: 1, maxLength: 5 })
  .map((each) => byteString(Buffer.from(each.replaceAll("/", "-"), "utf8")));
const bytes = fc
  .uint8Array({ minLength: 1, maxLength: 5 })
  .map((each) => byteString(each.map((byte) => (byte === 0x2f ? 0xff : byte))));

for (const [what, name] of Object.entries({ ascii, text, bytes }))
  test(`of ${what}`, () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 8 }), (names) => {
        const texts = losslessTextsOf(names.join("/") as ByteString);
        expect(texts).toEqual(names.map(losslessText));
        expect(texts.map(byteStringOfLosslessText)).toEqual(names);
      }),
    );
  });
