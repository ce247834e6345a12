/** Collects the figures of one case while it runs, and says each as it comes. */

import { BenchFailure } from "../failure.ts";
import { measure, type Command } from "../measure.ts";
import type { SizedState, TimedStep } from "../results.ts";
import { say } from "../shell.ts";
import { folderSize } from "../sizes.ts";
import type { Restore, Tool } from "../tools/tool.ts";
import { compareFolders, summary } from "../verify.ts";

const BYTES_PER_MB = 1_000_000;

export class Recorder {
  readonly steps: TimedStep[] = [];
  readonly sizes: SizedState[] = [];
  readonly #remarks = new Set<string>();
  readonly #logPath: string;
  readonly #prepare: () => void;
  /** Tools that failed: they take no further part in the case. */
  readonly #failed = new Set<string>();

  /** `prepare` is called before every step that is measured. */
  constructor(logPath: string, prepare: () => void) {
    this.#logPath = logPath;
    this.#prepare = prepare;
  }

  get remarks(): readonly string[] {
    return [...this.#remarks];
  }

  get hasFailures(): boolean {
    return this.#failed.size > 0;
  }

  isStillIn(tool: Tool): boolean {
    return !this.#failed.has(tool.name);
  }

  /**
   * Runs and records one step of one tool. A tool that fails is remarked upon, and the others go
   * on.
   */
  async time(
    tool: string,
    step: string,
    at: { readonly run: number; readonly commands: readonly Command[] },
  ): Promise<void> {
    await this.#guard(tool, step, async () => {
      this.#prepare();
      const measured = await measure(at.commands, this.#logPath);
      this.steps.push({ tool, step, run: at.run, ...measured });
      const wall = seconds(measured.wallMs);
      const cpu = seconds(measured.userMs + measured.systemMs);
      sayFigures(tool, step, `${wall}  cpu ${cpu}  peak ${megabytes(measured.peakBytes)}`);
    });
  }

  size(tool: string, state: string, at: { readonly run: number; readonly folder: string }): void {
    if (this.#failed.has(tool)) return;
    const size = folderSize(at.folder);
    this.sizes.push({ tool, state, run: at.run, ...size });
    sayFigures(tool, state, `${megabytes(size.apparentBytes)} in ${size.files} files`);
  }

  /**
   * Compares what a tool restored with the source. It stays until the run is over: ext4 is slow to
   * make files for minutes after many were removed, which the next tool would be charged for.
   */
  async verify(tool: Tool, restore: Restore): Promise<void> {
    await this.#guard(tool.name, "restore", async () => {
      const { wrong, metadata } = await compareFolders(restore.source, tool.restoredAt(restore));
      if (metadata.length > 0)
        this.#remarks.add(`${tool.name}: restored with other metadata: ${summary(metadata)}`);
      if (wrong.length > 0) throw new BenchFailure(`wrong restore: ${summary(wrong)}`);
    });
  }

  /** Compares one file that a tool restored with the one it was saved from. */
  async verifyFile(tool: Tool, restored: string, source: string): Promise<void> {
    await this.#guard(tool.name, "one file", async () => {
      const [found, wanted] = await Promise.all([
        Bun.file(restored).bytes(),
        Bun.file(source).bytes(),
      ]);
      if (Buffer.compare(found, wanted) !== 0)
        throw new BenchFailure(`wrong restore: ${restored} is not ${source}`);
    });
  }

  async #guard(tool: string, step: string, work: () => Promise<void>): Promise<void> {
    if (this.#failed.has(tool)) return;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof BenchFailure)) throw error;
      this.#failed.add(tool);
      this.#remarks.add(`${tool}: ${step} failed: ${error.message.split("\n").at(-1)}`);
      sayFigures(tool, step, `FAILED: ${error.message}`);
    }
  }
}

function sayFigures(tool: string, step: string, figures: string): void {
  say(`  ${step.padEnd(16)} ${tool.padEnd(13)} ${figures}`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2).padStart(8)} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / BYTES_PER_MB).toFixed(1).padStart(8)} MB`;
}
