/**
 * INI files, as Python's configparser reads them: [Section], `key = value` or `key: value`,
 * whole-line comments with # or ;, and lines that begin with a space continue the value above.
 * Keys are compared without case.
 */
import { UsageError } from "../core/errors.ts";

export type IniEntry = {
  /** As written. */
  readonly key: string;
  /** Continued lines are joined by "\n". */
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
};

/** By the key in lower case. The last of two with the same key counts. */
export type IniSection = ReadonlyMap<string, IniEntry>;

type Draft = { readonly key: string; readonly lines: string[]; readonly line: number };

const BYTE_ORDER_MARK = /^\ufeff/;

/** Sections by name. Throws UsageError that names `file` and the line. */
export function parseIni(text: string, file: string): ReadonlyMap<string, IniSection> {
  const sections = new Map<string, Map<string, Draft>>();
  let section: Map<string, Draft> | undefined;
  let entry: Draft | undefined;
  for (const [index, line] of text.replace(BYTE_ORDER_MARK, "").split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || /^[#;]/.test(trimmed)) continue;
    if (/^\s/.test(line) && entry !== undefined) {
      entry.lines.push(trimmed);
      continue;
    }
    const name = /^\[([^\]]+)\]$/.exec(trimmed)?.[1];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, Draft>();
      sections.set(name, section);
      entry = undefined;
      continue;
    }
    entry = parseEntry(trimmed, index + 1);
    if (entry === undefined || section === undefined)
      throw new UsageError(
        `${file}, line ${index + 1}: "${trimmed}" is neither [Section] nor key = value`,
        "The first line that is no comment must be a [Section]; the values follow below it.",
      );
    section.set(entry.key.toLowerCase(), entry);
  }
  return new Map([...sections].map(([name, drafts]) => [name, finished(drafts)]));
}

function parseEntry(line: string, number: number): Draft | undefined {
  const match = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line);
  if (match === null) return undefined;
  const [, key = "", value = ""] = match;
  return { key, lines: value === "" ? [] : [value], line: number };
}

function finished(drafts: ReadonlyMap<string, Draft>): IniSection {
  return new Map(
    [...drafts].map(([key, draft]) => [
      key,
      { key: draft.key, value: draft.lines.join("\n"), line: draft.line },
    ]),
  );
}
