/** The whole command line: which commands there are, and how one is found, run and answered for. */
import { Builtins, Cli } from "clipanion";
import { EXIT, TardisError } from "../core/errors.ts";
import { AdminChangePasswordCommand } from "./admin/chpass.ts";
import { AdminEncryptCommand } from "./admin/encrypt.ts";
import { AdminKeysCommand } from "./admin/keys.ts";
import { AdminListCommand } from "./admin/list.ts";
import { AdminSetPasswordCommand } from "./admin/setpass.ts";
import { withArgumentFiles, withBoundValues, withProgramName } from "./arguments.ts";
import { BackupCommand } from "./backup.ts";
import { DiffCommand } from "./diff.ts";
import { requestedHelp } from "./help.ts";
import type { TardisContext } from "./host.ts";
import { readTextFile } from "./option-files.ts";
import { LsCommand } from "./ls.ts";
import { RegenCommand } from "./regen.ts";

const BINARY_NAME = "tardis";
const COMMANDS = [
  BackupCommand,
  LsCommand,
  DiffCommand,
  RegenCommand,
  AdminListCommand,
  AdminEncryptCommand,
  AdminSetPasswordCommand,
  AdminChangePasswordCommand,
  AdminKeysCommand,
];
const HELP_HINT = "tardis --help lists the commands, tardis COMMAND --help their options.";

export type Invocation = {
  /** The path of the program as it was called. */
  readonly invokedAs: string;
  readonly args: readonly string[];
};

/** `commands`: those to be known; all of them, unless it is clear which one is meant. */
export function createCli(version: string, commands = COMMANDS): Cli<TardisContext> {
  // Help and messages are written here, without colours.
  const cli = new Cli<TardisContext>({
    binaryName: BINARY_NAME,
    binaryVersion: version,
    enableColors: false,
  });
  for (const command of commands) cli.register(command);
  if (commands === COMMANDS) cli.register(Builtins.VersionCommand);
  return cli;
}

/** The exit code. Messages about a wrong command line go to standard error. */
export async function runProgram(invocation: Invocation, context: TardisContext): Promise<number> {
  const { host, stdout, stderr } = context;
  try {
    const named = withProgramName(invocation.invokedAs, invocation.args);
    const args = withArgumentFiles(named, (path) => readTextFile(path, host));
    const cli = createCli(host.version, commandsFor(args));
    const help = requestedHelp(args, cli, host.terminalColumns());
    if (help !== undefined) {
      stdout.write(`${help}\n`);
      return EXIT.ok;
    }
    const command = cli.process([...withBoundValues(args, flagsOf(cli, args))], context);
    return await cli.run(command, context);
  } catch (error) {
    stderr.write(`${wrongCommandLine(error)}\n`);
    return EXIT.usage;
  }
}

/** The command that `args` begin with, alone: preparing one to be parsed takes 5 to 10 ms. */
function commandsFor(args: readonly string[]): typeof COMMANDS {
  const named = COMMANDS.filter(({ paths }) =>
    paths.some((path) => path.every((word, index) => args[index] === word)),
  );
  return named.length > 0 ? named : COMMANDS;
}

/** Of the options that the command has, as they are declared. */
function flagsOf(cli: Cli<TardisContext>, args: readonly string[]): readonly string[] {
  const words = cli.definitions().map(({ path, options }) => ({
    path: path.split(" ").slice(1),
    flags: options.map(({ definition }) => definition.split(" ")[0] ?? ""),
  }));
  return words.find(({ path }) => path.every((word, index) => args[index] === word))?.flags ?? [];
}

/** clipanion's errors carry a mark; others that come here are tardis' own, or bugs. */
function wrongCommandLine(error: unknown): string {
  if (error instanceof TardisError) return `tardis: ${error.message}\n${error.hint}`;
  if (!(error instanceof Error) || !("clipanion" in error)) throw error;
  const [first = ""] = error.message.split("\n");
  const message = first.replace(/\.$/, "").replace(/; did you mean.*/, "");
  return `tardis: ${message.charAt(0).toLowerCase()}${message.slice(1)}\n${HELP_HINT}`;
}
