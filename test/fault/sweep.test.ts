/**
 * Issue 2, "Faults": whichever call of the store fails in a backup of real files, once or for ever,
 * what was complete stays whole, and running it again completes it.
 */
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BackupSet } from "../../src/core/backup-set.ts";
import { Catalog } from "../../src/catalog/catalog.ts";
import type { FilePath } from "../../src/core/byte-string.ts";
import type { BackupSetId } from "../../src/core/ids.ts";
import { findPath } from "../../src/engine/find-version.ts";
import { LocalRepository } from "../../src/engine/local-repository.ts";
import { contentCrypto } from "../../src/format/content-crypto.ts";
import { Regenerator } from "../../src/engine/regenerate.ts";
import { PackReader } from "../../src/store/pack-reader.ts";
import { RepositoryFolder } from "../../src/store/repository-folder.ts";
import { type RealBackup, backUpFiles } from "../support/backup-in-process.ts";
import { type FaultPlan, FaultyPacks, InjectedFault } from "../support/faulty-packs.ts";
import { noise } from "../support/make-tree.ts";
import { RepositoryDisk } from "../support/repository-disk.ts";
import { TempDir } from "../support/temp-dir.ts";

const MIB = 1024 * 1024;
/** Small ones that share a parcel, and one with a parcel of its own. */
const CHANGING = { one: 20_000, two: 20_000, middle: 2 * MIB };
/** With a pack of its own. */
const LARGE_BYTES = 9 * MIB;

for (const lasting of ["once", "for-ever"] as const) {
  test(`whichever call of the store fails ${lasting}, the next run completes it`, async () => {
    using folder = new TempDir();
    const source = folder.join("source");
    mkdirSync(source);
    const [before, after] = [contentsOf(1), contentsOf(2)];
    using clean = new RepositoryDisk();
    write(source, before);
    const first = await completeRun(clean, source);
    write(source, after);
    let calls = 0;
    for (let fired = true; fired;) {
      calls += 1;
      using disk = clean.crashed();
      fired = await runWithFault(disk, source, { failAtCall: calls, lasting });
      const second = await completeRun(disk, source);
      await expectContents(disk, source, { [first.id]: before, [second.id]: after });
    }
    // Creating, appending, replacing heads, syncing and closing of two packs all had their turn.
    expect(calls).toBeGreaterThan(8);
  }, 120_000);
}

type Contents = Readonly<Record<string, Buffer>>;

/** Of two states: most is so alike that the second is stored as deltas; a large file is new. */
function contentsOf(state: 1 | 2): Contents {
  const changing = Object.entries(CHANGING).map(([name, size], index) => {
    const content = noise(size, index + 1);
    if (state === 2) content.write("changed", size / 2);
    return [name, content] as const;
  });
  const large = state === 1 ? [] : [["large", noise(LARGE_BYTES, 9)] as const];
  return Object.fromEntries([...changing, ...large]);
}

function write(source: string, contents: Contents): void {
  for (const [name, content] of Object.entries(contents))
    writeFileSync(join(source, name), content);
}

async function completeRun(disk: RepositoryDisk, source: string): Promise<BackupSet> {
  await using repository = await disk.open();
  return await backUpFiles(repository, about(disk, source));
}

/** Whether the call that was to fail came. The repository is left as a crash leaves it. */
async function runWithFault(
  disk: RepositoryDisk,
  source: string,
  plan: FaultPlan,
): Promise<boolean> {
  using folder = RepositoryFolder.open(disk.path);
  folder.seal.remove();
  using catalog = Catalog.open(folder.catalogPath, "write");
  catalog.startLog();
  using journal = folder.journal({ access: "append" });
  const packs = new FaultyPacks(folder.packs, plan);
  const { now } = disk;
  const parts = { catalog, packs, journal, now, notice() {}, heartbeat() {} };
  await using repository = new LocalRepository({
    ...parts,
    name: "test",
    writing: parts,
    close: async () => {},
  });
  const run = backUpFiles(repository, about(disk, source));
  const outcome = await run.catch((error: unknown) => error);
  if (packs.fired) expect(outcome).toBeInstanceOf(InjectedFault);
  return packs.fired;
}

/** Every file of every set, from its stored bytes. */
async function expectContents(
  disk: RepositoryDisk,
  source: string,
  sets: Readonly<Record<number, Contents>>,
): Promise<void> {
  await using repository = await disk.open("read");
  using packs = new PackReader(disk.file("packs"));
  const regenerator = new Regenerator(packs, disk.file("tmp"), contentCrypto(undefined));
  for (const [set, contents] of Object.entries(sets)) {
    for (const [name, content] of Object.entries(contents)) {
      const file = join(source, name) as FilePath;
      const found = await findPath(repository, Number(set) as BackupSetId, file);
      const wanted = found?.kind === "entry" ? found.version.content : undefined;
      const [chain] = wanted === undefined ? [] : await repository.chains([wanted]);
      const pieces: Buffer[] = [];
      // Each is the regenerator's again after its turn.
      for (const piece of regenerator.pieces(chain ?? [])) pieces.push(Buffer.from(piece));
      const isWhole = Buffer.concat(pieces).equals(content);
      expect({ name, isWhole }).toEqual({ name, isWhole: true });
    }
  }
}

function about(disk: RepositoryDisk, source: string): RealBackup {
  return {
    source: source as FilePath,
    packsFolder: disk.file("packs"),
    temporaryFolder: disk.file("tmp"),
  };
}
