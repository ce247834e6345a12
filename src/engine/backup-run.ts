/**
 * One run: walk → ask what changed → save what did → finish each directory whose entries are all
 * saved. Written against BackupSession only, so that it is the same for a folder and a server.
 */
import type { BackupCounts } from "../core/backup-set.ts";
import type { FilePath } from "../core/byte-string.ts";
import type { EntryRecords } from "../core/entry-records.ts";
import { Interrupted } from "../core/errors.ts";
import type { Progress } from "../core/progress.ts";
import type { BackupSession, Basis, Decision, FinishedDirectory } from "../core/repository.ts";
import type { EntrySource, FileSaver } from "./file-saver.ts";
import { GarbageSchedule } from "./garbage.ts";
import type { Saved } from "./saved.ts";
import { ENTRIES_PER_DIRECTORY, othersTurn, slicesOf } from "./slices.ts";
import { type Scanned, type SendingContext, SentDirectory } from "./sent-directory.ts";
import type { Tally, WalkedDirectory } from "./walk.ts";

/** Directories asked about in one call, and the entries they may have together. */
const DIRECTORIES_PER_CALL = 256;
const ENTRIES_PER_CALL = 1024;
/**
 * Collections of garbage: each entry sent leaves about two kilobytes. In later runs what changed is
 * compared with old versions, which takes memory in the workers that is spared here.
 */
const GARBAGE = {
  first: { entries: 1024, kind: "young" },
  later: { entries: 512, kind: "thrifty" },
} as const;

export type RunContext = SendingContext & {
  readonly session: BackupSession;
  readonly saver: FileSaver;
  /** "first": there is no complete set yet. */
  readonly which: "first" | "later";
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly expected: Progress["expected"];
};

/** A file with several names: what was found under the first, and who else waits for it. */
type Linked = { saved: Saved | undefined; readonly waiting: ((saved: Saved) => void)[] };

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
    batch.push({ directory, startedMs });
    entryCount += directory.entries.count;
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
  readonly #garbage: GarbageSchedule;
  /** Directories whose entries are all saved, until the session is told. */
  #done: FinishedDirectory[] = [];
  /** Contents of files with several links, by device and inode: read once a run. */
  readonly #linked = new Map<string, Linked>();
  #counts: Tally = { files: 0, directories: 0, others: 0, bytes: 0 };
  #changed = 0;

  constructor(context: RunContext) {
    const { entries, kind } = GARBAGE[context.which];
    this.#context = context;
    this.#garbage = new GarbageSchedule(entries, kind);
  }

  async take(batch: readonly Scanned[]): Promise<void> {
    if (batch.length === 0) return;
    const { session, saver } = this.#context;
    const answers = await session.openDirectories(batch.map(({ directory }) => directory.head));
    const changed = batch.filter((_scanned, index) => answers[index]?.kind === "changed");
    const listings = changed.map(({ directory }) => ({
      token: directory.head.token,
      entries: directory.entries,
    }));
    const decisions = listings.length === 0 ? [] : await session.list(listings);
    const sent = changed.map((scanned, index) => ({ scanned, decisions: decisions[index] ?? [] }));
    for (const slice of slicesOf(sent, (one) => ENTRIES_PER_DIRECTORY + one.decisions.length)) {
      for (const one of slice) this.#send(one.scanned, one.decisions);
      await othersTurn();
    }
    for (const { directory } of batch) this.#tally(directory);
    this.#report(batch.at(-1)?.directory);
    this.#garbage.handled(listings.reduce((sum, { entries }) => sum + entries.count, 0));
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

  #send(scanned: Scanned, decisions: readonly Decision[]): void {
    const directory = new SentDirectory(scanned, decisions, this.#context, (finished) => {
      this.#changed += finished.sent.records.count;
      this.#done.push(finished);
    });
    for (const index of directory.indices()) {
      if (directory.records.links(index) > 1 && directory.records.isFile(index)) {
        this.#sendLinked(directory, index);
      } else this.#context.saver.save(directory, index);
    }
  }

  /** Reads it under the first of its names. */
  #sendLinked(directory: SentDirectory, index: number): void {
    const { records } = directory;
    const key = `${records.device(index)}:${records.inode(index)}`;
    const known = this.#linked.get(key);
    if (known === undefined) {
      const linked: Linked = { saved: undefined, waiting: [] };
      this.#linked.set(key, linked);
      this.#context.saver.save(new FirstOfLinks(directory, linked), index);
    } else if (known.saved === undefined) {
      known.waiting.push((saved) => directory.saved(index, saved));
    } else directory.saved(index, known.saved);
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

/** Tells all names of a file what was found under the first. */
class FirstOfLinks implements EntrySource {
  readonly records: EntryRecords;
  readonly #directory: SentDirectory;
  readonly #linked: Linked;

  constructor(directory: SentDirectory, linked: Linked) {
    this.records = directory.records;
    this.#directory = directory;
    this.#linked = linked;
  }

  pathOf(index: number): FilePath {
    return this.#directory.pathOf(index);
  }

  basisOf(index: number): Basis | undefined {
    return this.#directory.basisOf(index);
  }

  saved(index: number, saved: Saved): void {
    this.#directory.saved(index, saved);
    this.#linked.saved = { ...saved, storedAs: "metadata" };
    for (const tell of this.#linked.waiting.splice(0)) tell(this.#linked.saved);
  }
}
