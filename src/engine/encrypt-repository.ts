/**
 * `tardis admin encrypt`: a repository that is not encrypted becomes one that is, with all sets.
 *
 * Beside it, in CLIENT.encrypting, a second repository is made: contents get keyed ids, parcels are
 * written anew, then names, seals and everything else in one transaction. It is read as a whole
 * before it takes the other's place, and only then what was there is removed. Until that moment the
 * first one is as it was, and goes on where it stopped when it is interrupted. docs/format.md §7.6.
 */
import { join } from "node:path";
import { Catalog } from "../catalog/catalog.ts";
import type { CatalogConversion } from "../catalog/conversion.ts";
import { EXIT, Interrupted, NoRepository, RepositoryCorrupt, TardisError } from "../core/errors.ts";
import type { ContentId } from "../core/ids.ts";
import type { Reporter } from "../core/progress.ts";
import type { RepositoryOptions } from "../core/repository-options.ts";
import { contentCrypto } from "../format/content-crypto.ts";
import { Seals } from "../format/entry-seals.ts";
import { ParcelCipher } from "../format/parcel-cipher.ts";
import { isMountPoint, withoutLinks } from "../store/folder-place.ts";
import { PackReader } from "../store/pack-reader.ts";
import { thisProcess } from "../store/process-identity.ts";
import { RepositoryFolder } from "../store/repository-folder.ts";
import { openToRead } from "./catalog-opening.ts";
import { convertParcel } from "./converted-parcels.ts";
import { Disguise } from "./disguise.ts";
import { EncryptedRepository } from "./encrypted-repository.ts";
import { isMarkedEncrypted, markEncryption } from "./encryption-mark.ts";
import { rememberedEnd } from "./journal-records.ts";
import { openLocalRepository } from "./local-repository.ts";
import { PackAppender } from "./pack-appender.ts";
import { EverythingReader } from "./read-everything.ts";
import { Regenerator } from "./regenerate.ts";
import { sealSets } from "./set-seals.ts";
import { type Unlocked, newKeys, readRecord, storeKeys, unlock } from "./unlock.ts";

/** Beside the repository's folder. */
const NEW_SUFFIX = ".encrypting";
const OLD_SUFFIX = ".unencrypted";
const COMMAND = "admin encrypt";
const CATALOG_WRITTEN_ANEW = "tardis.db";

export type EncryptHost = {
  readonly now: () => number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
};

export type EncryptOutcome = { readonly contents: number; readonly sets: number };

export async function encryptRepository(
  { folder, ...options }: RepositoryOptions,
  host: EncryptHost,
): Promise<EncryptOutcome> {
  const path = withoutLinks(folder);
  const location = { ...options, folder: path };
  RepositoryFolder.finishReplacement(path, path + NEW_SUFFIX, path + OLD_SUFFIX);
  const old = RepositoryFolder.open(path);
  if (readRecord(old) !== undefined) {
    if (RepositoryFolder.removeIfThere(path + OLD_SUFFIX)) return { contents: 0, sets: 0 };
    throw alreadyEncrypted(path);
  }
  if (isMountPoint(path)) throw notToBeReplaced(path);
  await settle(path, host);
  const outcome = await convert(old, location, host);
  RepositoryFolder.removeIfThere(path + OLD_SUFFIX);
  return outcome;
}

/** As a backup would: what a run that died has left is put right. */
async function settle(path: string, { now, reporter }: EncryptHost): Promise<void> {
  const repository = await openLocalRepository(RepositoryFolder.open(path), {
    access: "write",
    command: COMMAND,
    takeover: "refuse",
    copyCount: 0,
    now,
    notice: (text) => reporter.notice("notice", text),
  });
  await repository[Symbol.asyncDispose]();
}

/** With the old one locked all the while. */
async function convert(
  old: RepositoryFolder,
  location: RepositoryOptions,
  host: EncryptHost,
): Promise<EncryptOutcome> {
  const { now, reporter } = host;
  const notice = (text: string): void => reporter.notice("notice", text);
  const identity = thisProcess();
  using lock = old.lock({ identity, command: COMMAND, now, takeover: "refuse" });
  const opened = await openToRead(old, notice);
  using _scratch = opened.scratch;
  using source = opened.catalog;
  const { target, unlocked } = await prepare(source, location, host);
  const work = new Work({ old, source, target, unlocked, host, heartbeat: () => lock.heartbeat() });
  await work.run();
  const outcome = await verify(target.path, unlocked, host);
  RepositoryFolder.replace(old.path, target.path, old.path + OLD_SUFFIX);
  return outcome;
}

/** The new folder, as far as it came the last time, if the old one is still as it was then. */
async function prepare(
  source: Catalog,
  location: RepositoryOptions,
  { reporter }: EncryptHost,
): Promise<{ readonly target: RepositoryFolder; readonly unlocked: Unlocked }> {
  const path = location.folder + NEW_SUFFIX;
  const end = endOf(source);
  const before = folderIfAny(path);
  if (before !== undefined && isOf(before, end)) {
    const unlocked = await unlock(before, { ...location, folder: path });
    if (unlocked !== undefined) {
      reporter.notice("notice", "going on where it stopped");
      return { target: before, unlocked };
    }
  }
  const made = await newKeys(location);
  RepositoryFolder.removeIfThere(path);
  const target = RepositoryFolder.create(path, location.clientName);
  storeKeys(target, made.record, location.unlock);
  source.copyTo(target.catalogPath);
  using catalog = Catalog.open(target.catalogPath, "write");
  catalog.settings.setLocal("local.converting", end);
  return { target, unlocked: made };
}

type WorkParts = {
  readonly old: RepositoryFolder;
  readonly source: Catalog;
  readonly target: RepositoryFolder;
  readonly unlocked: Unlocked;
  readonly host: EncryptHost;
  readonly heartbeat: () => void;
};

class Work {
  readonly #parts: WorkParts;

  constructor(parts: WorkParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { target, unlocked, host } = this.#parts;
    const written = join(target.temporaryPath, CATALOG_WRITTEN_ANEW);
    RepositoryFolder.removeIfThere(written);
    {
      using catalog = Catalog.open(target.catalogPath, "write");
      // Else all is converted, and only what follows was interrupted.
      if (!isMarkedEncrypted(catalog)) await this.#convert(catalog);
      // SQLite leaves what rows were before in pages that are free now.
      catalog.copyTo(written);
    }
    target.installCatalog(written);
    // Writes the journal, and closes the catalog as any writer does.
    const repository = await openLocalRepository(target, {
      access: "write",
      command: COMMAND,
      takeover: "refuse",
      copyCount: 0,
      encryption: unlocked.repository,
      now: host.now,
      notice: (text) => host.reporter.notice("notice", text),
    });
    await repository[Symbol.asyncDispose]();
  }

  async #convert(catalog: Catalog): Promise<void> {
    const conversion = catalog.conversion();
    this.#nameContents(catalog, conversion);
    await this.#moveParcels(catalog, conversion);
    this.#tell("names and seals");
    const { keys, repository } = this.#parts.unlocked;
    const disguise = new Disguise(keys);
    const seals = new Seals(keys.auth);
    catalog.transaction(() => {
      conversion.finish({
        name: (name) => disguise.names.seal(name),
        path: (path) => disguise.names.sealPath(path),
        user: (name) => disguise.names.sealAs("user", name),
        group: (name) => disguise.names.sealAs("group", name),
        commandLine: (bytes) => disguise.sealBytes("command line", bytes),
        configuration: (bytes) => disguise.sealBytes("configuration", bytes),
        error: (text) => disguise.sealText("reason", text),
        entrySeal: (entry) => seals.entry(entry),
        digest: (plain, entries) => {
          const digest = seals.digest(plain);
          return { digest, seal: seals.bound(seals.listing(entries), digest) };
        },
      });
      catalog.forget();
      sealSets(catalog, seals);
      markEncryption(catalog, repository);
      catalog.journal.markNothingWritten();
    });
  }

  /** Every content is made once from what is stored, and so is checked too. */
  #nameContents(catalog: Catalog, conversion: CatalogConversion): void {
    const { old, source, unlocked } = this.#parts;
    using packs = new PackReader(old.packsPath);
    const regenerator = new Regenerator(packs, old.temporaryPath, contentCrypto(undefined));
    const { ids } = contentCrypto(unlocked.keys);
    for (let page = conversion.contentsToName(); page.length > 0;) {
      this.#tell("contents");
      catalog.transaction(() => {
        for (const { row } of page) {
          const hasher = ids.hasher();
          for (const piece of regenerator.pieces(source.contents.chain(row))) hasher.update(piece);
          conversion.keepId(row, hasher.finish());
          this.#beat();
        }
      });
      page = conversion.contentsToName();
    }
  }

  async #moveParcels(catalog: Catalog, conversion: CatalogConversion): Promise<void> {
    const { old, source, target, unlocked } = this.#parts;
    const { ids } = contentCrypto(unlocked.keys);
    // What a crash has left: no row tells of it.
    for await (const pack of target.packs.list()) {
      if (!conversion.hasNewPack(pack)) await target.packs.remove(pack);
    }
    const newId = (content: ContentId): ContentId => {
      const row = source.contents.find(content)?.row;
      // A blob that no row tells of any more: it only must not keep its old name.
      const known = row === undefined ? undefined : conversion.newId(row);
      return known ?? ids.of(Uint8Array.fromHex(content));
    };
    const cipher = new ParcelCipher(unlocked.keys.content);
    await using to = new PackAppender(target.packs);
    for (let page = conversion.parcelsToMove(); page.length > 0;) {
      this.#tell("packs");
      const moved: (() => void)[] = [];
      for (const { row, location } of page) {
        const place = await convertParcel(location, { from: old.packs, to, cipher, newId });
        moved.push(() => conversion.keepParcel(row, place));
        this.#beat();
      }
      await to.sync();
      catalog.transaction(() => {
        for (const keep of moved) keep();
      });
      to.committed();
      page = conversion.parcelsToMove();
    }
  }

  #beat(): void {
    const { host, heartbeat } = this.#parts;
    if (host.signal.aborted) throw new Interrupted("the encryption");
    heartbeat();
  }

  #tell(what: string): void {
    this.#parts.host.reporter.notice("detail", `encrypting: ${what}`);
  }
}

/** All that is in the new one is read, with the keys alone. */
async function verify(
  path: string,
  { keys, repository: encryption }: Unlocked,
  { now, reporter, signal }: EncryptHost,
): Promise<EncryptOutcome> {
  reporter.notice("detail", "verifying");
  const folder = RepositoryFolder.open(path);
  using packs = new PackReader(folder.packsPath);
  const regenerator = new Regenerator(packs, folder.temporaryPath, contentCrypto(keys));
  const local = await openLocalRepository(folder, {
    access: "read",
    command: COMMAND,
    takeover: "refuse",
    copyCount: 0,
    encryption,
    now,
    notice: (text) => reporter.notice("notice", text),
  });
  await using repository = new EncryptedRepository(local, keys, "on");
  const reader = new EverythingReader(repository, regenerator, () => {
    if (signal.aborted) throw new Interrupted("the encryption");
  });
  const sets = await repository.backupSets();
  for (const { id } of sets) await reader.readSet(id);
  return { contents: reader.contentCount, sets: sets.length };
}

/** Says whether anything was saved since. */
function endOf(catalog: Catalog): string {
  const end = rememberedEnd(catalog);
  return end === undefined ? "nothing" : `${end.lengthBytes} ${end.sum}`;
}

/** Nothing is only in it, so what a crash left of its catalog is no damage: it is begun anew. */
function isOf(folder: RepositoryFolder, end: string): boolean {
  if (folder.isUnused || readRecord(folder) === undefined) return false;
  try {
    using catalog = Catalog.open(folder.catalogPath, "write");
    return catalog.settings.get("local.converting") === end;
  } catch (error) {
    if (error instanceof RepositoryCorrupt) return false;
    throw error;
  }
}

function folderIfAny(path: string): RepositoryFolder | undefined {
  try {
    return RepositoryFolder.open(path);
  } catch (error) {
    if (error instanceof NoRepository) return undefined;
    throw error;
  }
}

function alreadyEncrypted(path: string): TardisError {
  return new TardisError(`${path} is encrypted already`, {
    hint: "Change its password with tardis admin chpass. Nothing was done.",
    exitCode: EXIT.usage,
  });
}

/** Said before all the work, at the end of which it could not be renamed. */
function notToBeReplaced(path: string): TardisError {
  return new TardisError(`${path} is where something is mounted: no other can take its place`, {
    hint:
      "Move all that is in it into a new folder on the same file system, encrypt that " +
      "(-R FOLDER), and move it back. Nothing was done.",
    exitCode: EXIT.failed,
  });
}
