/**
 * One run: walk → ask what changed → save what did → finish each directory whose entries are all
 * saved. Written against BackupSession only, so that it is the same for a folder and a server.
 */
import type { BackupCounts } from "../core/backup-set.ts";
import { type FilePath, joinPath } from "../core/byte-string.ts";
import type { AttributeKind, FileEntry } from "../core/entry.ts";
import { Interrupted } from "../core/errors.ts";
import type { Progress, Reporter } from "../core/progress.ts";
import type { BackupSession, Decision, FinishedDirectory, SentEntry } from "../core/repository.ts";
import type { OwnerNames } from "../source/owners.ts";
import type { FileSaver } from "./file-saver.ts";
import { GarbageSchedule } from "./garbage.ts";
import type { EntryToRead } from "./jobs.ts";
import type { ProblemLog } from "./problem-log.ts";
import type { Saved } from "./saved.ts";
import type { Tally, WalkedDirectory } from "./walk.ts";

/** Directories asked about in one call, and the entries they may have together. */
const DIRECTORIES_PER_CALL = 256;
const ENTRIES_PER_CALL = 2048;
/** Entries sent between two collections of garbage: each leaves about two kilobytes. */
const GARBAGE_ENTRIES = 1024;
/** Times this close to the scan may stand for two states of a file: clocks tick in steps. */
const RACY_NS = 50_000_000n;
/** Where times are whole seconds the steps are that long (or two seconds, on FAT). */
const RACY_COARSE_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;

export type RunContext = {
  readonly session: BackupSession;
  readonly saver: FileSaver;
  readonly owners: OwnerNames;
  readonly problems: ProblemLog;
  readonly reporter: Reporter;
  readonly unreadable: "report" | "leave-out";
  /** Of the metadata of every entry. */
  readonly leftOut: readonly AttributeKind[];
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly expected: Progress["expected"];
};

/** A file with several names: what was found under the first, and who else waits for it. */
type Linked = { saved: Saved | undefined; readonly waiting: ((saved: Saved) => void)[] };

type Scanned = { readonly directory: WalkedDirectory; readonly racyAfterNs: bigint };

/** Everything `directories` yields is in the session when this returns; it is not completed yet. */
export async function runBackup(
  directories: Iterable<WalkedDirectory>,
  context: RunContext,
): Promise<BackupCounts> {
  const run = new Run(context);
  let batch: Scanned[] = [];
  let entryCount = 0;
  let startedMs = context.now();
  for (const directory of directories) {
    if (context.signal.aborted) throw new Interrupted("the backup");
    batch.push({ directory, racyAfterNs: BigInt(startedMs) * 1_000_000n - RACY_NS });
    entryCount += directory.entryCount;
    if (batch.length >= DIRECTORIES_PER_CALL || entryCount >= ENTRIES_PER_CALL) {
      await run.take(batch);
      batch = [];
      entryCount = 0;
    }
    startedMs = context.now();
  }
  await run.take(batch);
  return run.end();
}

class Run {
  readonly #context: RunContext;
  readonly #garbage = new GarbageSchedule(GARBAGE_ENTRIES, "young");
  /** Directories whose entries are all saved, until the session is told. */
  #done: FinishedDirectory[] = [];
  /** Contents of files with several links, by device and inode: read once a run. */
  readonly #linked = new Map<string, Linked>();
  #counts: Tally = { files: 0, directories: 0, others: 0, bytes: 0 };
  #changed = 0;

  constructor(context: RunContext) {
    this.#context = context;
  }

  async take(batch: readonly Scanned[]): Promise<void> {
    if (batch.length === 0) return;
    const { session, saver } = this.#context;
    const answers = await session.openDirectories(batch.map(({ directory }) => directory.head));
    const changed = batch.filter((_scanned, index) => answers[index]?.kind === "changed");
    const listings = changed.map(({ directory }) => ({
      token: directory.head.token,
      entries: directory.entries(),
    }));
    const decisions = listings.length === 0 ? [] : await session.list(listings);
    for (const [index, scanned] of changed.entries()) {
      const entries = listings[index]?.entries ?? [];
      this.#send(scanned, entries, decisions[index] ?? []);
    }
    for (const { directory } of batch) this.#tally(directory);
    this.#report(batch.at(-1)?.directory);
    this.#garbage.handled(listings.reduce((sum, { entries }) => sum + entries.length, 0));
    await saver.room();
    await this.#finish();
  }

  async end(): Promise<BackupCounts> {
    const { saver, problems } = this.#context;
    this.#garbage.rest();
    await saver.flush();
    await this.#finish();
    const { tally } = saver;
    const { bytesRead, bytesStored, storedFull, storedDelta } = tally;
    const stored = { bytesRead, bytesStored, storedFull, storedDelta };
    return { ...this.#counts, ...stored, changed: this.#changed, problems: problems.total };
  }

  #send(
    { directory, racyAfterNs }: Scanned,
    entries: readonly FileEntry[],
    decisions: readonly Decision[],
  ): void {
    const wanted = entries.flatMap((entry, index) => {
      const decision = decisions[index];
      return decision?.kind === "send" ? [{ entry, basis: decision.basis }] : [];
    });
    const { token, digest } = directory.head;
    const sent: SentEntry[] = [];
    let expected = wanted.length;
    let isSettled = !isYoung(directory.newestCtimeNs, directory.newestCtimeNs, racyAfterNs);
    const finish = (): void => {
      this.#done.push({ token, sent, digest: isSettled ? digest : undefined });
    };
    if (expected === 0) finish();
    for (const { entry, basis } of wanted) {
      const path = directory.sourceOf(entry.name);
      this.#save({ path, entry, basis }, (saved) => {
        const one = this.#sentEntry({ path, directory, entry, racyAfterNs }, saved);
        if (one !== undefined) sent.push(one);
        isSettled &&= one !== undefined && isAsScanned(one);
        expected -= 1;
        if (expected === 0) finish();
      });
    }
  }

  /** undefined: it is left out, because it is gone or the user wants no trace of it. */
  #sentEntry(
    about: {
      readonly path: FilePath;
      readonly directory: WalkedDirectory;
      readonly entry: FileEntry;
      readonly racyAfterNs: bigint;
    },
    { read, storedAs }: Saved,
  ): SentEntry | undefined {
    const { path, directory, racyAfterNs } = about;
    const { problem, isTorn, content, attributes } = read;
    if (problem?.kind === "vanished") {
      this.#context.problems.add({ path, what: "vanished before it was read" });
      return undefined;
    }
    if (problem !== undefined && this.#context.unreadable === "leave-out") return undefined;
    if (problem !== undefined) this.#context.problems.add({ path, what: problem.reason });
    if (isTorn) {
      this.#context.problems.add({ path, what: "changed while it was read, again and again" });
    }
    const entry = read.stat === undefined ? about.entry : { ...about.entry, ...read.stat };
    const isFile = entry.kind === "file";
    this.#changed += 1;
    if (this.#context.reporter.wants === "saved") {
      const sizeBytes = isFile ? entry.sizeBytes : 0;
      const recordedAs = joinPath(directory.head.path, entry.name);
      this.#context.reporter.saved({ path: recordedAs, sizeBytes, storedAs });
    }
    const isRacy = isFile && isYoung(entry.ctimeNs, entry.mtimeNs, racyAfterNs);
    const { leftOut } = this.#context;
    const flags = { isRacy, isTorn, isUnreadable: problem !== undefined, leftOut };
    const owner = this.#context.owners.of(entry.uid, entry.gid);
    return { entry, owner, content, attributes, flags };
  }

  #save(file: EntryToRead, onSaved: (saved: Saved) => void): void {
    const { saver } = this.#context;
    const { entry } = file;
    if (entry.links < 2 || entry.kind !== "file") {
      saver.save(file, onSaved);
      return;
    }
    const key = `${entry.device}:${entry.inode}`;
    const known = this.#linked.get(key);
    if (known === undefined) {
      const linked: Linked = { saved: undefined, waiting: [] };
      this.#linked.set(key, linked);
      saver.save(file, (saved) => {
        onSaved(saved);
        linked.saved = { ...saved, storedAs: "metadata" };
        for (const tell of linked.waiting.splice(0)) tell(linked.saved);
      });
    } else if (known.saved === undefined) known.waiting.push(onSaved);
    else onSaved(known.saved);
  }

  async #finish(): Promise<void> {
    const done = this.#done;
    this.#done = [];
    if (done.length > 0) await this.#context.session.finishDirectories(done);
  }

  #tally({ tally }: WalkedDirectory): void {
    const counts = this.#counts;
    this.#counts = {
      files: counts.files + tally.files,
      directories: counts.directories + tally.directories,
      others: counts.others + tally.others,
      bytes: counts.bytes + tally.bytes,
    };
  }

  #report(directory: WalkedDirectory | undefined): void {
    const { reporter, saver, problems, expected } = this.#context;
    const { directories, files, others, bytes } = this.#counts;
    reporter.progress({
      phase: "save",
      directories,
      files: files + others,
      bytes,
      bytesMoved: saver.tally.bytesRead,
      problems: problems.total,
      path: directory?.head.path,
      expected,
    });
  }
}

/** The digest stands for the entry as scanned only if that is how it was saved, for good. */
function isAsScanned({ flags }: SentEntry): boolean {
  return !flags.isRacy && !flags.isTorn && !flags.isUnreadable;
}

function isYoung(ctimeNs: bigint, mtimeNs: bigint, racyAfterNs: bigint): boolean {
  if (ctimeNs <= racyAfterNs - RACY_COARSE_NS) return false; // nearly all
  const isCoarse = ctimeNs % SECOND_NS === 0n && mtimeNs % SECOND_NS === 0n;
  return isCoarse || ctimeNs > racyAfterNs;
}
