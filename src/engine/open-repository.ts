/** Opens the repository that a command works on, for what the command does with it. */
import { tmpdir } from "node:os";
import type { BackupOptions } from "../core/backup-options.ts";
import { NoRepository } from "../core/errors.ts";
import type { Reporter } from "../core/progress.ts";
import type { Repository } from "../core/repository.ts";
import type { RepositoryOptions } from "../core/repository-options.ts";
import type { RestoreOptions } from "../core/restore-options.ts";
import { PackReader } from "../store/pack-reader.ts";
import { RepositoryFolder } from "../store/repository-folder.ts";
import type { WorkerSetup } from "./jobs.ts";
import { type LocalRepositoryOptions, openLocalRepository } from "./local-repository.ts";
import { Regenerator } from "./regenerate.ts";
import { openRehearsal } from "./rehearsal.ts";

/** Older copies of the catalog that are kept: the seed's DBBackups. */
const CATALOG_COPIES = 5;

/** Where the workers find packs, and put what is too large for memory. */
type Folders = Pick<WorkerSetup, "packsFolder" | "temporaryFolder">;

export type OpenedForBackup = AsyncDisposable & {
  readonly repository: Repository;
  readonly folders: Folders;
  readonly state: "created" | "existing";
  /** Of the folder itself, which no backup enters. */
  readonly identity: RepositoryFolder["identity"] | undefined;
};

export type OpenedForRestore = AsyncDisposable & {
  readonly repository: Repository;
  readonly folders: Folders;
  /** For the main thread's own few contents. */
  readonly regenerator: Regenerator;
};

/** Makes the repository where there is none yet, unless it is only a rehearsal. */
export async function openForBackup(
  options: BackupOptions,
  reporter: Reporter,
): Promise<OpenedForBackup> {
  const existing = openFolder(options.repository.folder);
  return options.mode === "dry-run"
    ? openForRehearsal(existing, options, reporter)
    : openForWriting(existing, options, reporter);
}

async function openForRehearsal(
  existing: RepositoryFolder | undefined,
  { now }: BackupOptions,
  reporter: Reporter,
): Promise<OpenedForBackup> {
  const notice = (text: string): void => reporter.notice("notice", text);
  const { repository, temporaryFolder } = await openRehearsal(existing, { now, notice });
  return {
    repository,
    folders: { packsFolder: existing?.packsPath ?? temporaryFolder, temporaryFolder },
    state: existing === undefined ? "created" : "existing",
    identity: existing?.identity,
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  };
}

async function openForWriting(
  existing: RepositoryFolder | undefined,
  options: BackupOptions,
  reporter: Reporter,
): Promise<OpenedForBackup> {
  const { folder: path, clientName } = options.repository;
  const folder = existing ?? RepositoryFolder.create(path, clientName);
  if (existing === undefined) reporter.notice("notice", `made a new repository in ${path}`);
  const { now, takeover } = options;
  const repository = await openLocalRepository(folder, {
    access: "write",
    command: "backup",
    takeover: takeover === "force" ? "force" : "refuse",
    copyCount: CATALOG_COPIES,
    now,
    notice: (text) => reporter.notice("notice", text),
  });
  return {
    repository,
    folders: { packsFolder: folder.packsPath, temporaryFolder: folder.temporaryPath },
    state: existing === undefined ? "created" : "existing",
    identity: folder.identity,
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  };
}

export async function openForRestore(
  options: Pick<RestoreOptions, "repository" | "now">,
  reporter: Reporter,
): Promise<OpenedForRestore> {
  const folder = RepositoryFolder.open(options.repository.folder);
  const repository = await openLocalRepository(folder, readingWith(reporter, options.now));
  const temporaryFolder = folder.isWritable ? folder.temporaryPath : tmpdir();
  const packs = new PackReader(folder.packsPath);
  return {
    repository,
    folders: { packsFolder: folder.packsPath, temporaryFolder },
    regenerator: new Regenerator(packs, temporaryFolder),
    [Symbol.asyncDispose]: async () => {
      packs[Symbol.dispose]();
      await repository[Symbol.asyncDispose]();
    },
  };
}

/** For looking at only. `host` gives the time and takes notices. */
export async function openRepository(
  { folder }: RepositoryOptions,
  host: { readonly now: () => number; readonly reporter: Reporter },
): Promise<Repository> {
  const options = readingWith(host.reporter, host.now);
  return openLocalRepository(RepositoryFolder.open(folder), { ...options, access: "look" });
}

function readingWith(reporter: Reporter, now: () => number): LocalRepositoryOptions {
  return {
    access: "read",
    command: "read",
    takeover: "refuse",
    copyCount: CATALOG_COPIES,
    now,
    notice: (text) => reporter.notice("notice", text),
  };
}

/** undefined: there is none, or nothing but an empty folder. */
function openFolder(path: string): RepositoryFolder | undefined {
  try {
    return RepositoryFolder.open(path);
  } catch (error) {
    // create() looks at what is there instead, and refuses a folder that is somebody else's.
    if (error instanceof NoRepository) return undefined;
    throw error;
  }
}
