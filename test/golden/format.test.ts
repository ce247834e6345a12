/**
 * The formats of packs, deltas, journal and seal, frozen. Where zstd has a say in the bytes, a
 * later zstd may write others: those files must be read for ever, but need not be written again.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packName } from "../../src/core/ids.ts";
import { contentIdOf } from "../../src/format/checksum.ts";
import { applyDelta, encodeWholeDelta, encodeWindowsDelta } from "../../src/format/delta.ts";
import { deltaMember, encodeDeltaParcel } from "../../src/format/delta-parcel.ts";
import { encodePackHeader, readPackHeader, scanParcels } from "../../src/format/pack.ts";
import { randomAccessOf } from "../../src/format/read-at.ts";
import { encodeSolidParcel, solidMembers } from "../../src/format/solid-parcel.ts";
import { readParcel } from "../../src/format/whole-parcel.ts";
import { JournalFile } from "../../src/store/journal-file.ts";
import { Seal } from "../../src/store/seal.ts";
import { expectGolden } from "../support/golden.ts";
import { TempDir } from "../support/temp-dir.ts";

const FILES = join(import.meta.dir, "files");
const NAME = packName("000102030405060708090a0b0c0d0e0f");
const HELLO = new TextEncoder().encode("hello, ");
const WORLD = new TextEncoder().encode("world\n");
const OLD = new TextEncoder().encode("a line that stays the same\n".repeat(40));
const NEW = new TextEncoder().encode(new TextDecoder().decode(OLD).replace("stays", "changes"));

/** Of a pack with one parcel of HELLO and WORLD. */
function expectHello(pack: Uint8Array): void {
  expect(readPackHeader(pack)).toBe(NAME);
  const [found] = scanParcels(randomAccessOf(pack));
  expect(found?.position).toBe(32);
  expect(solidMembers(readParcel(pack.subarray(32)), [0, 1])).toEqual([HELLO, WORLD]);
}

/** Of a parcel of OLD and NEW. */
function expectContents(parcel: Uint8Array): void {
  const found = solidMembers(readParcel(parcel), [1, 0]);
  expect(found).toEqual([Buffer.from(NEW), Buffer.from(OLD)]);
}

/** Of a parcel with NEW twice, as deltas of OLD. */
function expectDeltas(parcel: Uint8Array): void {
  for (const index of [0, 1]) {
    const { basis, delta } = deltaMember(readParcel(parcel), index);
    expect(basis).toBe(contentIdOf(OLD));
    const content = applyDelta(delta, { basis: OLD, sizeBytes: NEW.length });
    expect(contentIdOf(content)).toBe(contentIdOf(NEW));
  }
}

describe("parcels of version 1, whose bodies have another sum, are read for ever", () => {
  test("in a pack, and of each coding", () => {
    expectHello(readFileSync(join(FILES, "pack-v1.pack")));
    expectContents(readFileSync(join(FILES, "parcel-v1-solid.bin")));
    expectDeltas(readFileSync(join(FILES, "parcel-v1-delta.bin")));
  });

  test("and a flipped bit of their bodies is found", () => {
    const parcel = Buffer.from(readFileSync(join(FILES, "pack-v1.pack")).subarray(32));
    parcel[parcel.length - 1]! ^= 1;
    expect(() => readParcel(parcel)).toThrow("the body of a parcel has a wrong checksum");
  });
});

describe("what was written stays as it is", () => {
  test("a pack with one solid parcel, not compressed", () => {
    const pack = Buffer.concat([encodePackHeader(NAME), solidParcel([HELLO, WORLD], 0)]);
    expectGolden("pack-v1-parcel-v2.pack", pack);
    expectHello(pack);
  });

  test("a solid parcel, compressed", () => {
    expectContents(frozen("parcel-v2-solid.bin", () => solidParcel([OLD, NEW], 3)));
  });

  test("a parcel of a delta in each form", () => {
    expectDeltas(frozen("parcel-v2-delta.bin", deltaParcel));
  });

  test("a journal with two records", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.journal");
    using journal = JournalFile.open(path, { access: "append" });
    journal.append(HELLO);
    journal.append(WORLD);
    expectGolden("journal-v1.bin", readFileSync(path));
  });

  test("a seal", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.db");
    writeFileSync(path, HELLO);
    const seal = new Seal(path);
    seal.write();
    expectGolden("seal-v1.txt", readFileSync(seal.path));
    expect(seal.verify()).toEqual({ kind: "whole" });
  });
});

/** The golden file of that name; made, when TARDIS_WRITE_GOLDEN asks for it, from `make`. */
function frozen(name: string, make: () => Uint8Array): Uint8Array {
  if (process.env["TARDIS_WRITE_GOLDEN"] === "1") expectGolden(name, make());
  return readFileSync(join(FILES, name));
}

function solidParcel(contents: readonly Uint8Array[], level: number): Uint8Array {
  const members = contents.map((content) => {
    return { content: contentIdOf(content), sizeBytes: content.length };
  });
  return encodeSolidParcel(Buffer.concat(contents), members, level);
}

function deltaParcel(): Uint8Array {
  const whole = encodeWholeDelta({ basis: OLD, content: NEW }, 3);
  const pieces: Uint8Array[] = [];
  const edit = NEW.subarray(0, NEW.length - OLD.length + 27);
  encodeWindowsDelta(
    [
      { kind: "literal", bytes: edit },
      { kind: "copy", start: 27, length: OLD.length - 27 },
    ],
    { basis: randomAccessOf(OLD), level: 3 },
    (piece) => void pieces.push(piece),
  );
  const member = { content: contentIdOf(NEW), sizeBytes: NEW.length, basis: contentIdOf(OLD) };
  return encodeDeltaParcel([
    { ...member, delta: whole },
    { ...member, delta: Buffer.concat(pieces) },
  ]);
}
