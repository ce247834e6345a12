/** Runs a command line in a made-up world, with an engine that only notes what it is asked. */
import { PassThrough } from "node:stream";
import type { BackupOptions, BackupOutcome } from "../../src/core/backup-options.ts";
import { type BackupSet, NO_COUNTS } from "../../src/core/backup-set.ts";
import { type FilePath, byteStringOfText } from "../../src/core/byte-string.ts";
import { EXIT } from "../../src/core/errors.ts";
import type { BackupSetId } from "../../src/core/ids.ts";
import type { DiffChange, DiffContents, DiffOptions } from "../../src/core/diff-options.ts";
import { type ChangePlan, ChangeTally } from "../../src/core/change-plan.ts";
import type {
  InPlaceOptions,
  InPlaceOutcome,
  UndoOptions,
} from "../../src/core/in-place-options.ts";
import type { ListGroup, ListOptions, ListOutcome } from "../../src/core/list-options.ts";
import { NO_PROBLEMS, type Reporter } from "../../src/core/progress.ts";
import type { Repository } from "../../src/core/repository.ts";
import type { RepositoryOptions } from "../../src/core/repository-options.ts";
import type { RestoreOptions, RestoreOutcome } from "../../src/core/restore-options.ts";
import type { Engine, Host, TardisContext } from "../../src/cli/host.ts";
import { runProgram } from "../../src/cli/program.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 14, 30, 5, 123);

export type World = {
  /** Text of files by absolute path; "directory": a directory; "-> /x": a symlink. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly invokedAs?: string;
  readonly hostName?: string;
  /** Milliseconds since 1970; NOW_MS always, unless given. */
  readonly now?: () => number;
  readonly writable?: readonly string[];
  readonly columns?: number;
  /** What is typed when a secret is asked for, one after the other; none: no terminal. */
  readonly secrets?: string[];
  readonly backupSets?: readonly BackupSet[];
  /** In place of the engine's work. */
  readonly onBackup?: (options: BackupOptions, reporter: Reporter) => Partial<BackupOutcome>;
  readonly listed?: readonly ListGroup[];
  readonly differing?: readonly (readonly [DiffChange, DiffContents | undefined])[];
  /** What a comparison fails with. */
  readonly diffFailure?: Error;
  /** Of a restore in place. */
  readonly plan?: ChangePlan;
  readonly missing?: ListOutcome["missing"];
  readonly onRestore?: (options: RestoreOptions, reporter: Reporter) => Partial<RestoreOutcome>;
};

export type Answer = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly backups: readonly BackupOptions[];
  readonly restores: readonly RestoreOptions[];
  readonly opened: readonly RepositoryOptions[];
  readonly inPlace: readonly InPlaceOptions[];
  readonly undone: readonly UndoOptions[];
  readonly lists: readonly ListOptions[];
  readonly diffs: readonly DiffOptions[];
  /** What was written to log files, by path. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
};

export const DAILY_SET: BackupSet = {
  id: 7 as BackupSetId,
  name: "Daily-2026-11-23",
  state: "complete",
  priority: 10,
  isLocked: false,
  tags: [],
  roots: ["/home/u" as FilePath],
  startedMs: NOW_MS - 480,
  endedMs: NOW_MS,
  clientVersion: "1.2.3",
  error: undefined,
  cursor: undefined,
  counts: NO_COUNTS,
};

const HOME = { "/": "directory", "/home": "directory", "/home/u": "directory" };

export async function runCli(args: readonly string[], world: World = {}): Promise<Answer> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const recorder = new Recorder(world);
  const context: TardisContext = {
    env: { ...world.env },
    stdin: new PassThrough(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    colorDepth: 1,
    host: hostOf(world, recorder, stdout),
    engine: recorder.engine,
  };
  const invokedAs = world.invokedAs ?? "/usr/bin/tardis";
  const code = await runProgram({ invokedAs, args }, context);
  const { backups, restores, inPlace, undone, lists, diffs, opened, logs } = recorder;
  const texts = { stdout: stdout.text, stderr: stderr.text };
  return { code, ...texts, backups, restores, inPlace, undone, lists, diffs, opened, logs };
}

const nothing = async (): Promise<void> => {};

const NO_KEYS: Engine["keys"] = {
  setPassword: nothing,
  changePassword: nothing,
  extract: nothing,
  insert: nothing,
  delete: nothing,
  printable: async () => "{}",
  encrypt: async () => ({ contents: 0, sets: 0 }),
};

class Sink {
  readonly stream = new PassThrough();
  text = "";

  constructor() {
    this.stream.on("data", (piece: Buffer) => (this.text += piece.toString()));
    this.stream.resume();
  }
}

class Recorder {
  readonly backups: BackupOptions[] = [];
  readonly restores: RestoreOptions[] = [];
  readonly opened: RepositoryOptions[] = [];
  readonly inPlace: InPlaceOptions[] = [];
  readonly undone: UndoOptions[] = [];
  readonly lists: ListOptions[] = [];
  readonly diffs: DiffOptions[] = [];
  readonly logs: Record<string, string[]> = {};
  readonly engine: Engine;

  constructor(world: World) {
    this.engine = {
      backup: async (options, reporter) => {
        this.backups.push(options);
        return backupOutcome(world.onBackup?.(options, reporter));
      },
      restore: async (options, reporter) => {
        this.restores.push(options);
        return restoreOutcome(world.onRestore?.(options, reporter));
      },
      restoreInPlace: async (options) => {
        this.inPlace.push(options);
        const plan = world.plan ?? new ChangeTally().plan;
        options.onPlan(plan, DAILY_SET);
        return inPlaceOutcome(plan);
      },
      undoInPlace: async (options) => {
        this.undone.push(options);
        return { brought: 2, removed: 1, durationMs: 20, problems: NO_PROBLEMS, exitCode: EXIT.ok };
      },
      list: async (options, _reporter, show) => {
        this.lists.push(options);
        return await listOutcome(world, show);
      },
      diff: async (options, _reporter, show) => {
        this.diffs.push(options);
        if (world.diffFailure !== undefined) throw world.diffFailure;
        for (const [change, contents] of world.differing ?? [])
          await show(change, async () => contents);
        const changes = world.differing?.length ?? 0;
        return { changes, problems: 0, oldName: "one", newName: "the disk" };
      },
      keys: NO_KEYS,
      openRepository: async (options) => {
        this.opened.push(options);
        return repositoryOf(world.backupSets ?? []);
      },
    };
  }
}

function hostOf(world: World, { logs }: Recorder, stdout: Sink): Host {
  const files: Readonly<Record<string, string>> = { ...HOME, ...world.files };
  const real = (path: string): string | undefined => {
    const target = /^-> (.*)$/.exec(files[path || "/"] ?? "")?.[1];
    if (target !== undefined) return real(target);
    if (path === "" || path === "/") return "";
    const cut = path.lastIndexOf("/");
    const parent = real(path.slice(0, cut));
    const here = parent === undefined ? undefined : `${parent}/${path.slice(cut + 1)}`;
    return here !== undefined && Object.hasOwn(files, here) ? here : undefined;
  };
  const kindOf = (path: FilePath) => {
    const place = real(path);
    if (place === undefined) return undefined;
    return files[place || "/"] === "directory" ? "directory" : "other";
  };
  return {
    version: "1.2.3",
    workingDirectory: "/home/u",
    homeDirectory: "/home/u",
    hostName: world.hostName ?? "box.example.org",
    commandLine: new TextEncoder().encode("tardis\0"),
    now: world.now ?? (() => NOW_MS),
    terminalColumns: () => world.columns,
    outputColumns: () => world.columns,
    openPager: () => undefined,
    stop: new AbortController().signal,
    readFile: (path) =>
      Object.hasOwn(files, path) ? new TextEncoder().encode(files[path]) : undefined,
    appendLine: (path, line) => void (logs[path] ??= []).push(line),
    kindOf,
    exists: (path) => Object.hasOwn(files, path) || real(path) !== undefined,
    realPath: (path) => real(path) as FilePath | undefined,
    isWritableFolder: (path) => (world.writable ?? ["/srv/tardis"]).includes(path),
    askSecret: async () => world.secrets?.shift(),
    run: async (command) => ({ output: command, exitCode: 0 }),
    fetchText: async (url) => `text of ${url}`,
    write: async (piece) => void (stdout.text += byteStringOfText(new TextDecoder().decode(piece))),
  };
}

function backupOutcome(part: Partial<BackupOutcome> | undefined): BackupOutcome {
  return {
    set: DAILY_SET,
    repository: "existing",
    counts: NO_COUNTS,
    durationMs: 480,
    problems: NO_PROBLEMS,
    damageCount: 0,
    exitCode: EXIT.ok,
    ...part,
  };
}

function inPlaceOutcome(plan: ChangePlan): InPlaceOutcome {
  return {
    set: DAILY_SET,
    plan,
    counts: { files: 2, directories: 1, others: 0, bytes: 1536, kept: 0 },
    keptIn: ["/home/.tardis-undo-x"],
    durationMs: 1250,
    problems: NO_PROBLEMS,
    exitCode: EXIT.ok,
  };
}

async function listOutcome(
  { listed = [], missing = [] }: World,
  show: (group: ListGroup) => Promise<void>,
): Promise<ListOutcome> {
  for (const group of listed) await show(group);
  return { sets: [DAILY_SET], missing, entries: listed.flatMap(({ entries }) => entries).length };
}

function restoreOutcome(part: Partial<RestoreOutcome> | undefined): RestoreOutcome {
  return {
    sets: [DAILY_SET],
    plan: undefined,
    counts: { files: 2, directories: 1, others: 0, bytes: 1536, kept: 0 },
    durationMs: 1250,
    problems: NO_PROBLEMS,
    exitCode: EXIT.ok,
    ...part,
  };
}

/** Only what `admin list` needs. */
function repositoryOf(backupSets: readonly BackupSet[]): Repository {
  const part: Pick<Repository, "name" | "backupSets" | typeof Symbol.asyncDispose> = {
    name: "a repository",
    backupSets: async () => backupSets,
    [Symbol.asyncDispose]: async () => {},
  };
  return part as Repository;
}
