/**
 * `tardis ls`: looks up what became of paths over the sets, and tells it folder by folder as it is
 * found. Written against Repository only.
 */
import type { BackupSet } from "../core/backup-set.ts";
import { type FilePath, ROOT_PATH, displayPath, namesOf } from "../core/byte-string.ts";
import { Interrupted, UsageError } from "../core/errors.ts";
import type { ContentId, DirectoryId } from "../core/ids.ts";
import type {
  EntryHistory,
  ListGroup,
  ListOptions,
  ListOutcome,
  ListPath,
  ListWanted,
} from "../core/list-options.ts";
import type { Reporter } from "../core/progress.ts";
import type { Repository } from "../core/repository.ts";
import { chooseSetRange } from "./find-set.ts";
import { findByName } from "./find-by-name.ts";
import { nearPaths } from "./find-version.ts";
import { followRenames } from "./follow-renames.ts";
import { foundByGlob } from "./glob-paths.ts";
import {
  type FolderHistory,
  type Found,
  entriesIn,
  entryHistory,
  findInHistory,
  folderOf,
  rootHistory,
} from "./history.ts";
import { openRepository } from "./open-repository.ts";

/** Folders whose entries are looked up in one call. */
const FOLDERS_PER_CALL = 64;
/** Entries told together where there is no folder to tell them by. */
const CONTENTS_PER_CALL = 1000;

type Show = (group: ListGroup) => Promise<void>;
type WantedPaths = Extract<ListWanted, { kind: "paths" }>;

/** Throws UsageError, NoRepository, RepositoryCorrupt, Interrupted. */
export async function runList(
  options: ListOptions,
  reporter: Reporter,
  show: Show,
): Promise<ListOutcome> {
  const { repository: location, now, wanted } = options;
  const first = wanted.kind === "names" ? "names" : "anything";
  await using repository = await openRepository(location, { now, reporter }, first);
  return await listEntries(repository, options, show);
}

/** The same of a repository that is open. */
export async function listEntries(
  repository: Repository,
  options: ListOptions,
  show: Show,
): Promise<ListOutcome> {
  const sets = setsOf(await repository.backupSets(), options, repository.name);
  const lister = new Lister(repository, sets, { options, show });
  const { wanted } = options;
  if (wanted.kind === "names") await lister.listNames(wanted.pattern);
  else await lister.listPaths(wanted);
  return { sets, missing: lister.missing, entries: lister.entries };
}

function setsOf(
  all: readonly BackupSet[],
  { setRange, fromMs = -Infinity, toMs = Infinity }: ListOptions,
  where: string,
): readonly BackupSet[] {
  const ranged = setRange === undefined ? all : chooseSetRange(all, setRange, where);
  const sets = ranged.filter(({ startedMs }) => startedMs >= fromMs && startedMs <= toMs);
  if (sets.length > 0 || ranged.length === 0) return sets;
  const [first, last] = [ranged[0], ranged.at(-1)];
  throw new UsageError(
    `${where} has no backup set of that time`,
    `From ${first?.name} to ${last?.name}: tardis admin list shows when each was made.`,
  );
}

class Lister {
  readonly missing: { readonly message: string; readonly hint: string }[] = [];
  entries = 0;
  readonly #repository: Repository;
  readonly #options: ListOptions;
  readonly #show: Show;
  readonly #root: FolderHistory;

  constructor(
    repository: Repository,
    sets: readonly BackupSet[],
    { options, show }: { readonly options: ListOptions; readonly show: Show },
  ) {
    this.#repository = repository;
    this.#options = options;
    this.#show = show;
    this.#root = rootHistory(repository, sets);
  }

  async listNames(pattern: string): Promise<void> {
    for await (const entries of findByName(this.#repository, this.#root, pattern)) {
      this.#expectNotStopped();
      await this.#tell(undefined, entries);
    }
    if (this.entries > 0) return;
    this.missing.push({
      message: `no name in these backup sets matches ${pattern}`,
      hint: 'A pattern is for a whole name: write "*part*" for a part of one.',
    });
  }

  async listPaths(wanted: WantedPaths): Promise<void> {
    const entries: EntryHistory[] = [];
    const folders: FolderHistory[] = [];
    for (const path of wanted.paths) {
      if (path.path === ROOT_PATH && wanted.folders !== "themselves") folders.push(this.#root);
      for (const found of await this.#lookUp(path)) {
        const history = entryHistory(found);
        if (history === undefined) continue;
        if (wanted.folders !== "themselves" && isFolder(history)) folders.push(folderOf(found));
        else entries.push(await this.#followed(history, wanted));
      }
    }
    if (entries.length > 0) await this.#tell(undefined, entries);
    await this.#listFolders(folders, wanted, 0);
  }

  /** Siblings are looked up together and told one after the other, each before what is in it. */
  async #listFolders(
    folders: readonly FolderHistory[],
    wanted: WantedPaths,
    depth: number,
  ): Promise<void> {
    for (let start = 0; start < folders.length; start += FOLDERS_PER_CALL) {
      this.#expectNotStopped();
      const some = folders.slice(start, start + FOLDERS_PER_CALL);
      const contents = await entriesIn(this.#repository, some);
      for (const [index, folder] of some.entries())
        await this.#listFolder(folder, contents[index] ?? [], { wanted, depth });
    }
  }

  async #listFolder(
    folder: FolderHistory,
    contents: readonly Found[],
    { wanted, depth }: { readonly wanted: WantedPaths; readonly depth: number },
  ): Promise<void> {
    const shown = contents.flatMap((found) => {
      if (wanted.hidden === "leave-out" && found.name.startsWith(".")) return [];
      const history = entryHistory(found);
      return history === undefined ? [] : [{ found, history }];
    });
    await this.#tell(
      folder.path,
      shown.map(({ history }) => history),
    );
    if (wanted.folders !== "recurse" || depth >= wanted.depthMax) return;
    // What is a file now may have been a folder.
    const below = shown.map(({ found }) => folderOf(found)).filter(({ spans }) => spans.length > 0);
    await this.#listFolders(below, wanted, depth + 1);
  }

  /** Where it is none of these, that is told by `missing`. */
  async #lookUp({ path, others, form }: ListPath): Promise<readonly Found[]> {
    for (const candidate of [path, ...others]) {
      const found =
        form === "glob"
          ? await foundByGlob(this.#repository, this.#root, candidate)
          : [await findInHistory(this.#repository, this.#root, candidate)];
      const there = found.filter((each) => each !== undefined && entryHistory(each) !== undefined);
      if (there.length > 0 || candidate === ROOT_PATH)
        return there.filter((each) => each !== undefined);
    }
    this.missing.push(form === "glob" ? noMatch(path) : await this.#notThere(path));
    return [];
  }

  async #notThere(path: FilePath): Promise<{ message: string; hint: string }> {
    let folder = this.#root;
    let near: readonly FilePath[] = [];
    for (const name of namesOf(path)) {
      const [contents = []] = await entriesIn(this.#repository, [folder]);
      const there = contents.filter((found) => entryHistory(found) !== undefined);
      const found = there.find((each) => each.name === name);
      near = nearPaths(folder.path, name, there);
      if (found === undefined) break;
      folder = folderOf(found);
    }
    return {
      message: `${displayPath(path)} is in none of the backup sets`,
      hint:
        near.length > 0
          ? `There are: ${near.map(displayPath).join(", ")}.`
          : 'Name it as it was when it was backed up, or look for it: tardis ls --find "*name*".',
    };
  }

  async #followed(history: EntryHistory, { renames }: WantedPaths): Promise<EntryHistory> {
    if (renames === "ignore") return history;
    return await followRenames(this.#repository, this.#root, history);
  }

  async #tell(folder: FilePath | undefined, entries: readonly EntryHistory[]): Promise<void> {
    this.entries += entries.length;
    const { details } = this.#options;
    await this.#show({
      folder,
      entries,
      chainLengths: details.includes("chain-lengths")
        ? await this.#chainLengths(entries)
        : new Map<ContentId, number>(),
      entryCounts: details.includes("entry-counts")
        ? await this.#entryCounts(entries)
        : new Map<DirectoryId, number>(),
    });
  }

  async #chainLengths(entries: readonly EntryHistory[]): Promise<ReadonlyMap<ContentId, number>> {
    const contents = new Set(
      entries
        .flatMap(({ states }) => states.map(({ version }) => version?.content))
        .filter((content) => content !== undefined),
    );
    const all = [...contents];
    const lengths = new Map<ContentId, number>();
    for (let start = 0; start < all.length; start += CONTENTS_PER_CALL) {
      const some = all.slice(start, start + CONTENTS_PER_CALL);
      const chains = await this.#repository.chains(some);
      for (const [index, content] of some.entries()) {
        const chain = chains[index];
        if (chain !== undefined) lengths.set(content, chain.length - 1);
      }
    }
    return lengths;
  }

  async #entryCounts(entries: readonly EntryHistory[]): Promise<ReadonlyMap<DirectoryId, number>> {
    const counts = new Map<DirectoryId, number>();
    for (const { states, sets } of entries) {
      const state = states.findLast(({ version }) => version?.child !== undefined);
      const directory = state?.version?.child;
      const set = state && sets[state.to];
      if (directory === undefined || set === undefined) continue;
      const [rows = []] = await this.#repository.histories([{ directory, name: undefined }]);
      const { id } = set;
      const there = rows.filter((row) => row.firstSet <= id && id <= (row.lastSet ?? Infinity));
      counts.set(directory, there.length);
    }
    return counts;
  }

  #expectNotStopped(): void {
    if (this.#options.signal.aborted) throw new Interrupted("the list");
  }
}

/** In the newest set that has it. */
function isFolder({ states }: EntryHistory): boolean {
  return states.findLast(({ version }) => version !== undefined)?.version?.kind === "directory";
}

function noMatch(pattern: FilePath): { message: string; hint: string } {
  return {
    message: `nothing in these backup sets matches ${displayPath(pattern)}`,
    hint: "docs/patterns.md tells what the characters mean; quote the pattern for the shell.",
  };
}
