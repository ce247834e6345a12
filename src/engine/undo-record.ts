/**
 * The record of a restore in place: all that is needed to undo it, and to tell at any moment how
 * far it got. Lines of JSON: a head; the folders that it changes, as they were; the entries that it
 * replaces, creates and deletes, by path. Pure.
 */
import type { FilePath } from "../core/byte-string.ts";
import { EXIT, TardisError } from "../core/errors.ts";
import type { FileKind } from "../core/entry.ts";
import type { KeepSettings } from "../source/displaced-entries.ts";

const VERSION = 1;

/** A folder as it was. Numbers over 2^53 are text. */
export type FolderBefore = {
  readonly folder: FilePath;
  readonly permissions: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: string;
  /** Base64 of the bundle; null: there are none. */
  readonly attributes: string | null;
};

export type EntryBefore = {
  readonly entry: FilePath;
  /** null: nothing was there. */
  readonly old: FileKind | null;
  /** null: nothing is there afterwards. */
  readonly new: {
    readonly kind: FileKind;
    readonly sizeBytes: number;
    readonly mtimeNs: string;
  } | null;
};

export type UndoRecord = {
  readonly id: string;
  readonly keep: KeepSettings;
  readonly folders: readonly FolderBefore[];
  readonly entries: readonly EntryBefore[];
};

/** Paths are byte strings, whose characters JSON keeps. */
export function encodeRecord({ id, keep, folders, entries }: UndoRecord): string {
  const head = { version: VERSION, id, keep };
  return [head, ...folders, ...entries].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Throws UndoRecordDamaged. `place` is for messages. */
export function decodeRecord(text: string, place: string): UndoRecord {
  const lines = text
    .split("\n")
    .slice(0, -1)
    .map((line) => parsed(line, place));
  const [head, ...rest] = lines;
  if (!isHead(head)) throw new UndoRecordDamaged(place);
  return {
    id: head.id,
    keep: head.keep,
    folders: rest.filter((line): line is FolderBefore => hasKey(line, "folder")),
    entries: rest.filter((line): line is EntryBefore => hasKey(line, "entry")),
  };
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new UndoRecordDamaged(place, cause);
  }
}

function isHead(line: unknown): line is { readonly id: string; readonly keep: KeepSettings } {
  return hasKey(line, "version") && line["version"] === VERSION && hasKey(line, "keep");
}

function hasKey<Key extends string>(line: unknown, key: Key): line is Record<Key, unknown> {
  return typeof line === "object" && line !== null && key in line;
}

class UndoRecordDamaged extends TardisError {
  constructor(place: string, cause?: unknown) {
    super(`${place} is not what was written, or of a newer tardis`, {
      hint: "What was replaced is in folders named .tardis-undo-…, next to what was restored.",
      exitCode: EXIT.corrupt,
      cause,
    });
  }
}
