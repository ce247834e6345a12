/**
 * `regen --undo`: makes what the last restore in place has changed what it was. Every step is one
 * that can be done again, so it can itself be killed at any moment and run again. What was changed
 * since by somebody else is left alone.
 */
import { type FilePath, ROOT_PATH } from "../core/byte-string.ts";
import type { FileStat } from "../core/entry.ts";
import { EXIT, Interrupted, UsageError } from "../core/errors.ts";
import type { UndoOptions, UndoOutcome } from "../core/in-place-options.ts";
import type { Reporter } from "../core/progress.ts";
import { SourceFailed } from "../source/problem.ts";
import { RestoreTarget } from "../source/restore-target.ts";
import { UndoFolder } from "../store/undo-folder.ts";
import { ALL_ATTRIBUTES, FolderStates } from "./folder-states.ts";
import type { ProblemLog } from "./problem-log.ts";
import { RootProblems } from "./root-paths.ts";
import { type EntryBefore, type UndoRecord, decodeRecord } from "./undo-record.ts";

/** Throws UsageError when there is nothing to undo; StorageUnreadable, Interrupted. */
export async function undoInPlace(options: UndoOptions, reporter: Reporter): Promise<UndoOutcome> {
  const startedMs = options.now();
  const records = new UndoFolder(options.undoFolder);
  const id = records.ids().at(-1);
  const text = id === undefined ? undefined : records.read(id);
  if (id === undefined || text === undefined)
    throw new UsageError(
      `there is nothing to undo: ${options.undoFolder} has no record of a restore in place`,
      "Only who restored in place can undo it, and only once.",
    );
  const record = decodeRecord(text, `${options.undoFolder}/${id}`);
  const problems = new RootProblems(reporter);
  using undo = new Undo(record, problems, options.signal);
  const isWhole = undo.run();
  if (isWhole) records.remove(id);
  const { brought, removed } = undo;
  return {
    brought,
    removed,
    durationMs: options.now() - startedMs,
    problems: problems.list,
    exitCode: problems.total > 0 ? EXIT.incomplete : EXIT.ok,
  };
}

class Undo implements Disposable {
  brought = 0;
  removed = 0;
  readonly #record: UndoRecord;
  readonly #problems: ProblemLog;
  readonly #signal: AbortSignal;
  readonly #target: RestoreTarget;

  constructor(record: UndoRecord, problems: ProblemLog, signal: AbortSignal) {
    this.#record = record;
    this.#problems = problems;
    this.#signal = signal;
    this.#target = RestoreTarget.open(ROOT_PATH, {
      existing: "always",
      attributes: { ...ALL_ATTRIBUTES, owners: "by-id" },
      keep: record.keep,
    });
  }

  /** Whether all is as it was: then the record is of no more use. */
  run(): boolean {
    const { entries, folders } = this.#record;
    for (const { folder } of folders)
      this.#attempt(folder, () => this.#target.displaced.removeTemporaries(folder));
    // What lies in a folder before the folder itself.
    for (const entry of entries.toReversed()) {
      if (this.#signal.aborted) throw new Interrupted("the undoing");
      this.#attempt(entry.entry, () => this.#undo(entry));
    }
    const areas = this.#target.displaced.removeAreas();
    using states = new FolderStates();
    for (const before of folders.toSorted((a, b) => (a.folder < b.folder ? 1 : -1)))
      this.#attempt(before.folder, () => {
        for (const problem of states.restore(before)) this.#problems.add(problem);
      });
    const isUndone = this.#problems.total === 0;
    if (isUndone && areas === "not-empty") this.#tellOfRest();
    return isUndone;
  }

  [Symbol.dispose](): void {
    this.#target[Symbol.dispose]();
  }

  /** Somebody else has put something there. */
  #tellOfRest(): void {
    for (const { path } of this.#record.keep.areas)
      if (this.#target.displaced.look(path) !== undefined)
        this.#problems.add({ path, what: "is not empty: something else lies in it" });
  }

  #undo(entry: EntryBefore): void {
    const { displaced } = this.#target;
    const there = displaced.look(entry.entry);
    const kept = displaced.kept(entry.entry);
    const isStillOld = kept !== undefined && there?.inode === kept.inode;
    const isTouched = entry.old === null ? there !== undefined : kept !== undefined;
    if (!isTouched) return;
    if (there !== undefined && !isStillOld && isChangedSince(there, entry.new)) {
      this.#problems.add({
        path: entry.entry,
        what: "was changed after the restore, and is left as it is",
      });
      return;
    }
    if (there?.kind === "directory") displaced.removeTemporaries(entry.entry);
    if (entry.old === null) {
      displaced.remove(entry.entry);
      this.removed += 1;
    } else if (displaced.bringBack(entry.entry) === "brought") this.brought += 1;
  }

  #attempt(path: FilePath, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      if (error.code === "ENOENT") return; // A folder that is not there: it was made, and is gone.
      this.#problems.add({ path, what: error.reason });
    }
  }
}

/** Of a folder nobody can tell: it is only removed if it is empty. */
function isChangedSince(there: FileStat, restored: EntryBefore["new"]): boolean {
  if (restored === null || restored.kind !== there.kind) return true;
  if (there.kind === "directory") return false;
  return (
    String(there.mtimeNs) !== restored.mtimeNs ||
    (there.kind === "file" && there.sizeBytes !== restored.sizeBytes)
  );
}
