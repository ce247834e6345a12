/**
 * The in-process front door: a Repository on a folder's catalog, packs and journal. Opening mends
 * what a crash has left; closing leaves files that can be copied, and read from any medium.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { BackupSet } from "../core/backup-set.ts";
import type { ByteString, FileName } from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { RepositoryLocked } from "../core/errors.ts";
import type { FileIdentity, HistoryPlace, NamePage, PastVersion, WayUp } from "../core/history.ts";
import type { BackupSetId, ContentId, DirectoryId, NameId, PackName } from "../core/ids.ts";
import type { BackupRequest, BackupSession, DeltaChain, Repository } from "../core/repository.ts";
import { sizeOfFile } from "../store/files.ts";
import type { JournalFile } from "../store/journal-file.ts";
import type { PackStore } from "../store/pack-store.ts";
import { thisProcess } from "../store/process-identity.ts";
import type { RepositoryFolder } from "../store/repository-folder.ts";
import { openToRead, openToWrite } from "./catalog-opening.ts";
import { checkEncryption, markEncryption } from "./encryption-mark.ts";
import { type IngestTarget, LocalSession } from "./ingest.ts";
import { catchUp } from "./journal-records.ts";
import { NamesAhead } from "./names-ahead.ts";

export type LocalRepositoryOptions = {
  /** look: to read no more than the catalog, whose damage would do no harm. */
  readonly access: "look" | "read" | "write";
  /** For people: what holds the lock, like "backup". */
  readonly command: string;
  /** About a holder of the lock that may yet run. A live one is never taken over. */
  readonly takeover: "refuse" | "force";
  /** Older copies of the catalog to keep. */
  readonly copyCount: number;
  /** The id of the keys that all in it is encrypted with; undefined: nothing is. */
  readonly encryption?: string | undefined;
  /** With the lock held, before anything is opened: throws what speaks against it. */
  readonly prepare?: (() => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What was found amiss and mended. */
  readonly notice: (text: string) => void;
};

/** What a repository is made of. Those that write have all of `writing`. */
export type LocalRepositoryParts = {
  readonly name: string;
  readonly catalog: Catalog;
  readonly packs: PackStore;
  readonly writing: IngestTarget | undefined;
  /** Closes the parts. */
  readonly close: () => Promise<void>;
};

/** A copy of the catalog is made when the journal has grown by this and by half the catalog. */
const COPY_AFTER_BYTES = 4 * 1024 * 1024;

/**
 * Owns `folder` from now on. Throws RepositoryLocked, RepositoryTooNew, NoRepository,
 * StorageFailed, and RepositoryCorrupt when the catalog is damaged and nothing is left to make it
 * from.
 */
export async function openLocalRepository(
  folder: RepositoryFolder,
  options: LocalRepositoryOptions,
): Promise<LocalRepository> {
  await using stack = new AsyncDisposableStack();
  stack.use(folder);
  const parts = await (options.access === "write"
    ? openWriter(folder, options, stack)
    : openReader(folder, { ...options, access: options.access }, stack));
  const kept = stack.move();
  return new LocalRepository({ ...parts, close: () => kept.disposeAsync() });
}

export class LocalRepository implements Repository {
  readonly name: string;
  readonly #parts: LocalRepositoryParts;
  readonly #namesAhead: NamesAhead;
  #session: LocalSession | undefined;
  #isClosed = false;

  constructor(parts: LocalRepositoryParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#namesAhead = new NamesAhead((after) => parts.catalog.history.namesAfter(after));
  }

  /** For a search that has to wait: reads names for it until `end` is settled. */
  readNamesAhead(end: Promise<unknown>): Promise<void> {
    return this.#namesAhead.fill(end);
  }

  sortKey(name: FileName): ByteString {
    return name;
  }

  async backupSets(): Promise<readonly BackupSet[]> {
    const { catalog } = this.#parts;
    return catalog.reading(() => catalog.sets.all());
  }

  async directories(
    set: BackupSetId,
    directories: readonly DirectoryId[],
  ): Promise<readonly (readonly Version[])[]> {
    const { catalog } = this.#parts;
    return catalog.reading(() => {
      const view = catalog.views.of(set);
      return directories.map((directory) => view?.entries(directory) ?? []);
    });
  }

  async histories(places: readonly HistoryPlace[]): Promise<readonly (readonly PastVersion[])[]> {
    const { catalog } = this.#parts;
    return catalog.reading(() => places.map((place) => catalog.history.of(place)));
  }

  async waysUp(directories: readonly DirectoryId[]): Promise<readonly (readonly WayUp[])[]> {
    const { catalog } = this.#parts;
    return catalog.reading(() => directories.map((id) => catalog.history.waysTo(id)));
  }

  async namesAfter(name: NameId | undefined): Promise<NamePage> {
    return this.#namesAhead.take(name) ?? this.#parts.catalog.history.namesAfter(name);
  }

  async named(names: readonly NameId[]): Promise<readonly (readonly PastVersion[])[]> {
    const { catalog } = this.#parts;
    return catalog.reading(() => names.map((name) => catalog.history.named(name)));
  }

  async lookalikes(files: readonly FileIdentity[]): Promise<readonly (readonly PastVersion[])[]> {
    const { catalog } = this.#parts;
    return catalog.reading(() => files.map((file) => catalog.history.alike(file)));
  }

  async treeSeals(
    set: BackupSetId,
    directories: readonly DirectoryId[],
  ): Promise<readonly (Uint8Array | undefined)[]> {
    const { catalog } = this.#parts;
    return catalog.reading(() => directories.map((id) => catalog.directories.treeSealOf(id, set)));
  }

  async chains(contents: readonly ContentId[]): Promise<readonly (DeltaChain | undefined)[]> {
    const { catalog } = this.#parts;
    return catalog.reading(() => contents.map((content) => catalog.contents.chainOf(content)));
  }

  readPack(pack: PackName, position: number, length: number): Promise<Uint8Array> {
    return this.#parts.packs.read(pack, position, length);
  }

  async beginBackup(request: BackupRequest): Promise<BackupSession> {
    const { writing } = this.#parts;
    if (writing === undefined) throw new Error(`${this.name} was opened to be read`);
    if (this.#session?.hasEnded === false) {
      throw new RepositoryLocked(this.name, "a session of this process");
    }
    this.#session = LocalSession.begin(writing, request);
    return this.#session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#session?.[Symbol.asyncDispose]();
    } finally {
      await this.#parts.close();
    }
  }
}

/**
 * What a session that died has left is put right: its set is interrupted, the journal gets what it
 * lacks, and packs that no row knows are removed, unless `unknownPacks` says that they may matter.
 */
async function recover(target: IngestTarget, unknownPacks: "keep" | "remove"): Promise<void> {
  const { catalog, packs, journal } = target;
  const end = { state: "interrupted", endedMs: undefined, error: undefined } as const;
  const died = catalog.sets.running();
  if (died.length > 0) {
    catalog.transaction(() => {
      for (const id of died) catalog.sets.end(id, end);
    });
  }
  await catchUp(catalog, journal);
  if (unknownPacks === "keep") return;
  for await (const pack of packs.list()) {
    if (!catalog.contents.hasPack(pack)) await packs.remove(pack);
  }
}

async function openReader(
  folder: RepositoryFolder,
  { notice, access, encryption }: LocalRepositoryOptions & { readonly access: "look" | "read" },
  stack: AsyncDisposableStack,
): Promise<Omit<LocalRepositoryParts, "close">> {
  const { catalog, scratch } = await openToRead(folder, notice, access);
  stack.use(scratch);
  stack.use(catalog);
  checkEncryption(catalog, encryption, folder.path);
  return { name: folder.path, catalog, packs: folder.packs, writing: undefined };
}

async function openWriter(
  folder: RepositoryFolder,
  options: LocalRepositoryOptions,
  stack: AsyncDisposableStack,
): Promise<Omit<LocalRepositoryParts, "close">> {
  const { command, takeover, now, notice, copyCount, encryption } = options;
  const lock = stack.use(folder.lock({ identity: thisProcess(), command, now, takeover }));
  options.prepare?.();
  const { catalog, journal, before } = await openToWrite(folder, notice, (found) =>
    checkEncryption(found, encryption, folder.path),
  );
  stack.defer(() => closeWriter(folder, { catalog, journal, copyCount }));
  catalog.transaction(() => markEncryption(catalog, encryption));
  const heartbeat = (): void => lock.heartbeat();
  const writing = { catalog, packs: folder.packs, journal, now, notice, heartbeat };
  const mayMatter = catalog.settings.get("local.unknown-packs") === "keep";
  await recover(writing, before === "clean" || mayMatter ? "keep" : "remove");
  return { name: folder.path, catalog, packs: folder.packs, writing };
}

/** Sealed only if nobody reads the catalog now: else the next writer finds it as after a crash. */
async function closeWriter(
  folder: RepositoryFolder,
  open: { readonly catalog: Catalog; readonly journal: JournalFile; readonly copyCount: number },
): Promise<void> {
  const { catalog, copyCount } = open;
  using journal = open.journal;
  const copyIsDue = isCopyDue(folder, catalog, journal);
  if (copyIsDue) catalog.settings.setLocal("local.copied-at", String(journal.lengthBytes));
  const log = catalog.endLog();
  catalog[Symbol.dispose]();
  if (log === "in-use") return;
  if (copyIsDue) await folder.copies.rotate(copyCount);
  folder.seal.write();
}

/**
 * The journal is the first to make a lost catalog from; a copy is for the day when both are lost.
 * Made this rarely it costs little: half of what the journal itself has cost, at most.
 */
function isCopyDue(folder: RepositoryFolder, catalog: Catalog, journal: JournalFile): boolean {
  const grown = journal.lengthBytes - Number(catalog.settings.get("local.copied-at") ?? 0);
  return grown > Math.max(COPY_AFTER_BYTES, sizeOfFile(folder.catalogPath) / 2);
}
