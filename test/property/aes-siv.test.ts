/** AES-SIV of many texts at once gives what one at a time gives, and sees every change. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type FileName, byteString } from "../../src/core/byte-string.ts";
import { AesSiv } from "../../src/format/aes-siv.ts";
import { NameCipher } from "../../src/format/name-cipher.ts";
import { decodeBase64 } from "../../src/format/base64-blocks.ts";
import { BLOCK_BYTES, type TextBlocks, emptyBlocks } from "../../src/format/text-blocks.ts";

const siv = new AesSiv(new Uint8Array(64).map((_, index) => index));
const PURPOSE = new TextEncoder().encode("file");
const text = fc.uint8Array({ maxLength: 255 });
const listOfTexts = fc.array(text, { maxLength: 20 });

describe("AES-SIV of many", () => {
  test("opens together what was sealed one by one", () => {
    fc.assert(
      fc.property(listOfTexts, (plain) => {
        const sealed = plain.map((each) => siv.seal(each, PURPOSE));
        expect(unpacked(siv.openMany(packed(sealed), PURPOSE))).toEqual(plain);
        expect(sealed.map((each) => siv.open(each, PURPOSE))).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });

  test("seals together as one by one", () => {
    fc.assert(
      fc.property(listOfTexts, (plain) => {
        const sealed = unpacked(siv.sealMany(packed(plain), PURPOSE));
        expect(sealed).toEqual(plain.map((each) => siv.seal(each, PURPOSE)));
      }),
      { numRuns: 500 },
    );
  });

  test("knows every length, from none over whole blocks to more than names have", () => {
    const plain = Array.from({ length: 260 }, (_, length) => new Uint8Array(length).fill(length));
    const sealed = plain.map((each) => siv.seal(each, PURPOSE));
    expect(unpacked(siv.sealMany(packed(plain), PURPOSE))).toEqual(sealed);
    expect(unpacked(siv.openMany(packed(sealed), PURPOSE))).toEqual(plain);
    expect(unpacked(siv.openMany(packed([]), PURPOSE))).toEqual([]);
    expect(unpacked(siv.sealMany(packed([]), PURPOSE))).toEqual([]);
  });

  test("counts over the edge of a byte as one at a time does", () => {
    const plain = new Uint8Array(16 * 600).fill(7); // two carries, whatever the nonce
    const sealed = siv.seal(plain, PURPOSE);
    expect(siv.open(sealed, PURPOSE)).toEqual(plain);
    expect(unpacked(siv.openMany(packed([sealed]), PURPOSE))).toEqual([plain]);
    expect(unpacked(siv.sealMany(packed([plain]), PURPOSE))).toEqual([sealed]);
  });

  test("finds the one that was changed among the others", () => {
    fc.assert(
      fc.property(listOfTexts, fc.nat(), fc.nat(), (plain, which, where) => {
        fc.pre(plain.length > 0);
        const sealed = plain.map((each) => siv.seal(each, PURPOSE));
        const changed = sealed[which % sealed.length] ?? new Uint8Array();
        changed[where % changed.length] = (changed[where % changed.length] ?? 0) ^ 1;
        expect(() => siv.openMany(packed(sealed), PURPOSE)).toThrow("not authentic");
        expect(() => siv.open(changed, PURPOSE)).toThrow("not authentic");
      }),
    );
  });

  test("refuses what is cut, has another purpose or another key", () => {
    const [whole, other] = ["a name", "another name"].map((each) =>
      siv.seal(new TextEncoder().encode(each), PURPOSE),
    ) as [Uint8Array, Uint8Array];
    for (const length of [0, 1, 15, 16, whole.length - 1]) {
      const cut = packed([other, whole.subarray(0, length), other]);
      expect(() => siv.openMany(cut, PURPOSE)).toThrow("not authentic");
    }
    const both = packed([whole, other]);
    expect(() => siv.openMany(both, new TextEncoder().encode("user"))).toThrow("not authentic");
    expect(() => new AesSiv(new Uint8Array(64)).openMany(both, PURPOSE)).toThrow("not authentic");
  });
});

describe("names", () => {
  const cipher = new NameCipher(new Uint8Array(32));
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 255 })
    .map((bytes) => byteString(bytes) as FileName);

  const open = (sealed: readonly string[]): string =>
    byteString(cipher.openMany(Buffer.from(sealed.join("/"), "latin1"), sealed.length));

  test("opened together are those that were sealed, in their order", () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (names) => {
        const sealed = names.map((each) => cipher.seal(each));
        expect(open(sealed)).toBe(names.join("/"));
      }),
    );
  });

  test("sealed together are those sealed one by one, remembered or not", () => {
    const one = new NameCipher(new Uint8Array(32));
    const many = new NameCipher(new Uint8Array(32));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 200 }), fc.boolean(), (names, hasNone) => {
        const all = hasNone ? [...names, "" as FileName] : names;
        const twice = [...all, ...all];
        expect(many.sealAll(twice)).toEqual(twice.map((each) => one.seal(each)));
      }),
    );
  });

  test("sealed together may be more than are remembered", () => {
    const names = Array.from({ length: 40_000 }, (_none, index) => `${index % 30_000}` as FileName);
    const one = new NameCipher(new Uint8Array(32));
    const many = new NameCipher(new Uint8Array(32));
    expect(many.sealAll(names)).toEqual(names.map((each) => one.seal(each)));
  });

  test("are refused in every spelling but their own", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \u00ff";
    for (const length of [1, 2, 3]) {
      const sealed = cipher.seal(byteString(new Uint8Array(length).fill(97)));
      const forged = Array.from(alphabet, (last) => sealed.slice(0, -1) + last)
        .concat(`${sealed}=`, `${sealed}A`, sealed.slice(0, -1), "", "a")
        .filter((each) => each !== sealed);
      for (const each of forged) expect(() => open([sealed, each, sealed])).toThrow(RangeError);
    }
  });
});

describe("base64url", () => {
  test("by the thousand is what one at a time is", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (plain) => {
        const joined = plain.map(base64).join("/");
        expect(unpacked(decode(joined, plain.length))).toEqual(plain);
      }),
    );
  });

  test("that no encoder writes is refused", () => {
    const bad = ["A", "QQ==", "QR", "QUF", "QU+D", "QU D", "QU\u00ffD", "QUJDQ", "QU\0"];
    for (const each of bad)
      for (const joined of [each, `QUJD/${each}/QUJD`, `QQ/${each}`, `${each}/QUI`])
        expect(() => decode(joined, joined.split("/").length)).toThrow(RangeError);
  });

  test("of more or fewer texts than there should be is refused", () => {
    for (const joined of ["", "QUJD", "QQ/QUI", "QUJD//QUJD", "QUJD/"])
      for (const count of [1, 2, 3, 4, 100])
        if (count !== joined.split("/").length)
          expect(() => decode(joined, count)).toThrow(RangeError);
  });
});

function decode(joined: string, count: number): TextBlocks {
  return decodeBase64(Buffer.from(joined, "latin1"), count);
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function packed(texts: readonly Uint8Array[]): TextBlocks {
  const blocks = emptyBlocks(Uint32Array.from(texts, ({ length }) => length));
  for (const [which, each] of texts.entries())
    blocks.bytes.set(each, (blocks.firsts[which] ?? 0) * BLOCK_BYTES);
  return blocks;
}

function unpacked({ bytes, lengths, firsts }: TextBlocks): Uint8Array[] {
  return Array.from(lengths, (length, which) => {
    const start = (firsts[which] ?? 0) * BLOCK_BYTES;
    const end = (firsts[which + 1] ?? 0) * BLOCK_BYTES;
    expect(bytes.slice(start + length, end).every((byte) => byte === 0)).toBe(true);
    return bytes.slice(start, start + length);
  });
}
