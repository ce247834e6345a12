/**
 * The order of durability: packs synced → catalog committed → journal synced → acknowledged. The
 * folder is copied before every write of a run, as a crash there would leave it.
 */
import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { Catalog } from "../../../src/catalog/catalog.ts";
import type { PackName } from "../../../src/core/ids.ts";
import { LocalRepository } from "../../../src/engine/local-repository.ts";
import type { Journal } from "../../../src/engine/journal-records.ts";
import type { PackStore, PackWriter } from "../../../src/store/pack-store.ts";
import { RepositoryFolder } from "../../../src/store/repository-folder.ts";
import { FakeTree, backUp, name, path, readSet } from "../../support/fake-tree.ts";
import { RepositoryDisk } from "../../support/repository-disk.ts";

test("wherever a run dies, what was acknowledged is whole, and the next run goes on", async () => {
  using disk = new RepositoryDisk();
  const tree = new FakeTree();
  const docs = tree.add(tree.root, name("docs"), "directory");
  tree.add(docs, name("a"), "file", "the first text");
  tree.add(tree.add(tree.root, name("pics"), "directory"), name("c"), "file", "picture");
  const first = await firstRun(disk, tree);
  tree.write(tree.at(path("/docs/a")), "the second text");
  tree.move(tree.root, name("pics"), docs, name("photos"));

  using left = new DisposableStack();
  const crashes: RepositoryDisk[] = [];
  await runWithCrashes(disk, tree, () => crashes.push(left.use(disk.crashed())));
  expect(crashes.length).toBeGreaterThan(10);
  for (const crashed of crashes) {
    const second = await (async () => {
      await using repository = await crashed.open();
      expect(await readSet(repository, first.set)).toEqual(first.snapshot);
      const run = await backUp(repository, tree);
      expect(await readSet(repository, run.set)).toEqual(run.snapshot);
      return run;
    })();
    rmSync(crashed.file("tardis.db"));
    await using rebuilt = await crashed.open();
    expect(await readSet(rebuilt, first.set)).toEqual(first.snapshot);
    expect(await readSet(rebuilt, second.set)).toEqual(second.snapshot);
    expect((await rebuilt.backupSets()).every(({ state }) => state !== "running")).toBe(true);
  }
}, 60_000);

async function firstRun(
  disk: RepositoryDisk,
  tree: FakeTree,
): Promise<Awaited<ReturnType<typeof backUp>>> {
  await using repository = await disk.open();
  return await backUp(repository, tree);
}

/** A run whose every step is a checkpoint; `crash` is called between any two writes. */
async function runWithCrashes(
  disk: RepositoryDisk,
  tree: FakeTree,
  crash: () => void,
): Promise<void> {
  using folder = RepositoryFolder.open(disk.path);
  folder.seal.remove();
  using catalog = Catalog.open(folder.catalogPath, "write");
  catalog.startLog();
  using journal = folder.journal({ access: "append" });
  disk.stepMs = 60_000;
  const parts = {
    catalog,
    packs: watchedPacks(folder.packs, crash),
    journal: watchedJournal(journal, crash),
    now: disk.now,
    notice: () => {},
    heartbeat: crash,
  };
  await using repository = new LocalRepository({
    ...parts,
    name: "test",
    writing: parts,
    close: async () => {},
  });
  await backUp(repository, tree);
  crash();
}

function watchedPacks(packs: PackStore, crash: () => void): PackStore {
  return {
    create: async (pack: PackName) => watchedWriter(await packs.create(pack), crash),
    read: (pack, position, length) => packs.read(pack, position, length),
    sizeBytes: (pack) => packs.sizeBytes(pack),
    list: () => packs.list(),
    remove: (pack) => packs.remove(pack),
  };
}

function watchedWriter(writer: PackWriter, crash: () => void): PackWriter {
  function before<T>(write: () => Promise<T>): Promise<T> {
    crash();
    return write();
  }
  return {
    name: writer.name,
    get lengthBytes() {
      return writer.lengthBytes;
    },
    append: (bytes) => before(() => writer.append(bytes)),
    overwrite: (position, bytes) => before(() => writer.overwrite(position, bytes)),
    sync: () => before(() => writer.sync()),
    close: () => before(() => writer.close()),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}

function watchedJournal(journal: Journal, crash: () => void): Journal {
  return {
    path: journal.path,
    get endMark() {
      return journal.endMark;
    },
    records: (from) => journal.records(from),
    append: (payload) => {
      crash();
      journal.append(payload);
    },
    sync: async () => {
      crash();
      await journal.sync();
      crash();
    },
  };
}
