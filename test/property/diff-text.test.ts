/** Diffs as patch(1) reads them: applied to the one text they give the other, byte by byte. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { PLAIN } from "../../src/cli/colors.ts";
import { asBytes, contextLines, textPair, unifiedLines } from "../../src/cli/diff-text.ts";
import { ndiffLines } from "../../src/cli/ndiff.ts";
import { TempDir } from "../support/temp-dir.ts";

const HAS_PATCH = Bun.which("patch") !== null;

/** Lines of any bytes but the null byte, which no text has, and the ends; ends with or without. */
const line = fc.oneof(
  fc.constantFrom("", "a", "b", "c", "- a", "\\ x", "@@", "\u00ff\u00fe", "\r"),
  fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) }),
);
const text = fc
  .tuple(
    fc.array(
      line.map((each) => each.replaceAll("\n", "")),
      { maxLength: 25 },
    ),
    fc.boolean(),
  )
  .map(([lines, isEnded]) => lines.join("\n") + (isEnded && lines.length > 0 ? "\n" : ""));

describe.skipIf(!HAS_PATCH)("patch(1) makes the new text of the old one and", () => {
  // patch cannot read context diffs without context, not even those of GNU diff.
  for (const [form, linesOf, contextMin] of [
    ["unified", unifiedLines, 0],
    ["context", contextLines, 1],
  ] as const)
    test(`a ${form} diff, with ${contextMin} or more lines of context`, () => {
      using folder = new TempDir();
      mkdirSync(folder.join("x"));
      fc.assert(
        fc.property(text, text, fc.integer({ min: contextMin, max: 4 }), (old, now, context) => {
          const pair = textPair(asBytes(old), asBytes(now));
          const body = [...linesOf(pair, context, PLAIN)].join("");
          if (old === now) {
            expect(body).toBe("");
            return;
          }
          const head = form === "unified" ? "--- f\n+++ f\n" : "*** f\n--- f\n";
          const file = folder.join("x", "f");
          writeFileSync(file, asBytes(old));
          const { exitCode, stdout } = Bun.spawnSync(
            ["patch", "--binary", "--posix", "-s", "-f", "-o", folder.join("out"), file],
            { stdin: asBytes(head + body) },
          );
          expect([exitCode, stdout.toString()]).toEqual([0, ""]);
          const patched = readFileSync(folder.join("out"), "latin1");
          expect(patched).toBe(now);
        }),
        { numRuns: 150 },
      );
    });
});

test("an ndiff has all lines of both texts", () => {
  fc.assert(
    fc.property(text, text, (old, now) => {
      const lines = [...ndiffLines(textPair(asBytes(old), asBytes(now)), PLAIN)];
      expect(sideOf(lines, "-")).toBe(ended(old));
      expect(sideOf(lines, "+")).toBe(ended(now));
    }),
  );
});

function sideOf(lines: readonly string[], mark: string): string {
  return lines
    .filter((each) => each.startsWith("  ") || each.startsWith(`${mark} `))
    .map((each) => each.slice(2))
    .join("");
}

function ended(whole: string): string {
  return whole === "" || whole.endsWith("\n") ? whole : `${whole}\n`;
}
