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

export const CLIENT = "machine";

export const describeBinary = describe.skipIf(BINARY === undefined);
export const testBinary = test.skipIf(BINARY === undefined);
/** Of owners, devices, mounts. */
export const testBinaryAsRoot = test.skipIf(BINARY === undefined || !IS_ROOT);
/** Of what a user without rights may do: root starts the program as nobody. */
export const testBinaryAsNobody = test.skipIf(
  BINARY === undefined || !IS_ROOT || Bun.which("setpriv") === null,
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

  /** `backup` of the source folder unless `args` name others; throws unless it ends as expected. */
  backup(
    args: readonly string[] = [],
    options: RunOptions & { exitCode?: number } = {},
  ): BackupSummary {
    const paths = args.some((argument) => argument.startsWith("/")) ? [] : [this.source];
    const command = ["backup", "--local", "-R", this.base, "--json", ...args, ...paths];
    return JSON.parse(this.expectExit(command, options).stdout) as BackupSummary;
  }

  /** Restores `path` (the source folder) below a new folder, and answers where it is now. */
  regen(
    args: readonly string[] = [],
    { path = this.source, ...options }: RunOptions & { exitCode?: number; path?: string } = {},
  ): string {
    this.#restores += 1;
    const out = this.join(`restored-${this.#restores}`);
    if (options.as === "nobody") mkdirSync(out, { mode: 0o777 });
    if (options.as === "nobody") chmodSync(out, 0o777);
    this.expectExit(["regen", "-R", this.base, "-o", out, ...args, path], options);
    return join(out, basename(path));
  }
  #restores = 0;

  list(options: RunOptions & { exitCode?: number } = {}): readonly ListedSet[] {
    const { stdout } = this.expectExit(["admin", "list", "-R", this.base, "--json"], options);
    return (JSON.parse(stdout) as { sets: readonly ListedSet[] }).sets;
  }

  expectExit(args: readonly string[], options: RunOptions & { exitCode?: number } = {}): Outcome {
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
