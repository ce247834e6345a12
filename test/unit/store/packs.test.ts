import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { RepositoryCorrupt, StorageFailed } from "../../../src/core/errors.ts";
import { packName, type PackName } from "../../../src/core/ids.ts";
import { DirectoryPacks } from "../../../src/store/directory-packs.ts";
import { MemoryPacks } from "../../../src/store/memory-packs.ts";
import { PackReader } from "../../../src/store/pack-reader.ts";
import { FaultyPacks, FullPacks, InjectedFault } from "../../support/faulty-packs.ts";
import { TempDir } from "../../support/temp-dir.ts";

const NAME = packName("3f".repeat(16));

describe("packs in a folder", () => {
  test("lie below the first two digits of their names", async () => {
    using folder = new TempDir();
    using packs = new DirectoryPacks(folder.path);
    await (await packs.create(NAME)).close();
    expect(readdirSync(folder.join("3f"))).toEqual([`${NAME}.pack`]);
  });

  test("are told from other files that lie there", async () => {
    using folder = new TempDir();
    using packs = new DirectoryPacks(folder.path);
    await (await packs.create(NAME)).close();
    mkdirSync(folder.join("00"));
    writeFileSync(folder.join("00", `${NAME}.pack`), "");
    writeFileSync(folder.join("3f", "3f notes.pack"), "");
    writeFileSync(folder.join("notes"), "");
    expect(await Array.fromAsync(packs.list())).toEqual([NAME]);
  });

  test("are read with few files open, however many packs there are", async () => {
    using folder = new TempDir();
    using packs = new DirectoryPacks(folder.path);
    const names = Array.from({ length: 40 }, (_, index) => nameOf(index));
    for (const name of names) {
      await using writer = await packs.create(name);
      await writer.append(new TextEncoder().encode(name));
    }
    using reader = new PackReader(folder.path);
    const before = openFiles();
    for (const name of [...names, ...names]) {
      expect(new TextDecoder().decode(reader.read(name, 0, 32))).toBe(name);
    }
    expect(openFiles() - before).toBe(16);
  });

  test("say which pack is missing or short", () => {
    using folder = new TempDir();
    using reader = new PackReader(folder.path);
    mkdirSync(folder.join("3f"));
    expect(() => reader.read(NAME, 0, 1)).toThrow(RepositoryCorrupt);
    writeFileSync(folder.join("3f", `${NAME}.pack`), "abc");
    expect(() => reader.read(NAME, 1, 3)).toThrow(
      `${folder.path}/3f/${NAME}.pack is damaged: it has no bytes 1 to 4`,
    );
  });

  test("cannot be made where no folder can be", async () => {
    using folder = new TempDir();
    writeFileSync(folder.join("3f"), "a file in the way");
    using packs = new DirectoryPacks(folder.path);
    const failure = await packs.create(NAME).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageFailed);
    expect(String(failure)).toContain(folder.join("3f"));
  });
});

describe("packs of a test", () => {
  test("fail at the nth call, once or for ever", async () => {
    const once = new FaultyPacks(new MemoryPacks(), { failAtCall: 2, lasting: "once" });
    const writer = await once.create(NAME);
    expect(once.fired).toBe(false);
    expect(await failureOf(writer.append(new Uint8Array(1)))).toBeInstanceOf(InjectedFault);
    expect(once.fired).toBe(true);
    expect(await failureOf(writer.append(new Uint8Array(1)))).toBeUndefined();

    const lasting = new FaultyPacks(new MemoryPacks(), { failAtCall: 1, lasting: "for-ever" });
    expect(await failureOf(lasting.create(NAME))).toBeInstanceOf(InjectedFault);
    expect(await failureOf(lasting.read(NAME, 0, 0))).toBeInstanceOf(InjectedFault);
  });

  test("fill up", async () => {
    const writer = await new FullPacks(new MemoryPacks(), 10).create(NAME);
    await writer.append(new Uint8Array(6));
    expect(await failureOf(writer.append(new Uint8Array(5)))).toBeInstanceOf(StorageFailed);
    expect(writer.lengthBytes).toBe(6);
    await writer.append(new Uint8Array(4));
  });
});

function nameOf(index: number): PackName {
  return packName(index.toString(16).padStart(2, "0").repeat(16));
}

function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
