/** AES-SIV of many texts at once gives what one at a time gives, and sees every change. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { AesSiv } from "../../src/format/aes-siv.ts";

const siv = new AesSiv(new Uint8Array(64).map((_, index) => index));
const PURPOSE = new TextEncoder().encode("file");
const texts = fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 20 });

test("texts that were sealed are opened together", () => {
  fc.assert(
    fc.property(texts, (plain) => {
      const sealed = plain.map((text) => siv.seal(text, PURPOSE));
      expect(siv.openMany(sealed, PURPOSE)).toEqual(plain);
    }),
    { numRuns: 500 },
  );
});

test("one that was changed is found among the others", () => {
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(), (plain, which, where) => {
      fc.pre(plain.length > 0);
      const sealed = plain.map((text) => siv.seal(text, PURPOSE));
      const changed = sealed[which % sealed.length] ?? new Uint8Array();
      changed[where % changed.length] = (changed[where % changed.length] ?? 0) ^ 1;
      expect(() => siv.openMany(sealed, PURPOSE)).toThrow("not authentic");
      expect(() => siv.openMany([changed.subarray(0, 15)], PURPOSE)).toThrow("not authentic");
    }),
  );
});
