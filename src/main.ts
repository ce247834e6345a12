/**
 * Entry point: the real clock, signals, streams and files, and the engine, wired to the command
 * line. The first signal asks the engine to stop where it can go on later; the second ends at once.
 */
import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { Cli } from "clipanion";
import { LOCAL_FILES } from "./cli/local-host.ts";
import type { Engine, Host, TardisContext } from "./cli/host.ts";
import { runProgram } from "./cli/program.ts";
import { byteString } from "./core/byte-string.ts";
import { EXIT } from "./core/errors.ts";
import { losslessText } from "./core/lossless-text.ts";
import { runBackup } from "./engine/backup.ts";
import { openRepository } from "./engine/open-repository.ts";
import { runRestore } from "./engine/restore.ts";

/** In a compiled binary process.argv has two entries before the arguments, as in any Bun program. */
const ARGUMENTS_START = 2;
const DEVELOPMENT_VERSION = "0.0.0-development";

const stop = new AbortController();
const engine: Engine = { backup: runBackup, restore: runRestore, openRepository };
const host: Host = {
  ...LOCAL_FILES,
  version: typeof VERSION === "undefined" ? DEVELOPMENT_VERSION : VERSION,
  workingDirectory: process.cwd(),
  homeDirectory: homedir(),
  hostName: hostname(),
  commandLine: commandLine(),
  now: () => Date.now(),
  terminalColumns: () => (process.stderr.isTTY ? process.stderr.columns : undefined),
  stop: stop.signal,
  write: writeOutput,
};

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  });
// A reader that has seen enough, such as head, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.failed);
  throw error;
});

const context: TardisContext = { ...Cli.defaultContext, host, engine };
process.exitCode = await runProgram(
  { invokedAs: process.argv0, args: argumentsOf(host.commandLine) },
  context,
);

/** Every argument's bytes, each ended by NUL; made from text where the system does not tell. */
function commandLine(): Uint8Array {
  try {
    return new Uint8Array(readFileSync("/proc/self/cmdline"));
  } catch {
    return new TextEncoder().encode(process.argv.map((argument) => `${argument}\0`).join(""));
  }
}

/** The arguments, with bytes that are not UTF-8 kept: process.argv replaces them. */
function argumentsOf(line: Uint8Array): readonly string[] {
  const args = process.argv.slice(ARGUMENTS_START);
  if (!args.some((argument) => argument.includes("\ufffd"))) return args;
  const words = byteString(line).split("\0").slice(0, -1);
  return words.slice(words.length - args.length).map((word) => losslessText(byteString(Buffer.from(word, "latin1"))));
}

async function writeOutput(piece: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  process.stdout.write(piece, (error) => (error ? reject(error) : resolve()));
  await promise;
}
