/**
 * Restores entries of a set below an output folder: directories first, files through the workers in
 * the order of the packs, the name of a directory when its files are there, hard links when their
 * first name is there, and what is to be said of a directory when all in it is done. Written
 * against Repository only.
 */
import { type FilePath, joinPath } from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { Interrupted, RepositoryCorrupt } from "../core/errors.ts";
import type { BackupSetId, ContentId, DirectoryId } from "../core/ids.ts";
import type { Problem, Reporter } from "../core/progress.ts";
import type { DeltaChain, Repository } from "../core/repository.ts";
import type { RestoreCounts, RestoreOptions } from "../core/restore-options.ts";
import { SourceFailed } from "../source/problem.ts";
import type { RestoreTarget } from "../source/restore-target.ts";
import { FirstFailure } from "./first-failure.ts";
import { GarbageSchedule } from "./garbage.ts";
import type { FileToRestore, RestoreDone } from "./jobs.ts";
import type { ProblemLog } from "./problem-log.ts";
import { RestoreFolder } from "./restore-folder.ts";
import { WINDOW_ENTRIES, directoriesPerCall, isQuicklyFilled, planJobs } from "./restore-plan.ts";
import { packFiles } from "./restore-table.ts";
import { othersTurn } from "./slices.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** Entries restored between two collections of garbage: each leaves about two kilobytes. */
const GARBAGE_ENTRIES = 4096;

/** An entry of the set, and where it goes below the output; the empty path is the output itself. */
export type RestoreItem =
  | { readonly kind: "entry"; readonly version: Version; readonly path: FilePath }
  | { readonly kind: "inside"; readonly directory: DirectoryId; readonly path: FilePath };

export type RestoreContext = {
  readonly repository: Repository;
  readonly set: BackupSetId;
  readonly target: RestoreTarget;
  readonly folders: FolderFinisher;
  readonly pool: WorkerPool;
  readonly options: Pick<RestoreOptions, "hardLinks" | "directories" | "attributes" | "signal">;
  readonly problems: ProblemLog;
  readonly reporter: Reporter;
};

/** All in it is there; `isBorn`: it has its owner and permissions. */
export type FinishedFolder = {
  readonly path: FilePath;
  readonly version: Version;
  readonly isBorn: boolean;
};

/** Sets what is to be said of a directory whose entries are all there. */
export interface FolderFinisher {
  apply(
    folder: FinishedFolder,
    attributes: DeltaChain | undefined,
  ): { readonly problems: readonly Problem[]; readonly foundDamage: boolean };
}

/** `foundDamage`: some stored bytes were not what they should be. */
export type RestoreResult = { readonly counts: RestoreCounts; readonly foundDamage: boolean };

/** A directory of the set that is to be made, once it is known what is in it. */
type Place = {
  readonly path: FilePath;
  /** undefined: it is the output, which is there. */
  readonly version: Version | undefined;
  readonly parent: RestoreFolder | undefined;
  readonly directory: DirectoryId;
};
type Wanted = {
  readonly path: FilePath;
  readonly version: Version;
  readonly folder: RestoreFolder | undefined;
};
/** What a worker is told of it, and the folder that waits for it. */
type WantedFile = FileToRestore & { readonly settles: RestoreFolder | undefined };
type Link = { readonly first: FilePath; readonly wanted: Wanted };

export async function restoreItems(
  items: readonly RestoreItem[],
  context: RestoreContext,
): Promise<RestoreResult> {
  await using run = new RestoreRun(context);
  for (const item of items) await run.restore(item);
  return await run.end();
}

class RestoreRun implements AsyncDisposable {
  readonly #context: RestoreContext;
  readonly #running = new Set<Promise<void>>();
  readonly #firstNames = new Map<string, FilePath>();
  readonly #links: Link[] = [];
  /** Folders that wait for their names. */
  readonly #staged = new Set<RestoreFolder>();
  #finished: FinishedFolder[] = [];
  readonly #garbage = new GarbageSchedule(GARBAGE_ENTRIES, "young");
  #window: Wanted[] = [];
  /** Of the window before, to the workers. Its failures are noted. */
  #sending: Promise<void> = Promise.resolve();
  #isEnding = false;
  #directoriesPerCall = 1;
  readonly #counts = { files: 0, directories: 0, others: 0, bytes: 0, kept: 0 };
  #foundDamage = false;
  readonly #failure = new FirstFailure();

  constructor(context: RestoreContext) {
    this.#context = context;
  }

  async restore(item: RestoreItem): Promise<void> {
    if (item.kind === "inside") {
      const { path, directory } = item;
      await this.#walk([{ path, version: undefined, parent: undefined, directory }]);
      return;
    }
    const { version, path } = item;
    if (version.kind !== "directory") {
      this.#addOrLink({ path, version, folder: undefined });
      if (this.#window.length >= WINDOW_ENTRIES) await this.#flush();
      return;
    }
    await this.#walk(this.#placesOf({ path, version, folder: undefined }));
  }

  async end(): Promise<RestoreResult> {
    await this.#flush();
    await this.#settled();
    for (const link of this.#links.splice(0)) this.#link(link);
    await this.#flush(); // links whose first name could not be made, as files of their own
    await this.#settled();
    await this.#applyFolders();
    return { counts: this.#counts, foundDamage: this.#foundDamage };
  }

  /**
   * Workers in the middle of a file remove what they have made of it, if they are let. What else
   * there is of a folder has the right to its name.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.#sending;
    while (this.#running.size > 0) await Promise.all(this.#running);
    for (const folder of this.#staged) this.#nameFolder(folder);
  }

  async #walk(places: Place[]): Promise<void> {
    while (places.length > 0) {
      if (this.#context.options.signal.aborted) throw new Interrupted("the restore");
      const some = places.splice(-this.#directoriesPerCall).toReversed();
      const listings = await this.#listings(some);
      await othersTurn(); // of what the window before still has for the workers
      this.#directoriesPerCall = directoriesPerCall(listings);
      const inside: Place[] = [];
      for (const [index, place] of some.entries()) {
        const versions = listings[index] ?? [];
        const folder = this.#enter(place, versions);
        if (folder === undefined) continue;
        for (const found of this.#takeAll(folder, versions)) inside.push(found);
        folder.settleFile();
        if (this.#window.length >= WINDOW_ENTRIES) await this.#flush();
      }
      for (const place of inside.toReversed()) places.push(place);
      if (this.#finished.length >= WINDOW_ENTRIES) await this.#applyFolders();
    }
  }

  /** A directory whose listing is not what was stored is one problem; the others go on. */
  async #listings(places: readonly Place[]): Promise<readonly (readonly Version[])[]> {
    const { repository, set, problems } = this.#context;
    const ids = places.map(({ directory }) => directory);
    try {
      return await repository.directories(set, ids);
    } catch (error) {
      if (!(error instanceof RepositoryCorrupt)) throw error;
      const [only] = places;
      if (only !== undefined && places.length === 1) {
        this.#foundDamage = true;
        problems.add({
          path: only.path,
          what: `nothing in it is restored: ${error.message}`,
        });
        return [[]];
      }
      const listings: (readonly Version[])[] = [];
      for (const place of places) listings.push(...(await this.#listings([place])));
      return listings;
    }
  }

  #takeAll(folder: RestoreFolder, versions: readonly Version[]): Place[] {
    const places: Place[] = [];
    for (const version of versions) {
      const path = folder.path === "" ? version.name : joinPath(folder.path, version.name);
      const wanted = { path, version, folder };
      if (version.kind !== "directory") this.#addOrLink(wanted);
      else if (this.#context.options.directories === "recurse") {
        places.push(...this.#placesOf(wanted));
      }
    }
    return places;
  }

  /** Of a directory: itself to be walked, or, where nothing in it was saved, none: it is made. */
  #placesOf({ path, version, folder: parent }: Wanted): Place[] {
    parent?.expect();
    if (version.child !== undefined) {
      return [{ path, version, parent, directory: version.child }];
    }
    this.#enter({ path, version, parent }, [])?.settleFile();
    return [];
  }

  /** Makes the directory of these entries. undefined: it cannot be made. */
  #enter(
    { path, version, parent }: Omit<Place, "directory">,
    entries: readonly Version[],
  ): RestoreFolder | undefined {
    if (version === undefined) {
      return this.#folder({ path, version, state: "any", isBorn: false }, parent);
    }
    const { target, problems } = this.#context;
    const above = parent?.state ?? "any";
    const name = isQuicklyFilled(entries) ? "later" : "now";
    const birth = version.attributes === undefined ? target.birthOf(version) : undefined;
    const made = target.makeDirectory(path, { above, name, birth });
    if (made.problem !== undefined) {
      problems.add({ path, what: made.problem });
      parent?.settle();
      return undefined;
    }
    this.#counts.directories += 1;
    const { state, isBorn } = made;
    return this.#folder({ path, version, state, isBorn }, parent);
  }

  #folder(
    place: Pick<RestoreFolder, "path" | "version" | "state" | "isBorn">,
    parent: RestoreFolder | undefined,
  ): RestoreFolder {
    const folder = new RestoreFolder(place, parent, {
      onFiles: () => this.#nameFolder(folder),
      onDone: () => this.#finishFolder(folder),
    });
    if (place.state === "staged") this.#staged.add(folder);
    return folder;
  }

  #nameFolder(folder: RestoreFolder): void {
    this.#staged.delete(folder);
    folder.named();
    try {
      this.#context.target.nameDirectory(folder.path);
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      this.#context.problems.add({ path: folder.path, what: error.reason });
    }
  }

  #finishFolder({ path, version, isBorn }: RestoreFolder): void {
    if (version !== undefined) this.#finished.push({ path, version, isBorn });
  }

  /** In the order they were finished: a directory may forbid what is still to be done below it. */
  async #applyFolders(): Promise<void> {
    const finished = this.#finished;
    this.#finished = [];
    if (finished.length === 0) return;
    const chains = await this.#chains(finished.map(({ version }) => version.attributes));
    for (const [index, folder] of finished.entries()) {
      const done = this.#context.folders.apply(folder, chains[index]);
      this.#foundDamage ||= done.foundDamage;
      for (const problem of done.problems) this.#context.problems.add(problem);
    }
  }

  #addOrLink(wanted: Wanted): void {
    const { version, path } = wanted;
    if (version.links < 2 || this.#context.options.hardLinks === "copy") {
      this.#add(wanted);
      return;
    }
    const key = `${version.fileSystem}:${version.inode}:${version.content ?? ""}`;
    const first = this.#firstNames.get(key);
    if (first === undefined) {
      this.#firstNames.set(key, path);
      this.#add(wanted);
    } else {
      wanted.folder?.expect();
      this.#links.push({ first, wanted });
    }
  }

  #add(wanted: Wanted): void {
    wanted.folder?.expectFile();
    this.#window.push(wanted);
  }

  #link({ first, wanted }: Link): void {
    const outcome = this.#context.target.link(first, wanted.path);
    if (outcome === "linked") {
      this.#counts.files += 1;
      wanted.folder?.settle();
    } else if (outcome === "kept") {
      this.#counts.kept += 1;
      wanted.folder?.settle();
    } else {
      this.#add(wanted);
      wanted.folder?.settle();
    }
  }

  /** Begins to send the window to the workers, when all of the one before is with them. */
  async #flush(): Promise<void> {
    const window = this.#window;
    this.#window = [];
    if (window.length === 0) return;
    await this.#sending;
    this.#failure.rethrow();
    this.#garbage.handled(window.length);
    this.#sending = this.#sendAll(window).catch((error: unknown) => this.#failure.note(error));
  }

  async #sendAll(window: readonly Wanted[]): Promise<void> {
    const contents = await this.#chains(window.map(({ version }) => version.content));
    const attributes = await this.#chains(window.map(({ version }) => version.attributes));
    const files = window.flatMap((wanted, index) => {
      const { path, version, folder } = wanted;
      const file: WantedFile = {
        path,
        version,
        content: contents[index],
        attributes: attributes[index],
        folder: folder?.state ?? "any",
        settles: folder,
      };
      if (version.content === undefined || file.content !== undefined) return [file];
      this.#lose(wanted);
      return [];
    });
    for (const job of planJobs(files)) {
      if (this.#isEnding) return;
      await this.#send(job);
    }
  }

  async #send(job: readonly WantedFile[]): Promise<void> {
    const lane = await this.#context.pool.lane();
    this.#failure.rethrow();
    const folders = job.map(({ settles }) => settles);
    const running = lane
      .call("restore-files", { files: packFiles(job) })
      .then((result) => this.#took(result))
      .catch((error: unknown) => this.#failure.note(error))
      .finally(() => {
        lane[Symbol.dispose]();
        this.#running.delete(running);
        for (const folder of folders) folder?.settleFile();
      });
    this.#running.add(running);
  }

  /** The set has it, and the catalog does not know where its content is. */
  #lose({ path, folder }: Wanted): void {
    this.#foundDamage = true;
    this.#context.problems.add({ path, what: "not restored: its content is not in the catalog" });
    folder?.settleFile();
  }

  /** The chain of each content; undefined where there is no content, or it is not stored. */
  async #chains(
    contents: readonly (ContentId | undefined)[],
  ): Promise<readonly (DeltaChain | undefined)[]> {
    const wanted = [...new Set(contents.filter((content) => content !== undefined))];
    if (wanted.length === 0) return contents.map(() => undefined);
    const chains = await this.#context.repository.chains(wanted);
    const byContent = new Map(wanted.map((content, index) => [content, chains[index]]));
    return contents.map((content) => (content === undefined ? undefined : byContent.get(content)));
  }

  #took(done: RestoreDone): void {
    const { reporter, problems } = this.#context;
    this.#counts.files += done.files;
    this.#counts.others += done.others;
    this.#counts.bytes += done.bytes;
    this.#counts.kept += done.kept;
    this.#foundDamage ||= done.foundDamage;
    for (const problem of done.problems) problems.add(problem);
    const { files, others, directories, bytes } = this.#counts;
    reporter.progress({
      phase: "restore",
      directories,
      files: files + others,
      bytes,
      bytesMoved: bytes,
      problems: problems.total,
      path: done.last,
      expected: undefined,
    });
  }

  async #settled(): Promise<void> {
    await this.#sending;
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#failure.rethrow();
  }
}
