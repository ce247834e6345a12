/**
 * The outside world as the command line sees it, wired by main.ts and replaced in tests. Paths that
 * options name are text; paths of files to back up are bytes.
 */
import type { BaseContext } from "clipanion";
import type { BackupOptions, BackupOutcome } from "../core/backup-options.ts";
import type { FilePath } from "../core/byte-string.ts";
import type { DiffOptions, DiffOutcome, ShowChange } from "../core/diff-options.ts";
import type {
  InPlaceOptions,
  InPlaceOutcome,
  UndoOptions,
  UndoOutcome,
} from "../core/in-place-options.ts";
import type { ListGroup, ListOptions, ListOutcome } from "../core/list-options.ts";
import type { Reporter } from "../core/progress.ts";
import type { Repository } from "../core/repository.ts";
import type { PasswordSource, RepositoryOptions } from "../core/repository-options.ts";
import type { RestoreOptions, RestoreOutcome } from "../core/restore-options.ts";

export type PathKind = "directory" | "other";

export type Host = {
  readonly version: string;
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  /** As the system says it, with or without a domain. */
  readonly hostName: string;
  /** The whole command line, for the record kept in a set. */
  readonly commandLine: Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Columns of the terminal that messages go to; undefined: it is none. */
  readonly terminalColumns: () => number | undefined;
  /** Columns of the terminal that results go to; undefined: it is none. */
  readonly outputColumns: () => number | undefined;
  /** Aborted when the user or the system asks the process to stop. */
  readonly stop: AbortSignal;
  /** undefined: there is no such file. Any other failure is the system's error. */
  readonly readFile: (path: string) => Uint8Array | undefined;
  /** Appends a line to a file, which is made if need be. */
  readonly appendLine: (path: string, line: string) => void;
  /** undefined: there is nothing, or it may not be looked at. Follows symlinks. */
  readonly kindOf: (path: FilePath) => PathKind | undefined;
  /** Whether there is an entry of that name, be it a symlink that leads nowhere. */
  readonly exists: (path: FilePath) => boolean;
  /** With no symlink left in it; undefined: there is no such thing. */
  readonly realPath: (path: FilePath) => FilePath | undefined;
  /** Whether a folder is there and can be written, or can be made. */
  readonly isWritableFolder: (path: string) => boolean;
  /** A program that shows long texts on the terminal; undefined: there is none, or no terminal. */
  readonly openPager: (env: Readonly<Record<string, string | undefined>>) => Pager | undefined;
  /** What the user types on the terminal, unseen; undefined: there is none. Throws Interrupted. */
  readonly askSecret: (prompt: string) => Promise<string | undefined>;
  /** Runs a command of the shell, and gives what it prints. */
  readonly run: (
    command: string,
  ) => Promise<{ readonly output: string; readonly exitCode: number }>;
  /** What an http: or https: URL has. */
  readonly fetchText: (url: string) => Promise<string>;
  /** To standard output; done when it can take more. */
  readonly write: (piece: Uint8Array) => Promise<void>;
};

export type Pager = {
  /** "closed": whoever reads has seen enough. */
  readonly write: (piece: Uint8Array) => Promise<"open" | "closed">;
  /** Done when the program has ended. */
  readonly close: () => Promise<void>;
};

/** What is done with the keys of an encrypted repository. */
export type KeyAdmin = {
  readonly setPassword: (
    options: RepositoryOptions,
    host: { readonly now: () => number; readonly notice: (text: string) => void },
  ) => Promise<void>;
  readonly changePassword: (options: RepositoryOptions, chosen: PasswordSource) => Promise<void>;
  readonly extract: (options: RepositoryOptions) => Promise<void>;
  readonly insert: (options: RepositoryOptions) => Promise<void>;
  readonly delete: (options: RepositoryOptions) => Promise<void>;
  /** The repository and all its sets. Goes on where it stopped. */
  readonly encrypt: (
    options: RepositoryOptions,
    host: {
      readonly now: () => number;
      readonly reporter: Reporter;
      readonly signal: AbortSignal;
    },
  ) => Promise<{ readonly contents: number; readonly sets: number }>;
  /** As text, to be printed. */
  readonly printable: (options: RepositoryOptions) => Promise<string>;
};

/** What the commands ask of the engine. */
export type Engine = {
  readonly backup: (options: BackupOptions, reporter: Reporter) => Promise<BackupOutcome>;
  readonly restore: (options: RestoreOptions, reporter: Reporter) => Promise<RestoreOutcome>;
  readonly restoreInPlace: (options: InPlaceOptions, reporter: Reporter) => Promise<InPlaceOutcome>;
  readonly undoInPlace: (options: UndoOptions, reporter: Reporter) => Promise<UndoOutcome>;
  /** Calls `show` with what it finds, folder by folder. */
  readonly list: (
    options: ListOptions,
    reporter: Reporter,
    show: (group: ListGroup) => Promise<void>,
  ) => Promise<ListOutcome>;
  /** Calls `show` with each change, by path. */
  readonly diff: (
    options: DiffOptions,
    reporter: Reporter,
    show: ShowChange,
  ) => Promise<DiffOutcome>;
  /** For reading. Throws NoRepository. */
  readonly openRepository: (
    options: RepositoryOptions,
    host: { readonly now: () => number; readonly reporter: Reporter },
  ) => Promise<Repository>;
  readonly keys: KeyAdmin;
};

export type TardisContext = BaseContext & { readonly host: Host; readonly engine: Engine };
