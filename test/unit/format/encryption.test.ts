/** The ciphers against the vectors of their specifications and against @noble; our own forms. */
import { describe, expect, test } from "bun:test";
import { argon2Sync, createCipheriv, hkdfSync } from "node:crypto";
import { crc32 } from "node:zlib";
import { aessiv } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { contentId } from "../../../src/core/ids.ts";
import { AesSiv } from "../../../src/format/aes-siv.ts";
import { contentIdOf } from "../../../src/format/checksum.ts";
import { contentCrypto } from "../../../src/format/content-crypto.ts";
import { deriveKey } from "../../../src/format/key-derivation.ts";
import { deltaMember, encodeDeltaParcel } from "../../../src/format/delta-parcel.ts";
import {
  LargeDeltaEncoder,
  LargeParcelEncoder,
  encodeLargeParcel,
} from "../../../src/format/large-parcel.ts";
import { Seals } from "../../../src/format/entry-seals.ts";
import {
  encodeKeysFile,
  encodeRepositoryKeys,
  parseKeysFile,
  parseRepositoryKeys,
} from "../../../src/format/keys-text.ts";
import { NameCipher } from "../../../src/format/name-cipher.ts";
import { ParcelCipher } from "../../../src/format/parcel-cipher.ts";
import { readHead } from "../../../src/format/parcel.ts";
import { randomAccessOf } from "../../../src/format/read-at.ts";
import { Room } from "../../../src/format/room.ts";
import { type RepositoryKeys, unwrapKeys, wrapKeys } from "../../../src/format/repository-keys.ts";
import { openBox, sealBox } from "../../../src/format/secret-box.ts";
import { emptyBlocks } from "../../../src/format/text-blocks.ts";
import { encodeSolidParcel, solidMembers } from "../../../src/format/solid-parcel.ts";
import { openParcel, readParcel } from "../../../src/format/whole-parcel.ts";
import { byteStringOfText } from "../../../src/core/byte-string.ts";
import { IndependentCrypto } from "../../support/independent-crypto.ts";
import { TEST_KEYS } from "../../support/test-keys.ts";

const CHEAP = { memoryKib: 8192, passes: 1 };
const { content, name: nameKey, hash, auth } = TEST_KEYS;
const SECRETS = Buffer.concat([content, nameKey, hash, auth]);
const REPOSITORY = "00112233445566778899aabbccddeeff";

describe("vectors", () => {
  test("AES-SIV: RFC 5297 A.1", () => {
    const key = hex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0 f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    const about = hex("101112131415161718191a1b1c1d1e1f2021222324252627");
    const plaintext = hex("112233445566778899aabbccddee");
    const sealed = new AesSiv(key).seal(plaintext, about);
    const expected = "85632d07c6e8f37f950acd320a2ecc93 40c02b9690c4dc04daef7f6afe5c";
    expect(sealed).toEqual(hex(expected));
    expect(new AesSiv(key).open(sealed, about)).toEqual(plaintext);
    const blocks = emptyBlocks(Uint32Array.of(sealed.length));
    blocks.bytes.set(sealed);
    const opened = new AesSiv(key).openMany(blocks, about);
    expect(opened.bytes.subarray(0, opened.lengths[0])).toEqual(plaintext);
  });

  test("HKDF-SHA-256: RFC 5869 A.1 and A.3", () => {
    const secret = new Uint8Array(22).fill(0x0b);
    const info = hex("f0f1f2f3f4f5f6f7f8f9");
    const first = hkdfSync("sha256", secret, hex("000102030405060708090a0b0c"), info, 42);
    const expected =
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    expect(new Uint8Array(first).toHex()).toBe(expected);
    expect(deriveKey(secret, "", { bytes: 42 }).toHex()).toBe(
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    );
  });

  test("AES-256-GCM: test case 16 of its specification", () => {
    const key = hex("feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308");
    const cipher = createCipheriv("aes-256-gcm", key, hex("cafebabefacedbaddecaf888"));
    cipher.setAAD(hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
    const sealed = cipher.update(
      hex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      ),
    );
    cipher.final();
    expect(sealed.toString("hex")).toBe(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
    );
    expect(cipher.getAuthTag().toString("hex")).toBe("76fc6ece0f4e1768cddf8853bb2d551b");
  });

  test("Argon2id: RFC 9106 5.3", () => {
    const tag = argon2Sync("argon2id", {
      message: new Uint8Array(32).fill(1),
      nonce: new Uint8Array(16).fill(2),
      secret: new Uint8Array(8).fill(3),
      associatedData: new Uint8Array(12).fill(4),
      parallelism: 4,
      tagLength: 32,
      memory: 32,
      passes: 3,
    });
    expect(tag.toString("hex")).toBe(
      "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
    );
  });
});

describe("names", () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 255 });

  test("AES-SIV is @noble's, whatever the length", () => {
    const key = deriveKey(nameKey, "a test", { bytes: 64 });
    const about = new TextEncoder().encode("file");
    const native = new AesSiv(key);
    fc.assert(
      fc.property(bytes, (plaintext) => {
        const sealed = native.seal(plaintext, about);
        expect(sealed).toEqual(aessiv(key, about).encrypt(plaintext));
        expect(native.open(sealed, about)).toEqual(plaintext);
      }),
    );
  });

  test("a name comes back, and the slow reader reads it too", () => {
    const cipher = new NameCipher(nameKey);
    const independent = new IndependentCrypto(SECRETS);
    for (const text of ["a", "notes.txt", "ü".repeat(100), "\u0001 not text \u00ff"]) {
      const name = byteStringOfText(text);
      const sealed = cipher.seal(name);
      expect(sealed).toMatch(/^[\w-]+$/);
      expect(new NameCipher(nameKey).open(sealed)).toBe(name);
      expect(independent.name(sealed)).toBe(name);
    }
  });

  test("a user's name is no file's, and no other key's", () => {
    const cipher = new NameCipher(nameKey);
    const sealed = cipher.sealAs("user", byteStringOfText("root"));
    expect(() => cipher.open(sealed)).toThrow("not authentic");
    expect(() => new NameCipher(hash).openAs("user", sealed)).toThrow("not authentic");
    expect(() => cipher.openAs("user", byteStringOfText("root"))).toThrow("not authentic");
    expect(cipher.sealAs("group", byteStringOfText(""))).toBe(byteStringOfText(""));
  });
});

describe("parcels", () => {
  const cipher = new ParcelCipher(content);
  const sizes = [0, 1, 65_535, 65_536, 65_537, 200_000, 1_000_000];

  test("of every size come back, as a whole, piece by piece, and for the slow reader", () => {
    const independent = new IndependentCrypto(SECRETS);
    for (const size of sizes) {
      const { parcel, plain, body } = parcelOf(size);
      expect(readParcel(parcel, cipher).body).toEqual(body);
      const head = readHead(parcel);
      expect(head.members).toEqual(readHead(plain).members);
      const stored = parcel.subarray(head.headBytes);
      const { header } = head.sealing ?? { header: new Uint8Array(0) };
      const slow = independent.body({ header, bodyBytes: head.bodyBytes }, stored);
      expect(Buffer.compare(slow, body)).toBe(0);
      const { read } = openParcel(head, randomAccessOf(stored).read, cipher, new Room());
      for (const [start, end] of [
        [0, body.length],
        [body.length >> 1, body.length],
        [Math.min(65_530, body.length), Math.min(65_550, body.length)],
      ] as const) {
        expect(read(start, end - start)).toEqual(body.subarray(start, end));
      }
    }
  });

  test("written in pieces of any size are the same as written at once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(150_000), { maxLength: 6 }), (cuts) => {
        const { plain, body } = parcelOf(300_000);
        const sealer = cipher.sealer();
        const pieces: Uint8Array[] = [];
        let position = 0;
        for (const cut of [...cuts, body.length]) {
          pieces.push(sealer.update([body.subarray(position, position + cut)]));
          position += cut;
        }
        pieces.push(sealer.finish());
        const head = sealer.sealedHead(plain.subarray(0, plain.length - body.length));
        const parcel = Buffer.concat([head, ...pieces]);
        expect(readParcel(parcel, cipher).body).toEqual(body);
      }),
      { numRuns: 20 },
    );
  });

  test("are encrypted as they are made, in memory or as a stream", () => {
    const plaintext = crypto.getRandomValues(new Uint8Array(50_000));
    const id = contentIdOf(plaintext);
    const solid = encodeSolidParcel(plaintext, [{ content: id, sizeBytes: 50_000 }], 3, { cipher });
    const large = encodeLargeParcel(id, plaintext, 3, { cipher });
    const stream = new LargeParcelEncoder(3, cipher);
    const pieces = [stream.segment(plaintext), stream.finish()];
    const streamed = Buffer.concat([stream.head(id), ...pieces]);
    expect(streamed.length).toBe(
      stream.headBytes + pieces.reduce((n, { length }) => n + length, 0),
    );
    for (const parcel of [solid, large, streamed])
      expect(solidMembers(readParcel(parcel, cipher), [0])).toEqual([plaintext]);
    const delta = { content: id, sizeBytes: 9, basis: id, delta: plaintext };
    const inMemory = encodeDeltaParcel([delta, { ...delta, delta: Uint8Array.of(7) }], { cipher });
    expect(deltaMember(readParcel(inMemory, cipher), 1).delta).toEqual(Uint8Array.of(7));
    const deltaStream = new LargeDeltaEncoder(cipher);
    const deltaPieces = [deltaStream.piece(plaintext), deltaStream.finish()];
    const deltaHead = deltaStream.head({ id, sizeBytes: 9 }, id);
    const parcel = readParcel(Buffer.concat([deltaHead, ...deltaPieces]), cipher);
    expect(deltaMember(parcel, 0).delta).toEqual(plaintext);
  });

  test("have a sum that whoever has no key can check", () => {
    const { parcel } = parcelOf(200_000);
    expect(withSums(parcel)).toEqual(parcel);
  });

  test("every bit of a parcel is guarded, even if the sums fit again", () => {
    const { parcel } = parcelOf(300);
    for (let index = 0; index < parcel.length; index += 1) {
      const changed = withSums(flipped(parcel, index));
      if (Buffer.compare(changed, parcel) === 0) continue; // it was a sum
      expect(() => readParcel(changed, cipher)).toThrow(RangeError);
    }
  });

  test("pieces cannot be exchanged, cut off, or given another head", () => {
    const { parcel } = parcelOf(200_000);
    const { headBytes } = readHead(parcel);
    const head = parcel.subarray(0, headBytes);
    const pieceBytes = 65_536 + 16;
    const body = parcel.subarray(headBytes);
    const first = body.subarray(0, pieceBytes);
    const second = body.subarray(pieceBytes, 2 * pieceBytes);
    const rest = body.subarray(2 * pieceBytes);
    for (const forged of [
      [second, first, rest],
      [first, second],
      [first, second, rest.subarray(0, 100)],
    ]) {
      const changed = withSums(Buffer.concat([head, ...forged]));
      expect(() => readParcel(changed, cipher)).toThrow(RangeError);
    }
    const other = parcelOf(200_000).parcel;
    const mixed = withSums(Buffer.concat([other.subarray(0, headBytes), body]));
    expect(() => readParcel(mixed, cipher)).toThrow("forged");
  });

  test("plain and encrypted are not taken for one another", () => {
    const { parcel, plain } = parcelOf(10);
    expect(() => readParcel(parcel)).toThrow("is encrypted");
    expect(() => readParcel(plain, cipher)).toThrow("not encrypted");
    expect(() => readParcel(parcel, new ParcelCipher(hash))).toThrow("forged");
  });
});

describe("seals", () => {
  test("of a directory do not depend on the order of its entries, however many", () => {
    const seals = new Seals(auth);
    const some = [1, 2, 3].map((byte) => new Uint8Array(16).fill(byte));
    expect(seals.listing(some.toReversed())).toEqual(seals.listing(some));
    const many = Array.from({ length: 1_000_000 }, () => some[0] ?? auth);
    expect(seals.listing(many)).not.toEqual(seals.listing(some));
  });
});

describe("content ids", () => {
  test("are keyed, and the slow reader's", () => {
    const { ids } = contentCrypto(TEST_KEYS);
    const bytes = new TextEncoder().encode("some content");
    const id = ids.of(bytes);
    expect(id).not.toBe(contentIdOf(bytes));
    expect(id).toBe(contentId(new IndependentCrypto(SECRETS).idOf(bytes).toHex()));
    const hasher = ids.hasher();
    hasher.update(bytes.subarray(0, 3));
    hasher.update(bytes.subarray(3));
    expect(hasher.finish()).toBe(id);
  });
});

describe("boxes", () => {
  test("come back, for their purpose only, and differ each time", () => {
    const text = new TextEncoder().encode("tardis\0backup\0/home\0");
    const box = sealBox(content, "command line", text);
    expect(openBox(content, "command line", box)).toEqual(text);
    expect(new IndependentCrypto(SECRETS).box("command line", box)).toEqual(text);
    expect(sealBox(content, "command line", text)).not.toEqual(box);
    expect(() => openBox(content, "configuration", box)).toThrow("forged");
    for (let index = 0; index < box.length; index += 1) {
      expect(() => openBox(content, "command line", flipped(box, index))).toThrow("forged");
    }
  });
});

describe("keys", () => {
  test("come back with the password, however typed, and for their repository only", async () => {
    const wrapped = wrapKeys(TEST_KEYS, "pässword", REPOSITORY, CHEAP);
    expect(await unwrapKeys(wrapped, "pa\u0308ssword", REPOSITORY)).toEqual(TEST_KEYS);
    expect(await unwrapKeys(wrapped, "password", REPOSITORY)).toBeUndefined();
    const other = REPOSITORY.replace("0", "1");
    expect(await unwrapKeys(wrapped, "pässword", other)).toBeUndefined();
    const text = JSON.stringify({
      tardisKeys: 1,
      repository: REPOSITORY,
      scheme: 1,
      keys: wrapped,
    });
    const slow = IndependentCrypto.open(text, "pässword");
    expect(slow.idOf(content)).toEqual(new IndependentCrypto(SECRETS).idOf(content));
  });

  test("two of the same password share nothing", () => {
    const [a, b] = [1, 2].map(() => wrapKeys(TEST_KEYS, "password", REPOSITORY, CHEAP));
    expect(a?.salt).not.toBe(b?.salt);
    expect(a?.keys.slice(0, 20)).not.toBe(b?.keys.slice(0, 20));
  });

  test("that ask for too much work are refused before any is done", async () => {
    const wrapped = wrapKeys(TEST_KEYS, "password", REPOSITORY, CHEAP);
    for (const cost of [
      { memoryKib: 2 ** 31, passes: 1 },
      { memoryKib: 8192, passes: 10_000 },
      { memoryKib: 1024 * 1024, passes: 64 },
      { memoryKib: 1, passes: 1 },
    ]) {
      const opening = unwrapKeys({ ...wrapped, ...cost }, "password", REPOSITORY);
      expect(String(await opening.catch((error: unknown) => error))).toContain("ask for");
    }
  });

  test("are found out, or the same, whatever byte of their file is changed", async () => {
    const wrapped = wrapKeys(TEST_KEYS, "password", REPOSITORY, CHEAP);
    const text = encodeRepositoryKeys({ repository: REPOSITORY, scheme: 1, wrapped });
    for (let index = 0; index < text.length; index += 1) {
      const changed = String.fromCharCode(text.charCodeAt(index) ^ 1);
      const opened = await openedKeys(text.slice(0, index) + changed + text.slice(index + 1));
      if (opened !== undefined) expect(opened).toEqual(TEST_KEYS);
    }
  });

  test("of several repositories lie in one file", () => {
    const wrapped = wrapKeys(TEST_KEYS, "password", REPOSITORY, CHEAP);
    const records = [
      { repository: REPOSITORY, scheme: 1, wrapped },
      { repository: REPOSITORY.replace("0", "1"), scheme: 1, wrapped },
    ];
    expect(parseKeysFile(encodeKeysFile(records))).toEqual(records);
    for (const text of ["", "{}", "[]", '{"tardisKeys":2}', '{"tardisKeys":1,"repository":"x"}']) {
      expect(() => parseKeysFile(text)).toThrow(RangeError);
      expect(() => parseRepositoryKeys(text)).toThrow(RangeError);
    }
  });
});

/** undefined: it was found out. */
async function openedKeys(text: string): Promise<RepositoryKeys | undefined> {
  try {
    const { repository, wrapped } = parseRepositoryKeys(text);
    return wrapped && (await unwrapKeys(wrapped, "password", repository));
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return undefined;
  }
}

function parcelOf(size: number): { parcel: Uint8Array; plain: Uint8Array; body: Uint8Array } {
  const plaintext = new Uint8Array(size);
  for (let start = 0; start < size; start += 65_536) {
    crypto.getRandomValues(plaintext.subarray(start, start + 65_536));
  }
  const plain = encodeSolidParcel(
    plaintext,
    [{ content: contentIdOf(plaintext), sizeBytes: size }],
    1,
  );
  const { headBytes } = readHead(plain);
  const body = plain.slice(headBytes);
  const parcel = new ParcelCipher(content).seal(plain.subarray(0, headBytes), [body]);
  return { parcel, plain, body };
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const changed = bytes.slice();
  changed[index] = (changed[index] ?? 0) ^ 1;
  return changed;
}

/** What somebody does who can compute sums, but has no key. */
function withSums(parcel: Uint8Array): Uint8Array {
  const changed = parcel.slice();
  const view = new DataView(changed.buffer);
  const headBytes = 32 + view.getUint32(4, true);
  if (headBytes > changed.length) return changed;
  view.setUint32(32 + 4, crc32(changed.subarray(headBytes)), true);
  const body = Buffer.concat([changed.subarray(0, 16), changed.subarray(32, headBytes)]);
  changed.set(sum(body), 16);
  return changed;
}

function sum(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest().subarray(0, 16));
}

function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(" ", ""));
}
