/** What is left when a process dies or a disk goes bad, and what the next one makes of it. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { NoRepository, RepositoryCorrupt, RepositoryLocked } from "../../../src/core/errors.ts";
import { CHECKPOINT_INTERVAL_MS } from "../../../src/core/limits.ts";
import { RepositoryFolder } from "../../../src/store/repository-folder.ts";
import {
  FakeTree,
  REQUEST,
  backUp,
  contentOf,
  name,
  path,
  readSet,
} from "../../support/fake-tree.ts";
import { RepositoryDisk } from "../../support/repository-disk.ts";

function smallTree(): FakeTree {
  const tree = new FakeTree();
  const docs = tree.add(tree.root, name("docs"), "directory");
  tree.add(docs, name("a"), "file", "the first text");
  tree.add(tree.add(tree.root, name("pics"), "directory"), name("c"), "file", "picture");
  return tree;
}

/** Every byte of the middle third turned over. */
function damage(file: string): void {
  const bytes = readFileSync(file);
  const third = Math.floor(bytes.length / 3);
  for (let index = third; index < 2 * third; index += 1) bytes[index] = (bytes[index] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

function damageEnd(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

describe("after a crash", () => {
  test("an acknowledged set is whole, closed or not", async () => {
    using disk = new RepositoryDisk();
    await using repository = await disk.open();
    const { set, snapshot } = await backUp(repository, smallTree());
    using left = disk.crashed();
    await using again = await left.open();
    expect(await readSet(again, set)).toEqual(snapshot);
    expect(left.notices).toEqual([]);
  });

  test("of a session without a checkpoint its set is left, and no pack", async () => {
    using disk = new RepositoryDisk();
    await using repository = await disk.open();
    const session = await repository.beginBackup(REQUEST);
    const members = [{ content: contentOf("x"), sizeBytes: 1, basis: undefined }];
    await session.putParcel({ members, bytes: Buffer.from("parcel") });
    using left = disk.crashed();
    expect(left.packs()).toHaveLength(1);
    await using again = await left.open();
    expect((await again.backupSets()).map(({ state }) => state)).toEqual(["interrupted"]);
    expect(await again.chains([contentOf("x")])).toEqual([undefined]);
    expect(left.packs()).toHaveLength(0);
  });

  test("of a session with checkpoints nothing that they cover is read again", async () => {
    using disk = new RepositoryDisk();
    await using repository = await disk.open();
    disk.stepMs = CHECKPOINT_INTERVAL_MS;
    const tree = smallTree();
    const left = Promise.withResolvers<RepositoryDisk>();
    await backUp(repository, tree, { stopAfter: 2, onStop: () => left.resolve(disk.crashed()) });
    using crashed = await left.promise;
    await using again = await crashed.open();
    const run = await backUp(again, tree);
    expect(run.same).toBe(2);
    expect(run.read).toEqual([path("/pics/c")]);
    expect(await readSet(again, run.set)).toEqual(run.snapshot);
  });

  test("one who only reads sees what was acknowledged, with the log still there", async () => {
    using disk = new RepositoryDisk();
    await using repository = await disk.open();
    const { set, snapshot } = await backUp(repository, smallTree());
    await using session = await repository.beginBackup(REQUEST);
    await using reader = await disk.open("read");
    expect(await readSet(reader, set)).toEqual(snapshot);
    expect((await reader.backupSets()).map(({ state }) => state)).toEqual(["complete", "running"]);
    expect(session.backupSet.state).toBe("running");
  });

  test("a closed repository has no log, and reading leaves it as it is", async () => {
    using disk = new RepositoryDisk();
    const tree = smallTree();
    {
      await using repository = await disk.open();
      await backUp(repository, tree);
    }
    const before = readdirSync(disk.path).toSorted();
    expect(before).toEqual([
      "README.txt",
      "packs",
      "tardis.db",
      "tardis.db.sum",
      "tardis.journal",
      "tmp",
    ]);
    {
      await using reader = await disk.open("read");
      expect(await reader.backupSets()).toHaveLength(1);
    }
    expect(readdirSync(disk.path).toSorted()).toEqual(before);
  });

  test("a second writer is told who holds it", async () => {
    using disk = new RepositoryDisk();
    await using _repository = await disk.open();
    expect(await disk.open().catch((error: unknown) => error)).toBeInstanceOf(RepositoryLocked);
  });
});

describe("a catalog that is damaged or gone", () => {
  for (const [what, spoil] of [
    ["damaged", damage],
    ["cut off", (file: string) => truncateSync(file, 5000)],
    ["empty", (file: string) => truncateSync(file, 0)],
    ["gone", (file: string) => rmSync(file)],
  ] as const) {
    test(`${what}: the next writer makes it again from the journal and says so`, async () => {
      using disk = new RepositoryDisk();
      const { tree, outcomes } = await twoRuns(disk);
      spoil(disk.file("tardis.db"));
      await using repository = await disk.open();
      for (const { set, snapshot } of outcomes) {
        expect(await readSet(repository, set)).toEqual(snapshot);
      }
      expect(disk.notices.join()).toContain("it was made again from its journal");
      expect((await backUp(repository, tree)).read).toEqual([]);
    });

    test(`${what}: one who only reads does so aside, and changes nothing`, async () => {
      using disk = new RepositoryDisk();
      const { outcomes } = await twoRuns(disk);
      spoil(disk.file("tardis.db"));
      const before = readdirSync(disk.path);
      {
        await using reader = await disk.open("read");
        for (const { set, snapshot } of outcomes) {
          expect(await readSet(reader, set)).toEqual(snapshot);
        }
      }
      expect(readdirSync(disk.path)).toEqual(before);
      expect(disk.notices).toHaveLength(1);
    });
  }

  test("with its journal damaged too, the newest copy serves", async () => {
    using disk = new RepositoryDisk();
    const { outcomes } = await twoRuns(disk);
    await RepositoryFolder.open(disk.path).copies.rotate(2);
    damage(disk.file("tardis.db"));
    damage(disk.file("tardis.journal"));
    await using repository = await disk.open();
    for (const { set, snapshot } of outcomes) {
      expect(await readSet(repository, set)).toEqual(snapshot);
    }
    expect(disk.notices.join()).toContain("tardis.db.1.zst");
  });

  test("with nothing to make it from, that is said, and nothing is lost", async () => {
    using disk = new RepositoryDisk();
    await twoRuns(disk);
    damage(disk.file("tardis.db"));
    damage(disk.file("tardis.journal"));
    const before = readdirSync(disk.path).toSorted();
    for (const access of ["read", "write"] as const) {
      const error = await disk.open(access).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RepositoryCorrupt);
    }
    expect(readdirSync(disk.path).toSorted()).toEqual(before);
  });

  test("packs without a catalog or a journal are never taken for a new repository", async () => {
    using disk = new RepositoryDisk();
    await twoRuns(disk);
    const before = disk.packs();
    for (const file of ["tardis.db", "tardis.db.sum", "tardis.journal"]) rmSync(disk.file(file));
    expect(await disk.open().catch((error: unknown) => error)).toBeInstanceOf(RepositoryCorrupt);
    expect(disk.packs()).toEqual(before);
  });

  test("a repository in which nothing was saved yet is none to a reader", async () => {
    using disk = new RepositoryDisk();
    RepositoryFolder.create(disk.path, "test")[Symbol.dispose]();
    const error = await disk.open("read").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NoRepository);
  });
});

describe("a journal that is damaged or gone", () => {
  for (const [what, spoil] of [
    ["damaged at its end", damageEnd],
    ["cut off", (file: string) => truncateSync(file, 100)],
    ["gone", (file: string) => rmSync(file)],
  ] as const) {
    test(`${what}: it is written anew from the catalog, whole`, async () => {
      using disk = new RepositoryDisk();
      const { outcomes } = await twoRuns(disk);
      spoil(disk.file("tardis.journal"));
      await (await disk.open())[Symbol.asyncDispose]();
      expect(disk.notices.join()).toContain("it was written anew from the catalog");
      rmSync(disk.file("tardis.db"));
      await using repository = await disk.open();
      for (const { set, snapshot } of outcomes) {
        expect(await readSet(repository, set)).toEqual(snapshot);
      }
    });
  }
});

async function twoRuns(
  disk: RepositoryDisk,
): Promise<{ tree: FakeTree; outcomes: Awaited<ReturnType<typeof backUp>>[] }> {
  const tree = smallTree();
  await using repository = await disk.open();
  const first = await backUp(repository, tree);
  tree.write(tree.at(path("/docs/a")), "the second text");
  return { tree, outcomes: [first, await backUp(repository, tree)] };
}
