/**
 * A catalog made again: from the newest copy that is whole and the journal since, or from the whole
 * journal where there is no copy. In that order, because a copy knows how long the journal was:
 * of one that was cut off nothing else tells. Nothing of it is durable, or known to be whole,
 * before it has the mark of the journal's end (journal-records.ts).
 */
import { Catalog } from "../catalog/catalog.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import type { JournalFile } from "../store/journal-file.ts";
import type { RepositoryFolder } from "../store/repository-folder.ts";
import { rememberEnd, rememberedEnd, replay } from "./journal-records.ts";

export type Rebuilt = {
  readonly catalog: Catalog;
  /** What it was made from, for people. */
  readonly source: string;
};

/**
 * At `path`, where there is no file; outside of WAL mode. `reason` is why the catalog is of no
 * use; it is thrown when nothing else is either.
 */
export async function rebuildCatalog(
  folder: RepositoryFolder,
  path: string,
  reason: RepositoryCorrupt,
): Promise<Rebuilt> {
  for (const number of folder.copies.numbers()) {
    const rebuilt = await fromCopy(folder, number, path);
    if (rebuilt !== undefined) return rebuilt;
  }
  const journal = attempt(() => folder.journal({ access: "read" }));
  if (journal === undefined) throw reason;
  using whole = journal;
  return { catalog: fromJournal(whole, path), source: "its journal" };
}

function fromJournal(journal: JournalFile, path: string): Catalog {
  const catalog = Catalog.create(path);
  try {
    replay(catalog, journal.records(), journal.path);
    catalog.checkReferences();
    markWhole(catalog, journal);
    return catalog;
  } catch (error) {
    catalog[Symbol.dispose]();
    throw error;
  }
}

/** undefined: this copy is damaged. */
async function fromCopy(
  folder: RepositoryFolder,
  number: number,
  path: string,
): Promise<Rebuilt | undefined> {
  const copy = folder.copies.pathOf(number);
  try {
    await folder.copies.extract(number, path);
    const catalog = Catalog.open(path, "write");
    try {
      catalog.check();
      const isCurrent = bringUpToDate(catalog, folder);
      const lack = isCurrent ? " and its journal" : "; what was saved later is not in it";
      return { catalog, source: `${copy}${lack}` };
    } catch (error) {
      catalog[Symbol.dispose]();
      throw error;
    }
  } catch (error) {
    folder.copies.discard(path);
    if (error instanceof RepositoryCorrupt) return undefined;
    throw error;
  }
}

/** Whether the journal could tell what came after the copy. */
function bringUpToDate(catalog: Catalog, folder: RepositoryFolder): boolean {
  const from = rememberedEnd(catalog);
  const journal = from && attempt(() => folder.journal({ access: "read", from }));
  if (journal === undefined) return false;
  using rest = journal;
  replay(catalog, rest.records(from), rest.path);
  catalog.checkReferences();
  markWhole(catalog, rest);
  return true;
}

/** The journal has all that the catalog has: both end at the same place. */
function markWhole(catalog: Catalog, journal: JournalFile): void {
  catalog.transaction(() => {
    catalog.journal.markWritten();
    rememberEnd(catalog, journal.endMark);
  });
}

/** undefined: it is damaged. */
function attempt(open: () => JournalFile): JournalFile | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof RepositoryCorrupt) return undefined;
    throw error;
  }
}
