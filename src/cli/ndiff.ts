/**
 * Two texts as Python's ndiff shows them: all lines, and below two that are much alike a line that
 * points at what differs in them: - left out, + put in, ^ exchanged. Pure.
 */
import { type Edit, lineEdits } from "../engine/line-diff.ts";
import type { Painter } from "./colors.ts";
import type { TextPair } from "./diff-text.ts";

/** Lines that have less than this in common are not taken for one that changed. */
const LIKENESS_MIN = 0.75;
/** Longer ones are not compared letter by letter. */
const LETTERS_MAX = 2000;

export function* ndiffLines(pair: TextPair, paint: Painter): Generator<string, void> {
  let at = 0;
  for (const edit of pair.edits) {
    for (const line of pair.old.slice(at, edit.oldStart)) yield ended(`  ${line}`);
    yield* changedLines(pair, edit, paint);
    at = edit.oldEnd;
  }
  for (const line of pair.old.slice(at)) yield ended(`  ${line}`);
}

/** Lines that follow one another on both sides are compared in pairs. */
function* changedLines(pair: TextPair, edit: Edit, paint: Painter): Generator<string, void> {
  const olds = pair.old.slice(edit.oldStart, edit.oldEnd);
  const news = pair.new.slice(edit.newStart, edit.newEnd);
  for (let index = 0; index < Math.max(olds.length, news.length); index += 1) {
    const [old, now] = [olds[index], news[index]];
    const guides = old === undefined || now === undefined ? undefined : guidesOf(old, now);
    if (old !== undefined) yield ended(paint(`- ${withoutEnd(old)}`, "old"));
    if (guides?.old !== undefined) yield `? ${guides.old}\n`;
    if (now !== undefined) yield ended(paint(`+ ${withoutEnd(now)}`, "new"));
    if (guides?.new !== undefined) yield `? ${guides.new}\n`;
  }
}

/** undefined: the lines have too little in common, or nothing is to be pointed at on that side. */
function guidesOf(
  old: string,
  now: string,
): { readonly old: string | undefined; readonly new: string | undefined } | undefined {
  if (old.length > LETTERS_MAX || now.length > LETTERS_MAX) return undefined;
  const [left, right] = [Array.from(old), Array.from(now)];
  const edits = lineEdits(left, right);
  const lost = edits.reduce((sum, { oldStart, oldEnd }) => sum + oldEnd - oldStart, 0);
  if ((2 * (left.length - lost)) / (left.length + right.length) < LIKENESS_MIN) return undefined;
  const oldMarks = left.map(() => " ");
  const newMarks = right.map(() => " ");
  for (const { oldStart, oldEnd, newStart, newEnd } of edits) {
    const exchanged = Math.min(oldEnd - oldStart, newEnd - newStart);
    oldMarks.fill("^", oldStart, oldStart + exchanged).fill("-", oldStart + exchanged, oldEnd);
    newMarks.fill("^", newStart, newStart + exchanged).fill("+", newStart + exchanged, newEnd);
  }
  const text = (marks: readonly string[]) => marks.join("").trimEnd() || undefined;
  return { old: text(oldMarks), new: text(newMarks) };
}

function ended(line: string): string {
  return line.endsWith("\n") ? line : `${line}\n`;
}

function withoutEnd(line: string): string {
  return line.endsWith("\n") ? line.slice(0, -1) : line;
}
