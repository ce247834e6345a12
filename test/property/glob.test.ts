/** The fast globs and paths of patterns agree with the plain ones, and never take long. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type ByteString,
  type FileName,
  type FilePath,
  ROOT_PATH,
  byteString,
  byteStringOfText,
  joinPath,
} from "../../src/core/byte-string.ts";
import { byteStringOfLosslessText, losslessText } from "../../src/core/lossless-text.ts";
import { DEFAULT_SELECTION } from "../../src/core/selection-options.ts";
import { GlobSet, parseGlob } from "../../src/source/glob.ts";
import { type DirectorySelection, SelectionRules } from "../../src/source/select.ts";
import { naiveGlobMatches, naivePathMatches } from "../support/naive-glob.ts";

const NO_FILES = { has: () => false, readFile: () => undefined };
const letter = fc.constantFrom("a", "b", "é", "\u{1f4ff}", "\udcff");
const text = fc.array(letter, { maxLength: 8 }).map((letters) => letters.join(""));
const piece = fc.oneof(
  { weight: 3, arbitrary: letter },
  { weight: 3, arbitrary: fc.constant("*") },
  fc.constant("?"),
  fc.constantFrom("[ab]", "[!a]", "[é\u{1f4ff}]", "[!b\udcff]"),
);
const glob = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));

describe("globs", () => {
  test("match what a plain matcher matches", () => {
    fc.assert(
      fc.property(glob, text, (pattern, name) => {
        const isMatch = new GlobSet([parseGlob(pattern)]).test(name);
        expect(isMatch).toBe(naiveGlobMatches(pattern, name));
      }),
      { numRuns: 3000 },
    );
  });

  test("compiled together match what any of them matches", () => {
    fc.assert(
      fc.property(fc.array(glob, { minLength: 1, maxLength: 5 }), text, (patterns, name) => {
        const isMatch = new GlobSet(patterns.map(parseGlob)).test(name);
        expect(isMatch).toBe(patterns.some((pattern) => naiveGlobMatches(pattern, name)));
      }),
      { numRuns: 2000 },
    );
  });

  test("with many stars take no longer on a long name than the name deserves", () => {
    const patterns = ["*a*a*a*a*a*a*a*a*b", "*?*?*?*?*?*?*?*c", "*[a-z]*[a-z]*[a-z]*[a-z]*[0-9]*"];
    const expression = new GlobSet(patterns.map(parseGlob));
    const startedNs = Bun.nanoseconds();
    for (let round = 0; round < 10; round += 1)
      expect(expression.test("a".repeat(4096))).toBe(false);
    expect(Bun.nanoseconds() - startedNs).toBeLessThan(2_000_000_000);
  });
});

describe("the text of a name", () => {
  test("is turned back into the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const name = byteString(bytes);
        expect(byteStringOfLosslessText(losslessText(name))).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  test("is the text itself where the bytes are UTF-8", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((name) => name.isWellFormed()),
        (name) => {
          expect(losslessText(byteStringOfText(name))).toBe(name);
        },
      ),
    );
  });
});

const step = fc.constantFrom("a", "b", "*", "a*", "?", "**");
const steps = fc
  .array(step, { minLength: 1, maxLength: 4 })
  // "**" beside "**" is one, and a pattern of nothing but "**" is "*".
  .filter((names) => names.every((name, index) => name !== "**" || names[index + 1] !== "**"));
const path = fc.array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 5 });

describe("patterns with a slash", () => {
  test("match the paths that a plain matcher matches", () => {
    fc.assert(
      fc.property(steps, path, (pattern, names) => {
        expect(isWanted(`/${pattern.join("/")}`, names)).toBe(!naivePathMatches(pattern, names));
      }),
      { numRuns: 3000 },
    );
  });

  test("may begin anywhere when they do not begin with a slash", () => {
    fc.assert(
      fc.property(steps, path, (pattern, names) => {
        const anywhere = pattern[0] === "**" ? pattern : ["**", ...pattern];
        expect(isWanted(pattern.join("/"), names)).toBe(!naivePathMatches(anywhere, names));
      }),
      { numRuns: 3000 },
    );
  });
});

/** Of the last of `names` alone, whatever is said of the directories before it. */
function isWanted(pattern: string, names: readonly string[]): boolean {
  const rules = new SelectionRules({
    ...DEFAULT_SELECTION,
    patterns: [
      { origin: "-x", form: "option", text: pattern as ByteString, base: "/" as FilePath },
    ],
  });
  let selection = rules.forRoot(ROOT_PATH, NO_FILES) as DirectorySelection;
  let place = ROOT_PATH;
  for (const name of names.slice(0, -1)) {
    place = joinPath(place, name as FileName);
    selection = selection.enter(name as FileName, place, NO_FILES) as DirectorySelection;
  }
  return selection.wants(names.at(-1) as FileName, false);
}
