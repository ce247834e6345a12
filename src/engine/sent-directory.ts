/**
 * A directory that has changed, from the session's decisions until all its entries are saved: what
 * is to be sent of it, and what became of each, in columns.
 */
import { type FilePath, joinPath } from "../core/byte-string.ts";
import type { EntryRecords } from "../core/entry-records.ts";
import type { AttributeKind, FileStat, Owner, VersionFlags } from "../core/entry.ts";
import type { ContentId } from "../core/ids.ts";
import type { Reporter } from "../core/progress.ts";
import type { Basis, Decision, FinishedDirectory, SentEntries } from "../core/repository.ts";
import type { OwnerNames } from "../source/owners.ts";
import type { EntrySource } from "./file-saver.ts";
import type { EntryRead } from "./jobs.ts";
import type { ProblemLog } from "./problem-log.ts";
import type { Saved } from "./saved.ts";
import type { WalkedDirectory } from "./walk.ts";

/** Times this close to the scan may stand for two states of a file: clocks tick in steps. */
const RACY_NS = 50_000_000n;
/** Where times are whole seconds the steps are that long (or two seconds, on FAT). */
const RACY_COARSE_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;
const MILLISECOND_NS = 1_000_000n;

const NOT_UNUSUAL = { isRacy: false, isTorn: false, isUnreadable: false } as const;

/** What a run knows that its directories need. */
export type SendingContext = {
  readonly owners: OwnerNames;
  readonly problems: ProblemLog;
  readonly reporter: Reporter;
  readonly unreadable: "report" | "leave-out";
  /** Of the metadata of every entry. */
  readonly leftOut: readonly AttributeKind[];
};

/** A directory as the walk found it, and when it began to look: milliseconds since 1970. */
export type Scanned = { readonly directory: WalkedDirectory; readonly startedMs: number };

export class SentDirectory implements EntrySource {
  readonly #directory: WalkedDirectory;
  readonly #decisions: readonly Decision[];
  readonly #context: SendingContext;
  readonly #onFinished: (directory: FinishedDirectory) => void;
  readonly #racyAfterNs: bigint;
  readonly #usualFlags: VersionFlags;
  /** Which entries are sent, in the order in which they were saved, as all columns are. */
  readonly #indices: number[] = [];
  readonly #owners: Owner[] = [];
  readonly #contents: (ContentId | undefined)[] = [];
  /** By place in the columns. */
  readonly #attributes = new Map<number, ContentId>();
  readonly #flags: VersionFlags[] = [];
  /** By index, of those that were not as scanned. */
  readonly #stats = new Map<number, FileStat>();
  /** How many are still to be saved. */
  #waitingFor: number;
  /** The digest stands for what is sent, for good. */
  #isSettled: boolean;

  /** `onFinished` is called when all are saved: at once if there is nothing to send. */
  constructor(
    { directory, startedMs }: Scanned,
    decisions: readonly Decision[],
    context: SendingContext,
    onFinished: (directory: FinishedDirectory) => void,
  ) {
    const { newestCtimeNs } = directory;
    this.#directory = directory;
    this.#decisions = decisions;
    this.#context = context;
    this.#onFinished = onFinished;
    this.#racyAfterNs = BigInt(startedMs) * MILLISECOND_NS - RACY_NS;
    this.#usualFlags = { ...NOT_UNUSUAL, leftOut: context.leftOut };
    this.#isSettled = !isYoung(newestCtimeNs, newestCtimeNs, this.#racyAfterNs);
    this.#waitingFor = decisions.filter(isSent).length;
    if (this.#waitingFor === 0) this.#finish();
  }

  get records(): EntryRecords {
    return this.#directory.entries;
  }

  /** Those that are to be sent. */
  *indices(): Generator<number, void> {
    for (const [index, decision] of this.#decisions.entries()) if (isSent(decision)) yield index;
  }

  pathOf(index: number): FilePath {
    return this.#directory.sourceOf(this.records.name(index));
  }

  basisOf(index: number): Basis | undefined {
    const decision = this.#decisions[index];
    return decision?.kind === "send" ? decision.basis : undefined;
  }

  saved(index: number, { read, storedAs }: Saved): void {
    this.#tellProblems(index, read);
    if (this.#isLeftOut(read)) this.#isSettled = false;
    else {
      this.#add(index, read);
      this.#tellSaved(index, read, storedAs);
    }
    this.#waitingFor -= 1;
    if (this.#waitingFor === 0) this.#finish();
  }

  #tellProblems(index: number, { problem, isTorn }: EntryRead): void {
    if (problem === undefined && !isTorn) return;
    const what =
      problem === undefined
        ? "changed while it was read, again and again"
        : problem.kind === "vanished"
          ? "vanished before it was read"
          : problem.reason;
    const isWanted = problem?.kind !== "unreadable" || this.#context.unreadable === "report";
    if (isWanted) this.#context.problems.add({ path: this.pathOf(index), what });
  }

  /** Because it is gone, or the user wants no trace of it. */
  #isLeftOut({ problem }: EntryRead): boolean {
    if (problem === undefined) return false;
    return problem.kind === "vanished" || this.#context.unreadable === "leave-out";
  }

  #add(index: number, { stat, content, attributes, isTorn, problem }: EntryRead): void {
    const { records } = this;
    const uid = stat?.uid ?? records.uid(index);
    const gid = stat?.gid ?? records.gid(index);
    const { owners, leftOut } = this.#context;
    const isRacy = this.#isRacy(index, stat);
    const isUnreadable = problem !== undefined;
    if (attributes !== undefined) this.#attributes.set(this.#indices.length, attributes);
    if (stat !== undefined) this.#stats.set(index, stat);
    this.#indices.push(index);
    this.#owners.push(owners.of(uid, gid));
    this.#contents.push(content);
    const isUsual = !isRacy && !isTorn && !isUnreadable;
    this.#flags.push(isUsual ? this.#usualFlags : { isRacy, isTorn, isUnreadable, leftOut });
    if (!isUsual) this.#isSettled = false;
  }

  #isRacy(index: number, stat: FileStat | undefined): boolean {
    const { records } = this;
    if (stat !== undefined) {
      return stat.kind === "file" && isYoung(stat.ctimeNs, stat.mtimeNs, this.#racyAfterNs);
    }
    // Mostly all are older than that: two numbers less to make of each.
    if (isOld(this.#directory.newestCtimeNs, this.#racyAfterNs)) return false;
    const { ctimeNs, mtimeNs } = {
      ctimeNs: records.ctimeNs(index),
      mtimeNs: records.mtimeNs(index),
    };
    return records.isFile(index) && isYoung(ctimeNs, mtimeNs, this.#racyAfterNs);
  }

  #tellSaved(index: number, { stat }: EntryRead, storedAs: Saved["storedAs"]): void {
    const { reporter } = this.#context;
    if (reporter.wants !== "saved") return;
    const { records } = this;
    const isFile = records.isFile(index);
    const sizeBytes = isFile ? (stat?.sizeBytes ?? records.sizeBytes(index)) : 0;
    const path = joinPath(this.#directory.head.path, records.name(index));
    reporter.saved({ path, sizeBytes, storedAs });
  }

  #finish(): void {
    const { token, digest } = this.#directory.head;
    const sent = this.#sent();
    this.#onFinished({ token, sent, digest: this.#isSettled ? digest : undefined });
  }

  #sent(): SentEntries {
    const { records } = this;
    const isAll =
      this.#stats.size === 0 &&
      this.#indices.length === records.count &&
      this.#indices.every((index, place) => index === place);
    return {
      records: isAll ? records : records.pick(this.#indices, this.#stats),
      owners: this.#owners,
      contents: this.#contents,
      attributes: this.#attributes,
      flags: this.#flags,
    };
  }
}

function isSent({ kind }: Decision): boolean {
  return kind === "send";
}

/** It changed so long before the scan that nothing can have been missed. */
function isOld(ctimeNs: bigint, racyAfterNs: bigint): boolean {
  return ctimeNs <= racyAfterNs - RACY_COARSE_NS;
}

function isYoung(ctimeNs: bigint, mtimeNs: bigint, racyAfterNs: bigint): boolean {
  if (isOld(ctimeNs, racyAfterNs)) return false; // nearly all
  const isCoarse = ctimeNs % SECOND_NS === 0n && mtimeNs % SECOND_NS === 0n;
  return isCoarse || ctimeNs > racyAfterNs;
}
