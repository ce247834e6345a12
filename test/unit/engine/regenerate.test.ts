/** Contents made again of what is stored (regenerate.ts). */
import { describe, expect, test } from "bun:test";
import { RepositoryCorrupt } from "../../../src/core/errors.ts";
import { packName } from "../../../src/core/ids.ts";
import { LARGE_CONTENT_BYTES } from "../../../src/core/limits.ts";
import type { BlobLocation, DeltaChain } from "../../../src/core/repository.ts";
import type { PackBytes } from "../../../src/engine/parcel-cache.ts";
import { Regenerator } from "../../../src/engine/regenerate.ts";
import { contentIdOf } from "../../../src/format/checksum.ts";
import { contentCrypto } from "../../../src/format/content-crypto.ts";
import { encodeLargeParcel } from "../../../src/format/large-parcel.ts";
import { encodeSolidParcel } from "../../../src/format/solid-parcel.ts";

const PACK = packName("00".repeat(16));
const small = Buffer.alloc(1_000, "small");
const large = Buffer.alloc(LARGE_CONTENT_BYTES + 500_000, "large");

describe("a content is lent", () => {
  test("as a view of what is kept for others, which stays", () => {
    const { regenerator, chain } = storedIn(solid(small), small, 0);
    {
      using lent = regenerator.borrow(chain);
      expect(Buffer.from(lent.bytes).equals(small)).toBe(true);
    }
    expect(Buffer.from(regenerator.bytes(chain)).equals(small)).toBe(true);
  });

  test("in memory of its own where it is large, which is given back", () => {
    const parcel = encodeLargeParcel(contentIdOf(large), large, 2);
    const { regenerator, chain } = storedIn(parcel, large, 0);
    const lent = regenerator.borrow(chain);
    expect(Buffer.from(lent.bytes).equals(large)).toBe(true);
    lent[Symbol.dispose]();
    expect(lent.bytes.length).toBe(0);
  });
});

test("a large content that shares its parcel is damage, which is named", () => {
  const { regenerator, chain } = storedIn(solid(small, large), large, 1);
  expect(() => regenerator.bytes(chain)).toThrow(RepositoryCorrupt);
  expect(() => regenerator.bytes(chain)).toThrow("not alone in its parcel");
});

function solid(...contents: readonly Uint8Array[]): Uint8Array {
  const members = contents.map((bytes) => ({
    content: contentIdOf(bytes),
    sizeBytes: bytes.length,
  }));
  return encodeSolidParcel(Buffer.concat(contents), members, 2);
}

/** `content` is the member of that number in `parcel`, which is all there is of its pack. */
function storedIn(parcel: Uint8Array, content: Uint8Array, member: number) {
  const packs: PackBytes = {
    read: (_pack, position, length) => parcel.slice(position, position + length),
    readInto(_pack, position, target) {
      target.set(parcel.subarray(position, position + target.length));
    },
  };
  const blob: BlobLocation = {
    content: contentIdOf(content),
    sizeBytes: content.length,
    parcel: { pack: PACK, position: 0, length: parcel.length },
    member,
  };
  const chain: DeltaChain = [blob];
  return { regenerator: new Regenerator(packs, "/nowhere", contentCrypto(undefined)), chain };
}
