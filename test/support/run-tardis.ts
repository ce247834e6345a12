/**
 * Runs the compiled program as a user would: another process, its own home, folders that are gone
 * afterwards. TARDIS_BINARY names it; without it these tests are skipped.
 */
import { describe, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { BackupCounts } from "../../src/core/backup-set.ts";
import { AS_NOBODY } from "./as-root.ts";
import { TempDir } from "./temp-dir.ts";

const BINARY = process.env["TARDIS_BINARY"];
const IS_ROOT = process.getuid?.() === 0;

const CLIENT = "machine";

export const isBinaryGiven = BINARY !== undefined;
export const describeBinary = describe.skipIf(!isBinaryGiven);
export const testBinary = test.skipIf(!isBinaryGiven);
/** Of owners, devices, mounts. */
export const testBinaryAsRoot = test.skipIf(!isBinaryGiven || !IS_ROOT);
/** Of what a user without rights may do: root starts the program as nobody. */
export const testBinaryAsNobody = test.skipIf(
  !isBinaryGiven || !IS_ROOT || Bun.which("setpriv") === null,
);

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly as?: "nobody";
};

export type ExpectedRun = RunOptions & { readonly exitCode?: number };
type ToSave = { readonly paths?: readonly string[] };
type ToRestore = { readonly path?: string };

export type Outcome = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as bytes: a restored file. */
  readonly output: Uint8Array;
};

/** What `backup --json` prints. */
export type BackupSummary = {
  readonly repository: { readonly folder: string; readonly created: boolean };
  readonly set: {
    readonly number: number;
    readonly name: string;
    readonly state: string;
    readonly priority: number;
    readonly tags: readonly string[];
  };
  readonly counts: BackupCounts;
  readonly problems: Problems;
  readonly damaged: number;
  readonly exitCode: number;
};
export type Problems = {
  readonly total: number;
  readonly listed: readonly { readonly path: string; readonly what: string }[];
};

/** What `admin list --json` prints of a set. */
export type ListedSet = {
  readonly number: number;
  readonly name: string;
  readonly state: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly paths: readonly string[];
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly error: string | null;
  readonly counts: BackupCounts;
};

/** A home with a folder to back up, a place for the repository, and one to restore into. */
export class Workspace implements Disposable {
  readonly #folder = new TempDir();
  #outputs = 0;
  /** What is backed up. */
  readonly source: string;
  /** Given to -R; the client's repository is a folder in it. */
  base: string;

  constructor() {
    // Ordinary users take part.
    chmodSync(this.#folder.path, 0o755);
    this.source = this.join("source");
    this.base = this.join("repositories");
    mkdirSync(this.source);
    mkdirSync(this.join("home"));
  }

  /** Where the repository of CLIENT is. */
  get repository(): string {
    return join(this.base, CLIENT);
  }

  join(...names: readonly string[]): string {
    return this.#folder.join(...names);
  }

  /** Runs to its end, whatever the exit code. */
  run(args: readonly string[], options: RunOptions = {}): Outcome {
    const { stdout, stderr, exitCode } = Bun.spawnSync(this.#command(args, options), {
      cwd: options.cwd ?? this.join("home"),
      env: this.environment(options.env),
    });
    return { exitCode, stdout: stdout.toString(), stderr: stderr.toString(), output: stdout };
  }

  /** Starts it and goes on. */
  start(args: readonly string[], options: RunOptions = {}): Running {
    return Bun.spawn(this.#command(args, options), {
      cwd: options.cwd ?? this.join("home"),
      env: this.environment(options.env),
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  /** Backs up `paths`, the source folder unless told; throws unless it ends as expected. */
  backup(args: readonly string[] = [], options: ExpectedRun & ToSave = {}): BackupSummary {
    const { paths = [this.source] } = options;
    const command = ["backup", "--local", "-R", this.base, "--json", ...args, ...paths];
    return JSON.parse(this.expectExit(command, options).stdout) as BackupSummary;
  }

  /** Restores `path`, the source folder unless told, below a new folder; where it is now. */
  regen(args: readonly string[] = [], options: ExpectedRun & ToRestore = {}): string {
    const { path = this.source } = options;
    const out = this.#newOutput();
    this.expectExit(["regen", "-R", this.base, "-o", out, ...args, path], options);
    return join(out, basename(path));
  }

  list(options: ExpectedRun = {}): readonly ListedSet[] {
    const { stdout } = this.expectExit(["admin", "list", "-R", this.base, "--json"], options);
    return (JSON.parse(stdout) as { sets: readonly ListedSet[] }).sets;
  }

  /** Throws, with all that was printed, unless it ends with the exit code that is expected: 0. */
  expectExit(args: readonly string[], options: ExpectedRun = {}): Outcome {
    const outcome = this.run(args, options);
    if (outcome.exitCode === (options.exitCode ?? 0)) return outcome;
    const { exitCode, stdout, stderr } = outcome;
    throw new Error(`tardis ${args.join(" ")}: exit code ${exitCode}\n${stdout}${stderr}`);
  }

  environment(more: RunOptions["env"] = {}): Record<string, string> {
    return {
      // setpriv, and whatever the program may look for.
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      // Configuration and the usual place of repositories are looked for below it.
      HOME: this.join("home"),
      // The machine's name is not the same everywhere.
      TARDIS_CLIENT: CLIENT,
      // Automatic names are in local time.
      TZ: "UTC",
      ...more,
    };
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  #newOutput(): string {
    this.#outputs += 1;
    const out = this.join(`restored-${this.#outputs}`);
    mkdirSync(out);
    chmodSync(out, 0o777);
    return out;
  }

  #command(args: readonly string[], { as }: RunOptions): string[] {
    if (BINARY === undefined) throw new Error("TARDIS_BINARY names no program");
    return [...(as === "nobody" ? AS_NOBODY : []), BINARY, ...args];
  }
}

export type Running = Bun.Subprocess<"ignore", "pipe", "pipe">;
