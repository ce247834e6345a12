/**
 * Two texts as a diff: unified and context as diff(1) prints them and patch(1) reads them. Lines
 * are bytes, as byte strings with their ends; so is what is made of them. Pure.
 */
import { type ByteString, byteString } from "../core/byte-string.ts";
import { type Edit, lineEdits } from "../engine/line-diff.ts";
import type { Painter } from "./colors.ts";

export type TextPair = {
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly edits: readonly Edit[];
};

export type DiffForm =
  { readonly kind: "unified" | "context"; readonly lines: number } | { readonly kind: "ndiff" };

/** Edits that share their context, and the lines around them. */
type Hunk = Edit & { readonly edits: readonly Edit[] };

const BINARY_LOOK_BYTES = 8000;
const NO_END = "\\ No newline at end of file\n";

/** As git decides it. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, BINARY_LOOK_BYTES).includes(0);
}

export function textPair(old: Uint8Array, now: Uint8Array): TextPair {
  const lines = { old: linesOf(byteString(old)), new: linesOf(byteString(now)) };
  return { ...lines, edits: lineEdits(lines.old, lines.new) };
}

/** Each with its end; the last may have none. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

export function* unifiedLines(
  pair: TextPair,
  context: number,
  paint: Painter,
): Generator<string, void> {
  for (const hunk of hunksOf(pair, context)) {
    const old = unifiedRange(hunk.oldStart, hunk.oldEnd);
    const now = unifiedRange(hunk.newStart, hunk.newEnd);
    yield `${paint(`@@ -${old} +${now} @@`, "hunk")}\n`;
    let at = hunk.oldStart;
    for (const edit of hunk.edits) {
      yield* marked(" ", pair.old.slice(at, edit.oldStart));
      yield* marked("-", pair.old.slice(edit.oldStart, edit.oldEnd), (line) => paint(line, "old"));
      yield* marked("+", pair.new.slice(edit.newStart, edit.newEnd), (line) => paint(line, "new"));
      at = edit.oldEnd;
    }
    yield* marked(" ", pair.old.slice(at, hunk.oldEnd));
  }
}

export function* contextLines(
  pair: TextPair,
  context: number,
  paint: Painter,
): Generator<string, void> {
  for (const hunk of hunksOf(pair, context)) {
    yield `${paint("***************", "hunk")}\n`;
    yield `*** ${contextRange(hunk.oldStart, hunk.oldEnd)} ****\n`;
    if (hunk.edits.some((edit) => edit.oldEnd > edit.oldStart))
      yield* contextSide(hunk, pair.old, "old", paint);
    yield `--- ${contextRange(hunk.newStart, hunk.newEnd)} ----\n`;
    if (hunk.edits.some((edit) => edit.newEnd > edit.newStart))
      yield* contextSide(hunk, pair.new, "new", paint);
  }
}

/** Lines of one mark, and the note that the last line has no end. */
function* marked(
  mark: string,
  lines: readonly string[],
  paint: (line: string) => string = (line) => line,
): Generator<string, void> {
  for (const line of lines) {
    const text = line.endsWith("\n") ? line.slice(0, -1) : line;
    yield `${paint(mark + text)}\n`;
    if (text === line) yield NO_END;
  }
}

function* contextSide(
  hunk: Hunk,
  lines: readonly string[],
  side: "old" | "new",
  paint: Painter,
): Generator<string, void> {
  let at = side === "old" ? hunk.oldStart : hunk.newStart;
  for (const edit of hunk.edits) {
    const [start, end] =
      side === "old" ? [edit.oldStart, edit.oldEnd] : [edit.newStart, edit.newEnd];
    const isBoth = edit.oldEnd > edit.oldStart && edit.newEnd > edit.newStart;
    yield* marked("  ", lines.slice(at, start));
    const mark = isBoth ? "! " : side === "old" ? "- " : "+ ";
    yield* marked(mark, lines.slice(start, end), (line) => paint(line, side));
    at = end;
  }
  yield* marked("  ", lines.slice(at, side === "old" ? hunk.oldEnd : hunk.newEnd));
}

function* hunksOf({ old, new: now, edits }: TextPair, context: number): Generator<Hunk, void> {
  let group: Edit[] = [];
  for (const edit of edits) {
    const last = group.at(-1);
    if (last !== undefined && edit.oldStart - last.oldEnd > 2 * context) {
      yield hunkOf(group, { context, oldCount: old.length, newCount: now.length });
      group = [];
    }
    group.push(edit);
  }
  if (group.length > 0)
    yield hunkOf(group, { context, oldCount: old.length, newCount: now.length });
}

function hunkOf(
  edits: readonly Edit[],
  about: { readonly context: number; readonly oldCount: number; readonly newCount: number },
): Hunk {
  const [first, last] = [edits[0] as Edit, edits.at(-1) as Edit];
  const before = Math.min(about.context, first.oldStart);
  const after = Math.min(about.context, about.oldCount - last.oldEnd);
  return {
    edits,
    oldStart: first.oldStart - before,
    oldEnd: last.oldEnd + after,
    newStart: first.newStart - before,
    newEnd: last.newEnd + after,
  };
}

/** Of no lines it is the line before. */
function unifiedRange(start: number, end: number): string {
  const count = end - start;
  if (count === 1) return String(start + 1);
  return `${count === 0 ? start : start + 1},${count}`;
}

function contextRange(start: number, end: number): string {
  return end - start <= 1 ? String(end) : `${start + 1},${end}`;
}

/** Bytes of a line, for messages that are not about its end. */
export function asBytes(text: string): Uint8Array {
  return Buffer.from(text as ByteString, "latin1");
}
