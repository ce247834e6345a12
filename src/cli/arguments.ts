/**
 * The command line before its options are looked at: the names of the original's programs, @FILE,
 * and options whose value may be left out.
 */
import { posix } from "node:path";
import { UsageError } from "../core/errors.ts";
import { ALL_SETTINGS } from "./all-settings.ts";
import { type Setting, longFlag } from "./setting.ts";

const FILES_DEEP_MAX = 10;

/** What a link to the program with the name of one of the original's does. */
const OLD_PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  regenerate: ["regen"],
  lstardis: ["ls"],
  tardiff: ["diff"],
  sonic: ["admin"],
};
/** The original's programs whose work is not here yet, and what it will be called. */
const LATER_PROGRAMS: Readonly<Record<string, string>> = {
  tardisd: "serve",
  tardisfs: "mount",
};

/** `invokedAs`: the path of the program as it was called. Throws UsageError. */
export function withProgramName(invokedAs: string, args: readonly string[]): readonly string[] {
  const name = posix.basename(invokedAs);
  const later = LATER_PROGRAMS[name];
  if (later !== undefined)
    throw new UsageError(
      `${name} is not here yet: it will be tardis ${later}`,
      "tardis --help lists what there is.",
    );
  return [...(OLD_PROGRAMS[name] ?? []), ...args];
}

/**
 * `args` with each @FILE replaced by the arguments in it: words as a shell splits them, with
 * quotes and backslashes; # to the end of the line is a comment. Files may name further files,
 * relative to themselves. Throws UsageError.
 */
export function withArgumentFiles(
  args: readonly string[],
  readText: (path: string) => string | undefined,
): readonly string[] {
  return expand(args, { readText, directory: "", depth: 0 });
}

type Place = {
  readonly readText: (path: string) => string | undefined;
  readonly directory: string;
  readonly depth: number;
};

function expand(args: readonly string[], place: Place): readonly string[] {
  return args.flatMap((argument) => {
    if (!argument.startsWith("@") || argument === "@") return [argument];
    const path = posix.join(
      posix.isAbsolute(argument.slice(1)) ? "" : place.directory,
      argument.slice(1),
    );
    const { depth, readText } = place;
    if (depth === FILES_DEEP_MAX)
      throw new UsageError(`${path}: files of arguments name one another`, "Take one @ out.");
    const text = readText(path);
    if (text === undefined)
      throw new UsageError(
        `there is no file ${path} to read arguments from`,
        `To back up something whose name begins with @, write ./${argument}.`,
      );
    const words = splitWords(text, path);
    return expand(words, { readText, directory: posix.dirname(path), depth: depth + 1 });
  });
}

/** Words of a file, as a POSIX shell would split them without expanding anything. */
export function splitWords(text: string, file: string): readonly string[] {
  const words: string[] = [];
  const part = /'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[^\s'"\\]/.source;
  const token = new RegExp(`\\s+|#[^\\n]*|((?:${part})(?:${part})*)`, "y");
  while (token.lastIndex < text.length) {
    const position = token.lastIndex;
    const match = token.exec(text);
    if (match === null) {
      const line = text.slice(0, position).split("\n").length;
      throw new UsageError(
        `${file}, line ${line}: a quote is opened and not closed`,
        "Close it, or write \\ before it to mean the character itself.",
      );
    }
    if (match[1] !== undefined) words.push(unquote(match[1]));
  }
  return words;
}

function unquote(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])/g,
    (_whole, single?: string, double?: string, escaped?: string) => {
      if (single !== undefined) return single;
      if (double !== undefined) return double.replace(/\\([\\"$`]|\n)/g, keptCharacter);
      return keptCharacter("", escaped ?? "");
    },
  );
}

/** A backslash before the end of a line takes it away. */
function keptCharacter(_whole: string, character: string): string {
  return character === "\n" ? "" : character;
}

/**
 * Options with their values bound to them, where clipanion would not see that they belong together:
 * `-Z zstd` is `--compress-data=zstd`, so that the algorithm is not taken for a path, and `-oOUT`
 * is `--output=OUT`. `flags`: of the command's options, as they are declared.
 */
export function withBoundValues(
  args: readonly string[],
  flags: readonly string[],
): readonly string[] {
  const settings = ALL_SETTINGS.filter((setting) => flags.includes(setting.flags));
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  const bound: string[] = [];
  for (let index = 0; index < options.length; index += 1) {
    const argument = options[index] as string;
    const next = options[index + 1];
    const setting = settings.find((each) => each.flags.split(",").includes(argument));
    if (setting?.nextWord !== undefined && next !== undefined && setting.nextWord.test(next)) {
      bound.push(`${longFlag(setting)}=${next}`);
      index += 1;
    } else bound.push(withoutAttachment(argument, settings));
  }
  return [...bound, ...args.slice(options.length)];
}

function withoutAttachment(argument: string, settings: readonly Setting<unknown>[]): string {
  const [, letter, value] = /^-([A-Za-z])([^=][^]*)$/.exec(argument) ?? [];
  if (letter === undefined || value === undefined) return argument;
  const setting = settings.find(
    ({ flags, kind }) => kind !== "switch" && kind !== "count" && flags.startsWith(`-${letter},`),
  );
  return setting === undefined ? argument : `${longFlag(setting)}=${value}`;
}
