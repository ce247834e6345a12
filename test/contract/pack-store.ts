/** The laws of PackStore. Every implementation runs them: see pack-store.test.ts. */
import { describe, expect, test } from "bun:test";
import { RepositoryCorrupt, StorageFailed } from "../../src/core/errors.ts";
import { packName } from "../../src/core/ids.ts";
import type { PackStore } from "../../src/store/pack-store.ts";

const NAME = packName("3f".repeat(16));
const OTHER = packName("a0".repeat(16));

export type OpenedStore = AsyncDisposable & {
  readonly store: PackStore;
  /** The store as it is found after a crash. */
  readonly reopen: () => PackStore;
};

export function describePackStore(title: string, open: () => OpenedStore): void {
  describe(`${title} is a PackStore`, () => {
    test("reads back in the same process what was appended, synced or not", async () => {
      await using opened = open();
      await using writer = await opened.store.create(NAME);
      expect(await writer.append(bytes("hello "))).toBe(0);
      expect(await writer.append(bytes("world"))).toBe(6);
      expect(writer.lengthBytes).toBe(11);
      expect(await opened.store.sizeBytes(NAME)).toBe(11);
      expect(text(await opened.store.read(NAME, 3, 5))).toBe("lo wo");
    });

    test("keeps what was synced through a crash", async () => {
      await using opened = open();
      const writer = await opened.store.create(NAME);
      await writer.append(bytes("kept"));
      await writer.sync();
      await writer[Symbol.asyncDispose]();
      expect(text(await opened.reopen().read(NAME, 0, 4))).toBe("kept");
    });

    test("keeps what was closed through a crash, overwritten bytes included", async () => {
      await using opened = open();
      const writer = await opened.store.create(NAME);
      await writer.append(bytes("____and the rest"));
      await writer.overwrite(0, bytes("head"));
      await writer.close();
      expect(text(await opened.reopen().read(NAME, 0, 16))).toBe("headand the rest");
    });

    test("reads what was overwritten", async () => {
      await using opened = open();
      await using writer = await opened.store.create(NAME);
      await writer.append(bytes("abc"));
      await writer.overwrite(1, bytes("B"));
      expect(text(await opened.store.read(NAME, 0, 3))).toBe("aBc");
      expect(await failureOf(writer.overwrite(2, bytes("CD")))).toBeInstanceOf(RangeError);
    });

    test("refuses to create a pack that exists", async () => {
      await using opened = open();
      await (await opened.store.create(NAME)).close();
      expect(await failureOf(opened.store.create(NAME))).toBeInstanceOf(StorageFailed);
    });

    test("calls bytes that are not there damage, and names the pack", async () => {
      await using opened = open();
      await using writer = await opened.store.create(NAME);
      await writer.append(bytes("short"));
      for (const [position, length] of [
        [0, 6],
        [5, 1],
        [6, 0],
        [-1, 2],
        [0, 2 ** 50],
      ] as const) {
        const failure = await failureOf(opened.store.read(NAME, position, length));
        expect(failure).toBeInstanceOf(RepositoryCorrupt);
        expect(String(failure)).toContain(NAME);
      }
      expect(await failureOf(opened.store.read(OTHER, 0, 1))).toBeInstanceOf(RepositoryCorrupt);
      expect(await failureOf(opened.store.sizeBytes(OTHER))).toBeInstanceOf(RepositoryCorrupt);
    });

    test("lists the packs there are, and removes them, gone or not", async () => {
      await using opened = open();
      await (await opened.store.create(NAME)).close();
      await (await opened.store.create(OTHER)).close();
      expect((await Array.fromAsync(opened.store.list())).sort()).toEqual([NAME, OTHER]);
      await opened.store.read(NAME, 0, 0);
      await opened.store.remove(NAME);
      await opened.store.remove(NAME);
      expect(await Array.fromAsync(opened.store.list())).toEqual([OTHER]);
      expect(await failureOf(opened.store.read(NAME, 0, 0))).toBeInstanceOf(RepositoryCorrupt);
    });
  });
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function bytes(string: string): Uint8Array {
  return new TextEncoder().encode(string);
}

function text(encoded: Uint8Array): string {
  return new TextDecoder().decode(encoded);
}
