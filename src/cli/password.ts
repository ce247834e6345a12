/** Where a password comes from: the terminal, an option, a file or URL, or a program. */
import { PasswordMissing, TardisError, UsageError, EXIT, reasonOf } from "../core/errors.ts";
import type { PasswordSource } from "../core/repository-options.ts";
import type { Host } from "./host.ts";
import { readTextFile } from "./option-files.ts";
import { folderOfLocation } from "./paths.ts";

/** Whoever sets a password is told. */
export const NO_WAY_BACK =
  "Without it nothing can be restored: there is no way back from a lost password.";

/** What was said of a password; the first that is there counts. */
export type GivenPassword = {
  /** true: it is to be asked for. */
  readonly password: string | true | undefined;
  readonly file: string | undefined;
  readonly program: string | undefined;
};

/** `what`: the word it is asked for by. */
export function passwordSource(
  { password, file, program }: GivenPassword,
  host: Host,
  what = "Password",
): PasswordSource {
  const isGiven = password !== undefined || file !== undefined || program !== undefined;
  const ask: PasswordSource["ask"] = async (purpose, repository) => {
    if (typeof password === "string") return checked(password, "the option");
    if (password === undefined && file !== undefined) return fromFile(file, host);
    if (password === undefined && program !== undefined) return fromProgram(program, host);
    return purpose === "open"
      ? await fromTerminal(`${what} of ${repository}: `, repository, host)
      : await chosen({ what, repository }, host);
  };
  return { isGiven, ask };
}

/** Arguments, each ended by NUL, without the passwords among them: so a set may keep them. */
export function withoutPasswords(commandLine: Uint8Array): Uint8Array {
  const line = Buffer.from(commandLine).toString("latin1");
  const words = line.split("\0").map((word) => {
    const [, option] = PASSWORD_ARGUMENT.exec(word) ?? [];
    return option ?? word;
  });
  return Buffer.from(words.join("\0"), "latin1");
}

/** A password in a command line: what stands before it, and it itself. */
export const PASSWORD_ARGUMENT = /^(-P|--(?:new)?password=)([^]+)$/;

async function chosen(
  { what, repository }: { readonly what: string; readonly repository: string },
  host: Host,
): Promise<string> {
  const first = await fromTerminal(`${what} for ${repository}: `, repository, host);
  const second = await fromTerminal(`${what} again: `, repository, host);
  if (first === second) return first;
  throw new UsageError("the two passwords are not the same", "Nothing was done. Try again.");
}

async function fromTerminal(prompt: string, repository: string, host: Host): Promise<string> {
  const password = await host.askSecret(prompt);
  if (password === undefined) throw new PasswordMissing(repository);
  return checked(password, "the terminal");
}

async function fromFile(location: string, host: Host): Promise<string> {
  if (/^https?:/.test(location)) return firstLine(await fetched(location, host), location);
  const path = location.startsWith("file:") ? folderOfLocation(location, host) : location;
  const text = readTextFile(path, host);
  if (text !== undefined) return firstLine(text, location);
  throw new UsageError(`there is no file ${location}`, "Name the file that has the password.");
}

async function fromProgram(command: string, host: Host): Promise<string> {
  const { output, exitCode } = await host.run(command);
  if (exitCode === 0) return firstLine(output, command);
  throw new TardisError(`the program for the password ended with ${exitCode}: ${command}`, {
    hint: "Run it in a shell to see why; nothing was done.",
    exitCode: EXIT.failed,
  });
}

async function fetched(url: string, host: Host): Promise<string> {
  try {
    return await host.fetchText(url);
  } catch (cause) {
    throw new TardisError(`${url} cannot be read: ${reasonOf(cause)}`, {
      hint: "Look at it with a browser; nothing was done.",
      exitCode: EXIT.failed,
      cause,
    });
  }
}

function firstLine(text: string, place: string): string {
  return checked(text.split(/\r?\n/, 1)[0] ?? "", place);
}

function checked(password: string, place: string): string {
  if (password !== "") return password;
  throw new UsageError(
    `the password from ${place} is empty`,
    "Give one of at least one character.",
  );
}
