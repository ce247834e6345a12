/**
 * Lines of an exclusion list become patterns: which names, from which directory down, lead to the
 * entries that are left out or taken in again. docs/patterns.md is the specification.
 */
import { type ByteString, type FilePath, display, namesOf } from "../core/byte-string.ts";
import { UsageError } from "../core/errors.ts";
import { losslessText } from "../core/lossless-text.ts";
import type { PatternText } from "../core/selection-options.ts";
import { type Glob, GlobSyntaxError, literalGlob, parseGlob } from "./glob.ts";

/** One step of a path: a name that matches, or any number of directories. */
export type Step = Glob | "any-depth";

export type Pattern = {
  readonly verdict: "exclude" | "include";
  readonly kinds: "all" | "directories";
  /** Not empty. From the directory the pattern belongs to down to the entry itself. */
  readonly steps: readonly Step[];
};

/**
 * tree: paths are absolute, and one that does not begin with "/" may begin anywhere.
 * directory: paths begin in `base`, where the file with the patterns lies.
 */
export type PatternScope = "tree" | "directory";

const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

/**
 * The patterns of `text`, in order. One that cannot be understood is a UsageError that names its
 * place, given to `onError`; where that returns, the pattern is left out.
 */
export function parsePatterns(
  text: PatternText,
  scope: PatternScope,
  onError: (error: UsageError) => void,
): Pattern[] {
  const patterns: Pattern[] = [];
  for (const { line, place } of linesOf(text)) {
    try {
      patterns.push(...parsePattern(line, scope, text.base));
    } catch (error) {
      if (!(error instanceof GlobSyntaxError)) throw error;
      onError(
        new UsageError(
          `${place}: the pattern "${display(line)}" ${error.message}`,
          "To mean one of the characters * ? [ ] \\ itself, write \\ before it.",
        ),
      );
    }
  }
  return patterns;
}

/** Leaves out the directory at `path` itself. */
export function directoryPattern(path: FilePath): Pattern {
  return { verdict: "exclude", kinds: "directories", steps: literalSteps(path) };
}

type Line = { readonly line: ByteString; readonly place: string };

function linesOf({ origin, form, text }: PatternText): Line[] {
  if (form === "option") return text === "" ? [] : [{ line: text, place: origin }];
  const lines = text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
  return lines
    .split("\n")
    .map((line, index) => ({
      line: withoutTrailingSpace(line) as ByteString,
      place: `${origin}, line ${index + 1}`,
    }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"));
}

/** Without spaces, tabs and carriage returns at the end; but one space after a backslash counts. */
function withoutTrailingSpace(line: string): string {
  let end = line.length;
  while (end > 0 && " \t\r".includes(line[end - 1] as string)) end -= 1;
  let backslashes = 0;
  while (line[end - 1 - backslashes] === "\\") backslashes += 1;
  return line.slice(0, backslashes % 2 === 1 && line[end] === " " ? end + 1 : end);
}

/** Two patterns where a leading slash may mean the base or the root of the file system. */
function parsePattern(line: ByteString, scope: PatternScope, base: FilePath): Pattern[] {
  const isIncluded = line.startsWith("!");
  const text = isIncluded ? line.slice(1) : line;
  const verdict = isIncluded ? "include" : "exclude";
  const kinds = text.endsWith("/") ? "directories" : "all";
  return anchoredSteps(text, scope, base)
    .filter((steps) => steps.length > 0)
    .map((steps): Pattern => ({ verdict, kinds, steps }));
}

function anchoredSteps(text: string, scope: PatternScope, base: FilePath): Step[][] {
  if (/^\.\.?\//.test(text)) return [relativeSteps(text, scope, base)];
  const steps = parseSteps(text);
  const isPath = text.slice(0, -1).includes("/");
  if (!isPath) return steps.length === 0 ? [] : [fromAnywhere(steps)];
  if (scope === "tree") return [text.startsWith("/") ? steps : fromAnywhere(steps)];
  if (text.startsWith(`${base}/`)) return [steps, parseSteps(text.slice(base.length + 1))];
  return [steps];
}

/** Of a path that begins with "./" or "../". */
function relativeSteps(text: string, scope: PatternScope, base: FilePath): Step[] {
  const above = scope === "tree" ? namesOf(base) : [];
  let rest = text;
  for (;;) {
    const [whole = "", dots] = /^(\.\.?)\/+/.exec(rest) ?? [];
    if (dots === undefined) break;
    if (dots === ".." && above.pop() === undefined)
      throw new GlobSyntaxError("leaves the directory it begins in");
    rest = rest.slice(whole.length);
  }
  return [...above.map((name) => literalGlob(losslessText(name))), ...parseSteps(rest)];
}

function fromAnywhere(steps: Step[]): Step[] {
  return steps[0] === "any-depth" ? steps : ["any-depth", ...steps];
}

function parseSteps(text: string): Step[] {
  const names = text.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw new GlobSyntaxError('has ".." inside it');
  const steps = names.map((name): Step =>
    name === "**" ? "any-depth" : parseGlob(losslessText(name as ByteString)),
  );
  return steps.filter((step, index) => step !== "any-depth" || steps[index - 1] !== "any-depth");
}

function literalSteps(path: FilePath): Step[] {
  return namesOf(path).map((name) => literalGlob(losslessText(name)));
}
