/** What `tardis diff` says of a change besides its lines: in words, as sums, as an object. Pure. */
import { displayPath } from "../core/byte-string.ts";
import type { DiffChange, DiffEntry, MetadataChange } from "../core/diff-options.ts";
import type { TextPair } from "./diff-text.ts";
import { groupText, octalText, timeText, userText } from "./entry-text.ts";
import { counted } from "./human.ts";

const STATUS_COLUMNS = 8;
const BAR_COLUMNS_MIN = 10;

/** Lines put in and taken out; undefined: it is no text. */
export type LineCounts = { readonly insertions: number; readonly deletions: number };

export type ChangeSum = { readonly change: DiffChange; readonly counts: LineCounts | undefined };

export function lineCounts({ edits }: TextPair): LineCounts {
  return {
    insertions: edits.reduce((sum, { newStart, newEnd }) => sum + newEnd - newStart, 0),
    deletions: edits.reduce((sum, { oldStart, oldEnd }) => sum + oldEnd - oldStart, 0),
  };
}

/** "renamed   /a -> /b (changed, mode 0644 -> 0600)". */
export function changeText(change: DiffChange): string {
  const { status, path, oldPath, old, new: now } = change;
  const place =
    oldPath === path ? displayPath(path) : `${displayPath(oldPath)} -> ${displayPath(path)}`;
  const details = status === "retyped" ? [`${old?.kind} -> ${now?.kind}`] : detailsOf(change);
  const folder = (now ?? old)?.kind === "directory" && status !== "retyped" ? "/" : "";
  const more = details.length === 0 ? "" : ` (${details.join(", ")})`;
  return `${status.padEnd(STATUS_COLUMNS)}  ${place}${folder}${more}`;
}

export function changeJson(change: DiffChange, counts: LineCounts | undefined): object {
  const { status, path, oldPath, old, new: now, content, metadata } = change;
  return {
    status,
    path: displayPath(path),
    oldPath: displayPath(oldPath),
    content,
    metadata,
    old: old === undefined ? null : entryJson(old),
    new: now === undefined ? null : entryJson(now),
    ...counts,
  };
}

/** Paths, counts and bars side by side, and the sums. */
export function statLines(sums: readonly ChangeSum[], columns: number): readonly string[] {
  const names = sums.map(({ change }) => displayPath(change.path));
  const nameColumns = Math.max(0, ...names.map((name) => Bun.stringWidth(name)));
  const most = Math.max(1, ...sums.map(({ counts }) => totalOf(counts)));
  const countColumns = String(most).length;
  const room = Math.max(BAR_COLUMNS_MIN, columns - nameColumns - countColumns - 6);
  const scale = Math.min(1, room / most);
  const lines = sums.map(({ change, counts }, index) => {
    const name = ` ${names[index]}${" ".repeat(nameColumns - Bun.stringWidth(names[index] ?? ""))}`;
    if (counts === undefined) return `${name} | ${wholeText(change)}`;
    const count = String(totalOf(counts)).padStart(countColumns);
    const plus = "+".repeat(Math.ceil(counts.insertions * scale));
    const minus = "-".repeat(Math.ceil(counts.deletions * scale));
    return `${name} | ${count} ${plus}${minus}`.trimEnd();
  });
  const insertions = sums.reduce((sum, { counts }) => sum + (counts?.insertions ?? 0), 0);
  const deletions = sums.reduce((sum, { counts }) => sum + (counts?.deletions ?? 0), 0);
  const total = [
    counted(sums.length, "change"),
    `${counted(insertions, "insertion")}(+)`,
    `${counted(deletions, "deletion")}(-)`,
  ].join(", ");
  return [...lines, ` ${total}`];
}

/** What a file with other bytes is summarised as. */
export function binaryText({ path, oldPath, old, new: now }: DiffChange): string {
  const sizes = `${old?.sizeBytes ?? 0} and ${now?.sizeBytes ?? 0} bytes`;
  return oldPath === path
    ? `Binary file ${displayPath(path)} differs: ${sizes}`
    : `Binary files ${displayPath(oldPath)} and ${displayPath(path)} differ: ${sizes}`;
}

function totalOf(counts: LineCounts | undefined): number {
  return counts === undefined ? 0 : counts.insertions + counts.deletions;
}

function wholeText({ status, content, old, new: now }: DiffChange): string {
  if (status === "changed" || (status === "renamed" && content === "changed"))
    return `${old?.sizeBytes ?? 0} -> ${now?.sizeBytes ?? 0} bytes`;
  return status;
}

/** A new time goes without saying where the content is new. */
function detailsOf({ status, content, metadata }: DiffChange): readonly string[] {
  const told = metadata.filter(({ field }) => content === "same" || field !== "mtime");
  const changed = status === "renamed" && content === "changed" ? ["changed"] : [];
  return [...changed, ...told.map(metadataText)];
}

function metadataText({ field, old, new: now }: MetadataChange): string {
  if (field !== "mtime") return `${field} ${old} -> ${now}`;
  const [before, after] = [timeText(BigInt(old)), timeText(BigInt(now))];
  // Within a second only the numbers tell.
  return before === after ? `mtime ${old} -> ${now} ns` : `mtime ${before} -> ${after}`;
}

function entryJson(entry: DiffEntry): object {
  const { kind, sizeBytes, permissions, owner, mtimeNs } = entry;
  return {
    kind,
    size: sizeBytes,
    permissions: octalText(permissions),
    user: userText(owner),
    group: groupText(owner),
    mtimeNs: String(mtimeNs),
  };
}
