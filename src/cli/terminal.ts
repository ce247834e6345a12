/** The terminal and the list of processes: asking without echo, and not showing what was said. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { Interrupted } from "../core/errors.ts";
import { PASSWORD_ARGUMENT } from "./password.ts";

const ENTER = new Set(["\r", "\n", "\u0004"]);
const BACKSPACE = new Set(["\u007f", "\b"]);
const CONTROL_C = "\u0003";
/** Fields of /proc/self/stat, counted after the name of the program: arg_start and arg_end. */
const ARGUMENTS_START_FIELD = 45;

/** undefined: there is no terminal to ask on. Throws Interrupted on Ctrl-C. */
export async function askSecret(prompt: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return undefined;
  stderr.write(prompt);
  stdin.setRawMode(true);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let typed = "";
  const take = (piece: Buffer | string): void => {
    for (const character of piece.toString()) {
      if (ENTER.has(character)) resolve(typed);
      else if (character === CONTROL_C) reject(new Interrupted("the question for the password"));
      else if (BACKSPACE.has(character)) typed = typed.replace(/.$/su, "");
      else typed += character;
    }
  };
  stdin.on("data", take);
  stdin.resume();
  try {
    return await promise;
  } finally {
    stdin.off("data", take);
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}

/**
 * Overwrites passwords in this process's arguments, where ps and others read them. Where the system
 * does not let a process do that, they stay: docs/security.md says so.
 */
export function hidePasswords(): void {
  try {
    const words = readFileSync("/proc/self/cmdline").toString("latin1").split("\0");
    let position = argumentsStart();
    for (const word of words) {
      const [, option, password] = PASSWORD_ARGUMENT.exec(word) ?? [];
      if (option !== undefined && password !== undefined) {
        overwrite(position + option.length, password.length);
      }
      position += word.length + 1;
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}

function argumentsStart(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[ARGUMENTS_START_FIELD]);
}

function overwrite(position: number, length: number): void {
  const memory = openSync("/proc/self/mem", "r+");
  try {
    writeSync(memory, Buffer.alloc(length, "x"), 0, length, position);
  } finally {
    closeSync(memory);
  }
}
