/**
 * Entry point: the real clock, signals, streams and files, and the engine, wired to the command
 * line. The first signal asks the engine to stop where it can go on later; the second ends at once.
 */
import "./cli/tuned-runtime.ts";
import { homedir, hostname } from "node:os";
import { Cli } from "clipanion";
import { LOCAL_FILES, LOCAL_SECRETS, openPager, processArguments } from "./cli/local-host.ts";
import type { Engine, Host, TardisContext } from "./cli/host.ts";
import { runProgram } from "./cli/program.ts";
import { hidePasswords } from "./cli/terminal.ts";
import { type ByteString, byteString } from "./core/byte-string.ts";
import { EXIT } from "./core/errors.ts";
import { losslessText } from "./core/lossless-text.ts";
import { runBackup } from "./engine/backup.ts";
import { runDiff } from "./engine/diff.ts";
import { restoreInPlace } from "./engine/in-place.ts";
import { runList } from "./engine/list.ts";
import { encryptRepository as encrypt } from "./engine/encrypt-repository.ts";
import {
  changePassword,
  deleteKeys as remove,
  extractKeys as extract,
  insertKeys as insert,
  printableKeys as printable,
  setPassword,
} from "./engine/key-admin.ts";
import { openRepository } from "./engine/open-repository.ts";
import { runRestore } from "./engine/restore.ts";
import { undoInPlace } from "./engine/undo-in-place.ts";

/** Bun puts two entries before the arguments in process.argv, in a compiled binary too. */
const ARGUMENTS_START = 2;
/** Of a terminal that does not tell. */
const COLUMNS = 80;
/** timeout(1) and others send a signal to the process and then to its group: that is one wish. */
const SECOND_SIGNAL_MS = 300;
const DEVELOPMENT_VERSION = "0.0.0-development";

const stop = new AbortController();
const engine: Engine = {
  backup: runBackup,
  restore: runRestore,
  restoreInPlace,
  undoInPlace,
  list: runList,
  diff: runDiff,
  openRepository,
  keys: { setPassword, changePassword, extract, insert, delete: remove, printable, encrypt },
};
const host: Host = {
  ...LOCAL_FILES,
  ...LOCAL_SECRETS,
  version: typeof VERSION === "undefined" ? DEVELOPMENT_VERSION : VERSION,
  workingDirectory: process.cwd(),
  homeDirectory: homedir(),
  hostName: hostname(),
  commandLine: processArguments(process.argv),
  now: () => Date.now(),
  terminalColumns: () => (process.stderr.isTTY ? process.stderr.columns || COLUMNS : undefined),
  outputColumns: () => (process.stdout.isTTY ? process.stdout.columns || COLUMNS : undefined),
  openPager: (env) => (process.stdout.isTTY ? openPager(env) : undefined),
  stop: stop.signal,
  write: writeOutput,
};

hidePasswords();

let stoppedMs: number | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    const now = Date.now();
    stoppedMs ??= now;
    if (now - stoppedMs >= SECOND_SIGNAL_MS) process.exit(EXIT.interrupted);
    stop.abort();
  });
// To a reader that has seen enough, such as head, nothing is said; but not all was written.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.failed);
  throw error;
});

const context: TardisContext = { ...Cli.defaultContext, host, engine };
process.exitCode = await runProgram(
  { invokedAs: process.argv0, args: argumentsOf(host.commandLine) },
  context,
);

/** The arguments, with bytes that are not UTF-8 kept: process.argv replaces them. */
function argumentsOf(line: Uint8Array): readonly string[] {
  const args = process.argv.slice(ARGUMENTS_START);
  if (!args.some((argument) => argument.includes("\ufffd"))) return args;
  const words = byteString(line).split("\0").slice(0, -1);
  return words.slice(words.length - args.length).map((word) => losslessText(word as ByteString));
}

async function writeOutput(piece: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  process.stdout.write(piece, (error) => (error ? reject(error) : resolve()));
  await promise;
}
