/** Opens the repository that a command works on, for what the command does with it. */
import { tmpdir } from "node:os";
import type { BackupOptions } from "../core/backup-options.ts";
import type { BackupSet } from "../core/backup-set.ts";
import { NoRepository, RepositoryRolledBack, StorageFailed } from "../core/errors.ts";
import type { Reporter } from "../core/progress.ts";
import type { Repository } from "../core/repository.ts";
import type { RepositoryOptions } from "../core/repository-options.ts";
import type { RestoreOptions } from "../core/restore-options.ts";
import { ContentIds } from "../format/checksum.ts";
import { type ContentKeys, contentCrypto } from "../format/content-crypto.ts";
import { PackReader } from "../store/pack-reader.ts";
import { RepositoryFolder } from "../store/repository-folder.ts";
import { type Authentication, EncryptedRepository } from "./encrypted-repository.ts";
import type { WorkerSetup } from "./jobs.ts";
import { openLocalRepository } from "./local-repository.ts";
import { Regenerator } from "./regenerate.ts";
import { openRehearsal } from "./rehearsal.ts";
import { SeenSets } from "./seen-sets.ts";
import {
  type NewKeys,
  type Unlocked,
  type Unlocking,
  beginUnlocking,
  newKeys,
  readRecord,
  storeFirstKeys,
  unlock,
} from "./unlock.ts";

/** Older copies of the catalog that are kept: the seed's DBBackups. */
const CATALOG_COPIES = 5;
const NO_WAY_BACK =
  "all will be encrypted; without the password nothing can be restored: there is no way back " +
  "from a lost one";

/** Where the workers find packs, put what is too large for memory, and what they encrypt with. */
type Folders = Pick<WorkerSetup, "packsFolder" | "temporaryFolder" | "keys">;

export type OpenedForBackup = AsyncDisposable & {
  readonly repository: Repository;
  readonly folders: Folders;
  readonly state: "created" | "existing";
  /** Of the folder itself, which no backup enters. */
  readonly identity: RepositoryFolder["identity"] | undefined;
  /** Once the set is complete: that it was seen. */
  readonly remember: () => Promise<void>;
};

export type OpenedForRestore = AsyncDisposable & {
  readonly repository: Repository;
  readonly folders: Folders;
  /** For the main thread's own few contents. */
  readonly regenerator: Regenerator;
  /** How the repository names contents. */
  readonly contentIds: ContentIds;
};

type Host = { readonly now: () => number; readonly reporter: Reporter };

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
  { now, repository: location }: BackupOptions,
  reporter: Reporter,
): Promise<OpenedForBackup> {
  const notice = (text: string): void => reporter.notice("notice", text);
  const unlocked = existing === undefined ? undefined : await unlock(existing, location);
  const encryption = unlocked?.repository;
  const opened = await openRehearsal(existing, { now, notice, encryption });
  const { temporaryFolder } = opened;
  const repository = encrypted(opened.repository, unlocked, "on");
  const packsFolder = existing?.packsPath ?? temporaryFolder;
  return {
    repository,
    folders: { packsFolder, temporaryFolder, keys: contentKeys(unlocked) },
    state: existing === undefined ? "created" : "existing",
    identity: existing?.identity,
    remember: async () => {},
    [Symbol.asyncDispose]: () => Promise.resolve(repository[Symbol.asyncDispose]()),
  };
}

/** Whatever is wrong with password or keys is known before anything is made or written. */
async function openForWriting(
  existing: RepositoryFolder | undefined,
  options: BackupOptions,
  reporter: Reporter,
): Promise<OpenedForBackup> {
  const { repository: location, now, takeover } = options;
  const { folder: path, clientName } = location;
  const notice = (text: string): void => reporter.notice("notice", text);
  const unlocked = await unlockToWrite(existing, location);
  const folder = existing ?? RepositoryFolder.create(path, clientName);
  if (existing === undefined) notice(`made a new repository in ${path}`);
  const made = unlocked !== undefined && "record" in unlocked ? unlocked.record : undefined;
  const local = await openLocalRepository(folder, {
    access: "write",
    command: "backup",
    takeover: takeover === "force" ? "force" : "refuse",
    copyCount: CATALOG_COPIES,
    encryption: unlocked?.repository,
    prepare: made && (() => storeFirstKeys(folder, made, location.unlock)),
    now,
    notice,
  });
  if (made !== undefined) notice(NO_WAY_BACK);
  await using stack = new AsyncDisposableStack();
  const repository = stack.use(encrypted(local, unlocked, "on"));
  const seen = seenSets(location, unlocked);
  seen?.check(path, await repository.backupSets());
  const kept = stack.move();
  return {
    repository,
    folders: {
      packsFolder: folder.packsPath,
      temporaryFolder: folder.temporaryPath,
      keys: contentKeys(unlocked),
    },
    state: existing === undefined ? "created" : "existing",
    identity: folder.identity,
    remember: async () => remember(seen, await repository.backupSets(), notice),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** New keys where nothing was saved yet and there is a password. Writes nothing. */
async function unlockToWrite(
  existing: RepositoryFolder | undefined,
  location: RepositoryOptions,
): Promise<Unlocked | NewKeys | undefined> {
  const isNew = existing === undefined || (existing.isUnused && readRecord(existing) === undefined);
  if (!isNew) return unlock(existing, location);
  return location.unlock?.password.isGiven === true ? newKeys(location) : undefined;
}

export async function openForRestore(
  options: Pick<RestoreOptions, "repository" | "now" | "authentication">,
  reporter: Reporter,
): Promise<OpenedForRestore> {
  const { repository: location, authentication = "on" } = options;
  const folder = RepositoryFolder.open(location.folder);
  const { repository, keys } = await openToRead(folder, location, {
    host: { reporter, now: options.now },
    authentication,
    access: "read",
  });
  const temporaryFolder = folder.isWritable ? folder.temporaryPath : tmpdir();
  const packs = new PackReader(folder.packsPath);
  return {
    repository,
    folders: { packsFolder: folder.packsPath, temporaryFolder, keys },
    regenerator: new Regenerator(packs, temporaryFolder, contentCrypto(keys)),
    contentIds: new ContentIds(keys?.hash),
    [Symbol.asyncDispose]: async () => {
      packs[Symbol.dispose]();
      await repository[Symbol.asyncDispose]();
    },
  };
}

/**
 * For looking at only. `host` gives the time and takes notices. `first`: what will be asked for at
 * once, and is read while the password is worked on.
 */
export async function openRepository(
  location: RepositoryOptions,
  host: Host,
  first: "names" | "anything" = "anything",
): Promise<Repository> {
  const folder = RepositoryFolder.open(location.folder);
  const how = { host, authentication: "on", access: "look", first } as const;
  const { repository } = await openToRead(folder, location, how);
  return repository;
}

async function openToRead(
  folder: RepositoryFolder,
  location: RepositoryOptions,
  {
    host,
    authentication,
    access,
    first = "anything",
  }: {
    readonly host: Host;
    readonly authentication: Authentication;
    readonly access: "look" | "read";
    readonly first?: "names" | "anything";
  },
): Promise<{ readonly repository: Repository; readonly keys: ContentKeys | undefined }> {
  const { now, reporter } = host;
  const unlocking = await beginUnlocking(folder, location);
  const notice = (text: string): void => reporter.notice("notice", text);
  await using stack = new AsyncDisposableStack();
  const opening = openLocalRepository(folder, {
    access,
    command: "read",
    takeover: "refuse",
    copyCount: CATALOG_COPIES,
    encryption: unlocking?.repository,
    now,
    notice,
  });
  const local = stack.use(await keysFirst(opening, unlocking));
  if (first === "names" && unlocking !== undefined) await local.readNamesAhead(unlocking.keys);
  const unlocked = unlocking && { ...unlocking, keys: await unlocking.keys };
  const repository = encrypted(local, unlocked, authentication);
  await noteSeen(repository, seenSets(location, unlocked), notice);
  stack.move();
  return { repository, keys: contentKeys(unlocked) };
}

/** A wrong password is told before whatever else is wrong, though it is found later. */
async function keysFirst<T>(opening: Promise<T>, unlocking: Unlocking | undefined): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    await unlocking?.keys;
    throw error;
  }
}

/** An older state can still be read: it may be all there is. */
async function noteSeen(
  repository: Repository,
  seen: SeenSets | undefined,
  notice: (text: string) => void,
): Promise<void> {
  if (seen === undefined) return;
  const sets = await repository.backupSets();
  try {
    seen.check(repository.name, sets);
  } catch (error) {
    if (!(error instanceof RepositoryRolledBack)) throw error;
    notice(`${error.message}. ${error.hint}`);
    return;
  }
  remember(seen, sets, notice);
}

/** What cannot be remembered is told; nothing that was done depends on it. */
function remember(
  seen: SeenSets | undefined,
  sets: readonly BackupSet[],
  notice: (text: string) => void,
): void {
  try {
    seen?.remember(sets);
  } catch (error) {
    if (!(error instanceof StorageFailed)) throw error;
    notice(error.message);
  }
}

function encrypted(
  repository: Repository,
  unlocked: Unlocked | undefined,
  authentication: Authentication,
): Repository {
  if (unlocked === undefined) return repository;
  return new EncryptedRepository(repository, unlocked.keys, authentication);
}

/** Workers get no others. */
function contentKeys(unlocked: Unlocked | undefined): ContentKeys | undefined {
  if (unlocked === undefined) return undefined;
  const { content, hash } = unlocked.keys;
  return { content, hash };
}

function seenSets(
  { unlock: options }: RepositoryOptions,
  unlocked: Unlocked | undefined,
): SeenSets | undefined {
  if (unlocked === undefined || options === undefined) return undefined;
  return new SeenSets(options.stateFolder, unlocked.repository);
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
