/**
 * Measuring whole processes from outside: wall time from before the spawn to after the exit,
 * processor time as the kernel counts it for the process and every descendant it waited for, memory
 * as process-tree.ts says.
 */

import { closeSync, openSync, readFileSync } from "node:fs";
import { BenchFailure } from "./failure.ts";
import { MemoryWatch } from "./process-tree.ts";
import { run } from "./shell.ts";

const MICROSECONDS_PER_MS = 1_000;
const LOG_TAIL_CHARACTERS = 1_500;

export interface Command {
  readonly argv: readonly string[];
  /** Added to the environment of the benchmark. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where standard output goes: to the log, unless nobody wants to see it. */
  readonly output?: "log" | "discard";
}

export interface Measurement {
  readonly wallMs: number;
  readonly userMs: number;
  readonly systemMs: number;
  readonly peakBytes: number;
}

/**
 * Runs commands one after the other as one step. Throws BenchFailure, with the end of its output,
 * when one fails.
 */
export async function measure(commands: readonly Command[], logPath: string): Promise<Measurement> {
  // What the step before left to be written must not be paid for by this one.
  await run(["sync"]);
  const parts: Measurement[] = [];
  for (const command of commands) parts.push(await measureOne(command, logPath));
  return {
    wallMs: sum(parts.map((part) => part.wallMs)),
    userMs: sum(parts.map((part) => part.userMs)),
    systemMs: sum(parts.map((part) => part.systemMs)),
    peakBytes: Math.max(0, ...parts.map((part) => part.peakBytes)),
  };
}

async function measureOne(command: Command, logPath: string): Promise<Measurement> {
  const log = openSync(logPath, "w");
  try {
    const startedMs = performance.now();
    const child = Bun.spawn([...command.argv], {
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      env: { ...Bun.env, ...command.env },
      stdin: "ignore",
      stdout: command.output === "discard" ? "ignore" : log,
      stderr: log,
    });
    using memory = new MemoryWatch(child.pid);
    const exitCode = await child.exited;
    const wallMs = performance.now() - startedMs;
    if (exitCode !== 0) throw failure(command, exitCode, logPath);
    const cpu = child.resourceUsage()?.cpuTime;
    return {
      wallMs,
      userMs: Number(cpu?.user ?? 0) / MICROSECONDS_PER_MS,
      systemMs: Number(cpu?.system ?? 0) / MICROSECONDS_PER_MS,
      peakBytes: memory.peakBytes,
    };
  } finally {
    closeSync(log);
  }
}

function failure(command: Command, exitCode: number, logPath: string): BenchFailure {
  const tail = readFileSync(logPath, "utf8").trim().slice(-LOG_TAIL_CHARACTERS);
  return new BenchFailure(`${command.argv.join(" ")}\n  ended with ${exitCode}: ${tail}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
