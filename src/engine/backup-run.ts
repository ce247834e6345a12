/**
 * One run: walk → ask what changed → save what did → finish, directory by directory, in the order
 * of the walk. Written against BackupSession only, so that it is the same for a folder and a server.
 */
import type { BackupCounts } from "../core/backup-set.ts";
import { joinPath } from "../core/byte-string.ts";
import type { FileEntry, VersionFlags } from "../core/entry.ts";
import { Interrupted } from "../core/errors.ts";
import type { Progress, Reporter } from "../core/progress.ts";
import type { BackupSession, Decision, FinishedDirectory, SentEntry } from "../core/repository.ts";
import type { OwnerNames } from "../source/owners.ts";
import type { FileSaver, Saved } from "./file-saver.ts";
import type { ProblemLog } from "./problem-log.ts";
import type { Tally, WalkedDirectory } from "./walk.ts";

/** Directories asked about in one call, and the entries they may have together. */
const DIRECTORIES_PER_CALL = 256;
const ENTRIES_PER_CALL = 16_384;
/** Directories that wait to be finished in their turn. Bounds memory behind a large file. */
const UNFINISHED_MAX = 4096;
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
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly expected: Progress["expected"];
};

type Unfinished = {
  readonly directory: WalkedDirectory;
  readonly result: Promise<FinishedDirectory>;
  isDone: boolean;
};

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
  readonly #unfinished: Unfinished[] = [];
  /** Contents of files with several links, by device and inode: read once a run. */
  readonly #linked = new Map<string, Promise<Saved>>();
  #counts: Tally = { files: 0, directories: 0, others: 0, bytes: 0 };
  #changed = 0;

  constructor(context: RunContext) {
    this.#context = context;
  }

  async take(batch: readonly Scanned[]): Promise<void> {
    if (batch.length === 0) return;
    const { session, saver } = this.#context;
    const answers = await session.openDirectories(batch.map(({ directory }) => directory.head));
    const changed = batch.filter((_scanned, index) => answers[index] === "changed");
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
    await saver.room();
    await this.#finish(UNFINISHED_MAX);
  }

  async end(): Promise<BackupCounts> {
    const { saver, problems } = this.#context;
    await saver.flush();
    await this.#finish(0);
    const { tally } = saver;
    return { ...this.#counts, ...tally, changed: this.#changed, problems: problems.total };
  }

  #send(
    { directory, racyAfterNs }: Scanned,
    entries: readonly FileEntry[],
    decisions: readonly Decision[],
  ): void {
    const sent: Promise<SentEntry | undefined>[] = [];
    for (const [index, entry] of entries.entries()) {
      const decision = decisions[index];
      if (decision?.kind !== "send") continue;
      sent.push(this.#sendEntry(directory, { entry, decision, racyAfterNs }));
    }
    const isRacy = isYoung(directory.newestCtimeNs, directory.newestCtimeNs, racyAfterNs);
    const unfinished: Unfinished = {
      directory,
      isDone: false,
      result: Promise.all(sent).then((all) => {
        unfinished.isDone = true;
        const kept = all.filter((entry) => entry !== undefined);
        const isSettled = !isRacy && kept.length === all.length && kept.every(isAsScanned);
        const digest = isSettled ? directory.head.digest : undefined;
        return { token: directory.head.token, sent: kept, digest };
      }),
    };
    unfinished.result.catch(() => undefined); // seen when its turn comes, or by the saver first
    this.#unfinished.push(unfinished);
  }

  async #sendEntry(
    directory: WalkedDirectory,
    about: {
      readonly entry: FileEntry;
      readonly decision: Extract<Decision, { kind: "send" }>;
      readonly racyAfterNs: bigint;
    },
  ): Promise<SentEntry | undefined> {
    const { entry, decision, racyAfterNs } = about;
    const path = joinPath(directory.source, entry.name);
    const saved = await this.#save({ path, entry, basis: decision.basis });
    const { read } = saved;
    const found = read.stat === undefined ? entry : { ...entry, ...read.stat };
    const recordedAs = joinPath(directory.head.path, entry.name);
    if (read.problem?.kind === "vanished") return undefined;
    if (read.problem !== undefined) {
      if (this.#context.unreadable === "leave-out") return undefined;
      this.#context.problems.add({ path, what: read.problem.reason });
    }
    if (read.isTorn) {
      this.#context.problems.add({ path, what: "changed while it was read, again and again" });
    }
    this.#changed += 1;
    this.#context.reporter.saved({
      path: recordedAs,
      sizeBytes: found.kind === "file" ? found.sizeBytes : 0,
      storedAs: saved.storedAs,
    });
    const flags: VersionFlags = {
      isRacy:
        found.kind === "file" &&
        isYoung(found.ctimeNs, found.mtimeNs, racyAfterNs),
      isTorn: read.isTorn,
      isUnreadable: read.problem !== undefined,
    };
    const owner = this.#context.owners.of(found.uid, found.gid);
    const { content, attributes } = read;
    return { entry: found, owner, content, attributes, flags };
  }

  async #save(file: Parameters<FileSaver["save"]>[0]): Promise<Saved> {
    const { entry } = file;
    if (entry.links < 2 || entry.kind !== "file") return this.#context.saver.save(file);
    const key = `${entry.device}:${entry.inode}`;
    const known = this.#linked.get(key);
    if (known === undefined) {
      const saving = this.#context.saver.save(file);
      this.#linked.set(key, saving);
      return saving;
    }
    const saved = await known;
    return { ...saved, storedAs: "metadata" };
  }

  /** Finishes what is done, in order; waits while more than `unfinishedMax` are left. */
  async #finish(unfinishedMax: number): Promise<void> {
    const { session, saver } = this.#context;
    let done: FinishedDirectory[] = [];
    for (let next = this.#unfinished[0]; next !== undefined; next = this.#unfinished[0]) {
      if (!next.isDone) {
        if (this.#unfinished.length <= unfinishedMax) break;
        saver.dispatch(); // what it waits for may be in the batch that is being filled
      }
      done.push(await next.result);
      this.#unfinished.shift();
      if (done.length >= DIRECTORIES_PER_CALL) {
        await session.finishDirectories(done);
        done = [];
      }
    }
    if (done.length > 0) await session.finishDirectories(done);
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
  const isCoarse = ctimeNs % SECOND_NS === 0n && mtimeNs % SECOND_NS === 0n;
  return ctimeNs > (isCoarse ? racyAfterNs - RACY_COARSE_NS : racyAfterNs);
}
