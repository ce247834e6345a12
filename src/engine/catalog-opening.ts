/**
 * Opens a repository's catalog, whatever state a crash, a copy or a bad disk has left it in.
 *
 * A seal that fits: it was closed, and is whole. No seal: somebody writes to it, or died doing so;
 * SQLite's own log makes it whole. A wrong seal, or SQLite finding fault: it is made again from the
 * journal. Whoever writes does that in its place and keeps the damaged file; whoever only reads
 * does it in a scratch folder and changes nothing.
 */
import { join } from "node:path";
import { Catalog } from "../catalog/catalog.ts";
import { NoRepository, RepositoryCorrupt } from "../core/errors.ts";
import type { RepositoryFolder } from "../store/repository-folder.ts";
import { ScratchFolder } from "../store/scratch-folder.ts";
import { fileExists } from "../store/files.ts";
import type { JournalFile } from "../store/journal-file.ts";
import { rememberEnd, rememberedEnd } from "./journal-records.ts";
import { rebuildCatalog } from "./rebuild.ts";

export type OpenedToWrite = {
  readonly catalog: Catalog;
  readonly journal: JournalFile;
  /** clean: it was closed. interrupted: packs may lie about that nothing refers to. */
  readonly before: "clean" | "interrupted";
};

type Notice = (text: string) => void;

const CATALOG_IN_THE_MAKING = "tardis.db";
/** A log of SQLite's, beside the catalog. */
const LOG_SUFFIXES = ["-wal", "-shm", "-journal"];

/**
 * With the lock held. Makes the catalog of a new repository. `accept` throws what speaks against
 * writing to it, before anything is written.
 */
export async function openToWrite(
  folder: RepositoryFolder,
  notice: Notice,
  accept: (catalog: Catalog) => void,
): Promise<OpenedToWrite> {
  const seal = folder.seal.verify();
  const catalog =
    seal.kind === "broken"
      ? await mendInPlace(folder, new RepositoryCorrupt(folder.catalogPath, seal.detail), notice)
      : await openOrMend(folder, seal.kind, notice);
  try {
    accept(catalog);
    folder.seal.remove();
    catalog.startLog();
    const journal = await openJournal(folder, catalog, notice);
    return { catalog, journal, before: seal.kind === "whole" ? "clean" : "interrupted" };
  } catch (error) {
    catalog[Symbol.dispose]();
    throw error;
  }
}

/**
 * "look": the catalog is not read through before, if it seems untouched since it was closed.
 * Throws NoRepository when there is neither a catalog nor anything to make it from.
 */
export async function openToRead(
  folder: RepositoryFolder,
  notice: Notice,
  purpose: "read" | "look" = "read",
): Promise<{ readonly catalog: Catalog; readonly scratch: ScratchFolder | undefined }> {
  let seal = purpose === "look" ? folder.seal.glance() : folder.seal.verify();
  // A writer that begins while the checksum is made breaks the seal; then it is gone by now.
  if (seal.kind === "broken") seal = folder.seal.verify();
  try {
    if (seal.kind === "broken") throw new RepositoryCorrupt(folder.catalogPath, seal.detail);
    return await openAsItIs(folder);
  } catch (error) {
    if (!(error instanceof RepositoryCorrupt)) throw error;
    return mendAside(folder, error, notice);
  }
}

async function openOrMend(
  folder: RepositoryFolder,
  seal: "whole" | "none",
  notice: Notice,
): Promise<Catalog> {
  if (!fileExists(folder.catalogPath)) {
    if (!(await hasHistory(folder))) return makeInPlace(folder);
    const reason = new RepositoryCorrupt(folder.catalogPath, "the file is missing");
    return mendInPlace(folder, reason, notice);
  }
  try {
    const catalog = Catalog.open(folder.catalogPath, "write");
    try {
      if (seal === "none") catalog.check();
      return catalog;
    } catch (error) {
      catalog[Symbol.dispose]();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof RepositoryCorrupt)) throw error;
    return mendInPlace(folder, error, notice);
  }
}

/** Whole or not at all: a crash leaves no catalog without its tables. */
function makeInPlace(folder: RepositoryFolder): Catalog {
  const temporary = join(folder.temporaryPath, CATALOG_IN_THE_MAKING);
  Catalog.create(temporary)[Symbol.dispose]();
  folder.installCatalog(temporary);
  return Catalog.open(folder.catalogPath, "write");
}

async function mendInPlace(
  folder: RepositoryFolder,
  reason: RepositoryCorrupt,
  notice: Notice,
): Promise<Catalog> {
  const path = folder.catalogPath;
  const temporary = join(folder.temporaryPath, CATALOG_IN_THE_MAKING);
  const { catalog, source } = await rebuildCatalog(folder, temporary, reason);
  catalog.settings.setLocal("local.unknown-packs", "keep");
  catalog[Symbol.dispose]();
  const aside = fileExists(path) ? folder.setAside(path) : undefined;
  for (const suffix of LOG_SUFFIXES) {
    if (fileExists(path + suffix)) folder.setAside(path + suffix);
  }
  folder.installCatalog(temporary);
  const kept = aside === undefined ? "" : `; the damaged file is kept as ${aside}`;
  notice(`${reason.message}: it was made again from ${source}${kept}`);
  return Catalog.open(path, "write");
}

async function mendAside(
  folder: RepositoryFolder,
  reason: RepositoryCorrupt,
  notice: Notice,
): Promise<{ readonly catalog: Catalog; readonly scratch: ScratchFolder }> {
  const scratch = new ScratchFolder();
  try {
    const { catalog, source } = await rebuildCatalog(folder, scratch.join("tardis.db"), reason);
    notice(`${reason.message}: read from ${source}; the next backup mends it`);
    return { catalog, scratch };
  } catch (error) {
    scratch[Symbol.dispose]();
    throw error;
  }
}

/** Beside a log that a writer left on a medium that cannot be written, only a copy can be read. */
async function openAsItIs(
  folder: RepositoryFolder,
): Promise<{ readonly catalog: Catalog; readonly scratch: ScratchFolder | undefined }> {
  const path = folder.catalogPath;
  if (!fileExists(path)) {
    if (await hasHistory(folder)) throw new RepositoryCorrupt(path, "the file is missing");
    throw new NoRepository(folder.path, "It was made, but nothing was saved into it yet.");
  }
  const logs = [`${path}-wal`, `${path}-journal`];
  const hasLog = logs.some(fileExists);
  if (!hasLog || folder.isWritable) {
    return { catalog: Catalog.open(path, hasLog ? "write" : "read"), scratch: undefined };
  }
  const scratch = new ScratchFolder();
  try {
    const copy = scratch.copy([path, ...logs]);
    return { catalog: Catalog.open(copy, "write"), scratch };
  } catch (error) {
    scratch[Symbol.dispose]();
    throw error;
  }
}

/** The journal, in line with the catalog: one that is not what that knows is written anew. */
async function openJournal(
  folder: RepositoryFolder,
  catalog: Catalog,
  notice: Notice,
): Promise<JournalFile> {
  const from = rememberedEnd(catalog);
  try {
    if (from === undefined) return remember(catalog, folder.journal({ access: "append" }));
    return folder.journal({ access: "append", from });
  } catch (error) {
    if (!(error instanceof RepositoryCorrupt)) throw error;
    notice(`${error.message}: it was written anew from the catalog`);
    return anewFrom(catalog, folder);
  }
}

/** The damaged one is kept. The catalog then owes the journal all it has. */
async function anewFrom(catalog: Catalog, folder: RepositoryFolder): Promise<JournalFile> {
  if (fileExists(folder.journalPath)) folder.setAside(folder.journalPath);
  catalog.transaction(() => catalog.journal.markNothingWritten());
  return remember(catalog, folder.journal({ access: "append" }));
}

function remember(catalog: Catalog, journal: JournalFile): JournalFile {
  catalog.transaction(() => rememberEnd(catalog, journal.endMark));
  return journal;
}

/** Whether anything was ever saved here: then a catalog that is missing was lost. */
async function hasHistory(folder: RepositoryFolder): Promise<boolean> {
  for await (const _pack of folder.packs.list()) return true;
  if (folder.copies.numbers().length > 0) return true;
  if (!fileExists(folder.journalPath)) return false;
  try {
    using journal = folder.journal({ access: "read" });
    return journal.records().next().done !== true;
  } catch (error) {
    if (error instanceof RepositoryCorrupt) return true;
    throw error;
  }
}
