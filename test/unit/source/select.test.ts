/** Which entries of a tree are backed up. docs/patterns.md says the same in words. */
import { describe, expect, test } from "bun:test";
import {
  type FileName,
  type FilePath,
  ROOT_PATH,
  byteStringOfText,
  bytesOf,
  joinPath,
} from "../../../src/core/byte-string.ts";
import { UsageError } from "../../../src/core/errors.ts";
import {
  DEFAULT_SELECTION,
  type PatternText,
  type SelectionOptions,
} from "../../../src/core/selection-options.ts";
import {
  type DirectoryFiles,
  type DirectorySelection,
  SelectionRules,
} from "../../../src/source/select.ts";

const SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** Files by name with their text; directories are trees. */
type Tree = { readonly [name: string]: string | Tree };

describe("without any rule", () => {
  test("everything is wanted, and no name is asked for", () => {
    const rules = new SelectionRules(DEFAULT_SELECTION);
    const selection = entered(rules, ROOT_PATH, {});
    expect(selection.needsNames).toBe(false);
    expect(selection.filter).toBeUndefined();
    expect(selection.enter(name("a"), path("/a"), files({}))).toBe(selection);
  });
});

describe("patterns on the command line", () => {
  test("without a slash match a name at any depth", () => {
    expect(saved({ a: { "x.o": "", b: { "y.o": "", c: "" } } }, options("*.o"))).toEqual([
      "/a",
      "/a/b",
      "/a/b/c",
    ]);
  });

  test("that begin with a slash match one whole path", () => {
    expect(saved({ a: { b: "" }, c: { a: { b: "" } } }, options("/a/b"))).toEqual([
      "/a",
      "/c",
      "/c/a",
      "/c/a/b",
    ]);
  });

  test("with a slash inside match the end of a path", () => {
    expect(saved({ a: { b: "" }, c: { a: { b: "", d: "" } } }, options("a/b"))).toEqual([
      "/a",
      "/c",
      "/c/a",
      "/c/a/d",
    ]);
  });

  test("that end in a slash match directories only", () => {
    expect(saved({ x: { a: "" }, b: { x: "" } }, options("x/"))).toEqual(["/b", "/b/x"]);
  });

  test("with two stars match any number of directories", () => {
    const tree = { a: { z: "", b: { z: "", c: { z: "" } } } };
    expect(saved(tree, options("/a/**/z"))).toEqual(["/a", "/a/b", "/a/b/c"]);
    expect(saved(tree, options("/a/**"))).toEqual(["/a"]);
    expect(saved(tree, options("**/b/z"))).toEqual(["/a", "/a/b", "/a/b/c", "/a/b/c/z", "/a/z"]);
  });

  test("that begin with ./ are relative to the working directory", () => {
    const tree = { home: { u: { x: "" }, x: "" } };
    expect(saved(tree, options("./x", "../x"))).toEqual(["/home", "/home/u"]);
  });

  test("the last that matches decides, so that ! takes in again", () => {
    const tree = { "a.o": "", "b.o": "", "c.o": "" };
    expect(saved(tree, options("*.o", "!b.o", "!c.o", "c*"))).toEqual(["/b.o"]);
  });

  test("cannot take in what lies in a directory left out", () => {
    expect(saved({ a: { keep: "" } }, options("a", "!keep"))).toEqual([]);
  });

  test("take # and spaces as they are", () => {
    expect(saved({ "#a": "", "b ": "", b: "" }, options("#a", "b "))).toEqual(["/b"]);
  });

  test("match one character of UTF-8, or one stray byte, with a question mark", () => {
    const tree = { é: "", "\u00ff": "" };
    expect(saved(tree, options("?"))).toEqual([]);
    expect(stray("?", "\xff")).toBe(false);
    expect(stray("??", "\xff")).toBe(true);
    expect(stray("??", "\xc3\xff")).toBe(false);
  });

  test("know brackets, ranges, classes and backslashes", () => {
    const tree = { a: "", b: "", "1": "", "]": "", "*": "", "-": "" };
    expect(saved(tree, options("[a-b]"))).toEqual(["/*", "/-", "/1", "/]"]);
    expect(saved(tree, options("[!a-b]"))).toEqual(["/a", "/b"]);
    expect(saved(tree, options("[[:digit:]]"))).toEqual(["/*", "/-", "/]", "/a", "/b"]);
    expect(saved(tree, options("[]-]"))).toEqual(["/*", "/1", "/a", "/b"]);
    expect(saved(tree, options("\\*"))).toEqual(["/-", "/1", "/]", "/a", "/b"]);
  });

  test("leave a root that was named where it is, whatever they say", () => {
    const rules = new SelectionRules(options("u", "/home"));
    const selection = entered(rules, path("/home/u"), {});
    expect(selection.wants(name("u"), true)).toBe(false);
    expect(selection.wants(name("v"), true)).toBe(true);
  });

  test("ask for names only where they can match", () => {
    const rules = new SelectionRules(options("/home/u/tmp"));
    const root = entered(rules, ROOT_PATH, {});
    const home = root.enter(name("home"), path("/home"), files({})) as DirectorySelection;
    const user = home.enter(name("u"), path("/home/u"), files({})) as DirectorySelection;
    const other = root.enter(name("usr"), path("/usr"), files({})) as DirectorySelection;
    const needs = [root, home, user, other].map(({ needsNames }) => needsNames);
    expect(needs).toEqual([false, false, true, false]);
  });
});

describe("a directory on the command line", () => {
  test("is left out whole, its name being no pattern", () => {
    const excludedDirectories = [path("/a/[b]")];
    expect(
      saved({ a: { "[b]": { c: "" }, b: "" } }, { ...DEFAULT_SELECTION, excludedDirectories }),
    ).toEqual(["/a", "/a/b"]);
  });
});

describe("files in directories", () => {
  test(".tardis-excludes counts in its directory and below", () => {
    const tree = { a: { ".tardis-excludes": "x\n", x: "", b: { x: "", y: "" } }, x: "" };
    expect(saved(tree)).toEqual(["/a", "/a/.tardis-excludes", "/a/b", "/a/b/y", "/x"]);
  });

  test(".tardis-local-excludes counts in its directory only", () => {
    const tree = { a: { ".tardis-local-excludes": "x\n", x: "", b: { x: "" } } };
    expect(saved(tree)).toEqual(["/a", "/a/.tardis-local-excludes", "/a/b", "/a/b/x"]);
  });

  test("with a slash in a pattern mean paths from their own directory", () => {
    const tree = {
      a: { ".tardis-excludes": "/x\nb/y\n", x: "", b: { x: "", y: "", b: { y: "" } } },
    };
    expect(saved(tree)).toEqual([
      "/a",
      "/a/.tardis-excludes",
      "/a/b",
      "/a/b/b",
      "/a/b/b/y",
      "/a/b/x",
    ]);
  });

  test("may name absolute paths, too", () => {
    const tree = { a: { ".tardis-excludes": "/a/b/x\n", b: { x: "", y: "" } } };
    expect(saved(tree)).toEqual(["/a", "/a/.tardis-excludes", "/a/b", "/a/b/y"]);
  });

  test("deeper ones are stronger than those above, the command line than all", () => {
    const tree = {
      ".tardis-excludes": "*.o\n",
      a: { ".tardis-excludes": "!b.o\n!c.o\n", "a.o": "", "b.o": "", "c.o": "" },
    };
    expect(saved(tree, options("c.o"))).toEqual([
      "/.tardis-excludes",
      "/a",
      "/a/.tardis-excludes",
      "/a/b.o",
    ]);
  });

  test("may have comments, blank lines, DOS ends of lines, a byte order mark, escapes", () => {
    const list = "\ufeffa\r\n# b\r\n\r\n\\#c\r\nd  \r\ne\\ \r\n";
    const tree = { ".tardis-excludes": list, a: "", b: "", "#c": "", d: "", "e ": "", e: "" };
    expect(saved(tree)).toEqual(["/.tardis-excludes", "/b", "/e"]);
  });

  test(".tardis-skip keeps its directory empty", () => {
    expect(saved({ a: { ".tardis-skip": "", b: { c: "" } }, d: "" })).toEqual(["/a", "/d"]);
  });

  test("go by other names when told", () => {
    const fileNames = {
      excludes: name(".no"),
      localExcludes: name(".nolocal"),
      skip: name(".nobackup"),
    };
    const tree = { a: { ".nobackup": "", b: "" }, ".no": "c\n", c: "", ".tardis-excludes": "a\n" };
    expect(saved(tree, { ...DEFAULT_SELECTION, fileNames })).toEqual([
      "/.no",
      "/.tardis-excludes",
      "/a",
    ]);
  });
});

describe("CVS", () => {
  const cvs: SelectionOptions = { ...DEFAULT_SELECTION, cvs: "ignore" };

  test("ignores what CVS does, and the folders of its likes", () => {
    const tree = { "a.o": "", "a.c": "", core: "", "#x": "", CVS: { a: "" }, ".git": { a: "" } };
    expect(saved(tree, cvs)).toEqual(["/a.c"]);
  });

  test(".cvsignore adds names for its directory only", () => {
    const tree = { a: { ".cvsignore": "x y\n", x: "", y: "", "z.o": "", b: { x: "", "z.o": "" } } };
    expect(saved(tree, cvs)).toEqual(["/a", "/a/.cvsignore", "/a/b", "/a/b/x"]);
  });

  test("! in .cvsignore forgets what was ignored before", () => {
    const tree = { ".cvsignore": "a ! b", a: "", b: "", "c.o": "" };
    expect(saved(tree, cvs)).toEqual(["/.cvsignore", "/a", "/c.o"]);
  });

  test("is not asked unless told to", () => {
    expect(saved({ ".cvsignore": "a", a: "", "b.o": "" })).toEqual(["/.cvsignore", "/a", "/b.o"]);
  });
});

describe("cache directories", () => {
  const caches: SelectionOptions = { ...DEFAULT_SELECTION, caches: "skip" };

  test("keep only their tag", () => {
    const tree = { a: { "CACHEDIR.TAG": `${SIGNATURE}\n# by test`, b: { c: "" }, d: "" } };
    expect(saved(tree, caches)).toEqual(["/a", "/a/CACHEDIR.TAG"]);
    expect(saved(tree)).toHaveLength(5);
  });

  test("need the signature in the tag", () => {
    expect(saved({ "CACHEDIR.TAG": "Signature: none", b: "" }, caches)).toHaveLength(2);
  });
});

describe("a pattern that cannot be understood", () => {
  test("on the command line is told with its option", () => {
    const error = thrownBy(() => new SelectionRules(options("[abc")));
    expect(error.message).toBe('--exclude: the pattern "[abc" has a "[" without its "]"');
    expect(error.hint).toBe("To mean one of the characters * ? [ ] \\ itself, write \\ before it.");
    expect(error.exitCode).toBe(2);
  });

  test("in a file is told with file and line", () => {
    const patterns = [patternFile("/etc/list", "a\n\n[z-a]\n")];
    const error = thrownBy(() => new SelectionRules({ ...DEFAULT_SELECTION, patterns }));
    expect(error.message).toBe(
      '/etc/list, line 3: the pattern "[z-a]" has the range "z-a", which is backwards',
    );
  });

  test("in a file of a directory is reported, and the other lines count", () => {
    const reported: string[] = [];
    const rules = new SelectionRules(DEFAULT_SELECTION, ({ message }) => reported.push(message));
    const tree = { a: { ".tardis-excludes": "x\n[y\nz\\\n../w\nv\n", x: "", v: "", "[y": "" } };
    expect(savedBy(rules, tree)).toEqual(["/a", "/a/.tardis-excludes", "/a/[y"]);
    expect(reported).toEqual([
      '/a/.tardis-excludes, line 2: the pattern "[y" has a "[" without its "]"',
      '/a/.tardis-excludes, line 3: the pattern "z\\" ends in a backslash',
      '/a/.tardis-excludes, line 4: the pattern "../w" leaves the directory it begins in',
    ]);
  });
});

function options(...patterns: readonly string[]): SelectionOptions {
  return {
    ...DEFAULT_SELECTION,
    patterns: patterns.map((text) => ({
      origin: "--exclude",
      form: "option",
      text: byteStringOfText(text),
      base: path("/home/u"),
    })),
  };
}

function patternFile(origin: string, text: string): PatternText {
  return { origin, form: "file", text: byteStringOfText(text), base: path("/etc") };
}

function name(text: string): FileName {
  return byteStringOfText(text);
}

function path(text: string): FilePath {
  return byteStringOfText(text);
}

function files(tree: Tree): DirectoryFiles {
  const named = new Map(Object.entries(tree).map(([text, entry]) => [name(text), entry]));
  return {
    has: (wanted) => named.has(wanted),
    readFile: (wanted) => {
      const entry = named.get(wanted);
      return typeof entry === "string" ? bytesOf(byteStringOfText(entry)) : undefined;
    },
  };
}

function entered(rules: SelectionRules, root: FilePath, tree: Tree): DirectorySelection {
  const selection = rules.forRoot(root, files(tree));
  if (selection === "skip") throw new Error("skipped");
  return selection;
}

/** The paths of `tree` that are wanted, in order. */
function saved(tree: Tree, selection: SelectionOptions = DEFAULT_SELECTION): readonly string[] {
  return savedBy(new SelectionRules(selection), tree);
}

function savedBy(rules: SelectionRules, tree: Tree): readonly string[] {
  const walk = (selection: DirectorySelection | "skip", place: FilePath, here: Tree): string[] =>
    selection === "skip"
      ? []
      : Object.entries(here).flatMap(([text, entry]) => {
          if (!selection.wants(name(text), typeof entry !== "string")) return [];
          const below = joinPath(place, name(text));
          const shown = Buffer.from(bytesOf(below)).toString();
          if (typeof entry === "string") return [shown];
          return [shown, ...walk(selection.enter(name(text), below, files(entry)), below, entry)];
        });
  return walk(rules.forRoot(ROOT_PATH, files(tree)), ROOT_PATH, tree).toSorted();
}

/** Whether an entry whose name is these bytes is wanted. */
function stray(pattern: string, bytes: string): boolean {
  return entered(new SelectionRules(options(pattern)), ROOT_PATH, {}).wants(
    bytes as FileName,
    false,
  );
}

function thrownBy(work: () => unknown): UsageError {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
