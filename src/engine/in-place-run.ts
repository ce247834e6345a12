/** Carries out the plan of a restore in place, after its record is durable. */
import type { FilePath } from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { Interrupted } from "../core/errors.ts";
import type { BackupSetId } from "../core/ids.ts";
import type { InPlaceOptions } from "../core/in-place-options.ts";
import type { Problem, Reporter } from "../core/progress.ts";
import { decodeBundle } from "../source/attribute-bundle.ts";
import { SourceFailed } from "../source/problem.ts";
import { RestoreTarget } from "../source/restore-target.ts";
import { FolderRestorer } from "./file-restorer.ts";
import { ALL_ATTRIBUTES, FolderStates, setFolder } from "./folder-states.ts";
import type { InPlacePlan } from "./in-place-plan.ts";
import type { OpenedForRestore } from "./open-repository.ts";
import type { ProblemLog } from "./problem-log.ts";
import { type RestoreItem, type RestoreResult, restoreItems } from "./restore-run.ts";
import { belowRoot, parentOf } from "./root-paths.ts";
import { raiseOnAbort, stopFlag } from "./stop-flag.ts";
import type { UndoRecord } from "./undo-record.ts";
import { workerCount } from "./worker-count.ts";
import { WorkerPool } from "./worker-pool.ts";

const ROOT = "" as FilePath;
type Job = {
  readonly opened: OpenedForRestore;
  readonly options: InPlaceOptions;
  readonly plan: InPlacePlan;
  readonly record: UndoRecord;
  readonly set: BackupSetId;
  readonly problems: ProblemLog;
  readonly reporter: Reporter;
};

export class InPlaceRun implements Disposable {
  readonly #job: Job;
  readonly #stack = new DisposableStack();
  readonly #target: RestoreTarget;
  readonly #pool: WorkerPool;
  readonly #states: FolderStates;

  constructor(job: Job) {
    this.#job = job;
    const { options, record, opened } = job;
    const stop = stopFlag();
    this.#stack.use(raiseOnAbort(stop, options.signal));
    const attributes = { ...ALL_ATTRIBUTES, owners: options.owners };
    const settings = { existing: "always", attributes, keep: record.keep } as const;
    this.#target = this.#stack.use(RestoreTarget.open(ROOT, settings));
    this.#states = this.#stack.use(new FolderStates());
    const restore = { ...settings, output: ROOT, damaged: "delete", stop } as const;
    const setup = { ...opened.folders, save: undefined, restore };
    this.#pool = this.#stack.use(new WorkerPool(workerCount(), setup));
  }

  async run(): Promise<RestoreResult> {
    this.#target.displaced.makeAreas();
    let directories = 0;
    for (const { path, version } of this.#job.plan.changes) {
      if (this.#job.options.signal.aborted) throw new Interrupted("the restore");
      if (version === undefined) this.#delete(belowRoot(path));
      else if (version.kind === "directory") directories += this.#makeFolder(belowRoot(path));
    }
    const result = await this.#restoreFiles();
    await this.#finishFolders();
    return { ...result, counts: { ...result.counts, directories } };
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #delete(path: FilePath): void {
    this.#attempt(path, () => this.#target.displaced.keep(path, "place"));
  }

  #makeFolder(path: FilePath): 0 | 1 {
    const { problem } = this.#target.makeDirectory(path);
    if (problem === undefined) return 1;
    this.#job.problems.add({ path, what: problem });
    return 0;
  }

  async #restoreFiles(): Promise<RestoreResult> {
    const { opened, options, plan, problems, reporter, set } = this.#job;
    const items = plan.changes.flatMap(({ path, version }): RestoreItem[] =>
      version === undefined || version.kind === "directory"
        ? []
        : [{ kind: "entry", version, path: belowRoot(path) }],
    );
    const attributes = { ...ALL_ATTRIBUTES, owners: options.owners };
    return await restoreItems(items, {
      repository: opened.repository,
      set,
      target: this.#target,
      folders: new FolderRestorer(this.#target, opened.regenerator),
      pool: this.#pool,
      options: { hardLinks: "link", directories: "only", attributes, signal: options.signal },
      problems,
      reporter,
    });
  }

  /** The deepest first; then those that only have got the folder in which things are kept. */
  async #finishFolders(): Promise<void> {
    const { plan, record, opened } = this.#job;
    for (const { path, version } of plan.folders.toReversed()) {
      const attributes = await this.#attributesOf(opened, version);
      const folder = belowRoot(path);
      this.#attempt(folder, () =>
        this.#tell(setFolder(folder, { version, attributes }, this.#target)),
      );
    }
    const finished = new Set(plan.folders.map(({ path }) => belowRoot(path)));
    const changed = new Set(plan.changes.map(({ path }) => parentOf(belowRoot(path))));
    for (const { path } of record.keep.areas) {
      const above = parentOf(path);
      const before = record.folders.find(({ folder }) => folder === above);
      if (before === undefined || finished.has(above) || changed.has(above)) continue;
      this.#attempt(above, () => this.#tell(this.#states.restore(before)));
    }
  }

  async #attributesOf({ repository, regenerator }: OpenedForRestore, { attributes }: Version) {
    if (attributes === undefined) return undefined;
    const [chain] = await repository.chains([attributes]);
    return chain === undefined ? undefined : decodeBundle(regenerator.bytes(chain));
  }

  #tell(problems: readonly Problem[]): void {
    for (const problem of problems) this.#job.problems.add(problem);
  }

  #attempt(path: FilePath, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      this.#job.problems.add({ path, what: error.reason });
    }
  }
}
