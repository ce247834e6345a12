/** A real backup of real files into any Repository, in this process, as engine/backup.ts does. */
import { NO_COUNTS } from "../../src/core/backup-set.ts";
import type { BackupSet } from "../../src/core/backup-set.ts";
import type { FilePath } from "../../src/core/byte-string.ts";
import type { Reporter } from "../../src/core/progress.ts";
import type { Repository } from "../../src/core/repository.ts";
import { DEFAULT_SELECTION } from "../../src/core/selection-options.ts";
import { ClaimTable } from "../../src/engine/claim-table.ts";
import { runBackup } from "../../src/engine/backup-run.ts";
import { FileSaver } from "../../src/engine/file-saver.ts";
import { ProblemLog } from "../../src/engine/problem-log.ts";
import { walk } from "../../src/engine/walk.ts";
import type { ContentKeys } from "../../src/format/content-crypto.ts";
import { roomMemory } from "../../src/engine/parcel-rooms.ts";
import { WorkerPool } from "../../src/engine/worker-pool.ts";
import { Mounts } from "../../src/source/mounts.ts";
import { OwnerNames } from "../../src/source/owners.ts";
import { DirectoryScanner } from "../../src/source/scan.ts";
import { SelectionRules } from "../../src/source/select.ts";
import { REQUEST } from "./fake-tree.ts";

const SILENT: Reporter = {
  wants: "summary",
  progress() {},
  problem() {},
  notice() {},
  saved() {},
};

/** What is saved, and the folders of the repository it goes to. */
export type RealBackup = {
  readonly source: FilePath;
  readonly packsFolder: string;
  readonly temporaryFolder: string;
  /** Of an encrypted repository. */
  readonly keys?: ContentKeys;
  /** What workers claim what they store by: an empty one if there is none. */
  readonly claims?: ClaimTable;
};

/** Throws what the repository throws; the set is then not complete. */
export async function backUpFiles(
  repository: Repository,
  { source, packsFolder, temporaryFolder, keys, claims: table = new ClaimTable() }: RealBackup,
): Promise<BackupSet> {
  const attributes = { accessLists: "save", extendedAttributes: "save" } as const;
  const data = {
    compression: { algorithm: "zstd", level: 1 },
    compressSizeBytesMin: 0,
    uncompressedExtensions: new Set<string>(),
    delta: REQUEST.policy,
    deltaPercentMax: 66,
  } as const;
  await using session = await repository.beginBackup({ ...REQUEST, roots: [source] });
  const effort = { level: 1, thorough: undefined } as const;
  const rooms = roomMemory("first");
  const claims = table.memory;
  const wanted = (await session.isEmpty()) ? "claimed" : "asked-for";
  using pool = new WorkerPool(1, {
    packsFolder,
    temporaryFolder,
    keys,
    save: { ...attributes, data, effort, rooms, claims },
    restore: undefined,
  });
  const problems = new ProblemLog(SILENT);
  const directories = walk([{ path: source, recordedAs: source }], {
    scanner: new DirectoryScanner(),
    mounts: new Mounts(),
    rules: new SelectionRules(DEFAULT_SELECTION),
    options: { fileSystems: "one", depthMax: undefined, unreadable: "report", ...attributes },
    forbidden: { device: -1, inode: -1n },
    report: (problem) => problems.add(problem),
    sortKey: (name) => repository.sortKey(name),
  });
  const counts = await runBackup(directories, {
    session,
    saver: new FileSaver(session, { pool, rooms, wanted }, () => {}),
    which: "first",
    owners: new OwnerNames(),
    leftOut: [],
    problems,
    reporter: SILENT,
    unreadable: "report",
    signal: new AbortController().signal,
    now: Date.now,
    expected: undefined,
  });
  return await session.complete({ ...NO_COUNTS, ...counts });
}
