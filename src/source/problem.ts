/** What the operating system refused, in words for people and as a code to decide by. */
import { constants } from "node:os";
import type { FilePath } from "../core/byte-string.ts";
import { displayPath } from "../core/byte-string.ts";
import { EXIT, TardisError } from "../core/errors.ts";
import { errno, libc } from "./libc.ts";

/**
 * Why something could not be opened or looked at: an ordinary event of a backup, so it is a
 * result and not an exception. Disposing it does nothing: it may stand where the opened thing
 * would, in a `using`.
 */
export type SourceProblem = Disposable & {
  /** For people, lower case: "permission denied". */
  readonly problem: string;
  /** "EACCES". */
  readonly code: string;
};

/** A file or directory that was open could not be read, or an entry not be restored. */
export class SourceFailed extends TardisError {
  readonly path: FilePath;
  /** Without the path, for a Problem. */
  readonly reason: string;
  readonly code: string;

  constructor(path: FilePath, reason: string, code: string) {
    super(`${displayPath(path)}: ${reason}`, {
      hint: "The other files are not affected.",
      exitCode: EXIT.incomplete,
    });
    this.path = path;
    this.reason = reason;
    this.code = code;
  }
}

/** What `number`, of errno(), means. */
export function problemOf(number: number): SourceProblem {
  return customProblem(textOf(number), codeOf(number));
}

/** A problem that is not the operating system's. */
export function customProblem(problem: string, code: string): SourceProblem {
  return { problem, code, [Symbol.dispose]() {} };
}

/** An exception from the last call's errno. */
export function failureOf(path: FilePath, number = errno()): SourceFailed {
  return new SourceFailed(path, textOf(number), codeOf(number));
}

/** "permission denied". */
export function textOf(number: number): string {
  const text = String(libc.strerror(number) ?? `error ${number}`);
  // "Permission denied" becomes part of a sentence; "RPC struct is bad" does not.
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Names of error numbers; where two share one, the first. */
const CODES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .toReversed()
    .map(([name, number]) => [number, name]),
);

/** "EACCES". */
function codeOf(number: number): string {
  return CODES.get(number) ?? `errno ${number}`;
}
