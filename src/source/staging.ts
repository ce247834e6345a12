/**
 * New folders of a restore go by another name until the files that belong directly in them are
 * there. The files can then be made under their own names at once, and still nobody finds half of
 * one where it was saved: a rename a folder, and not one a file.
 */
import type { FileName } from "../core/byte-string.ts";

/**
 * What is known of a folder that something comes into. staged: this restore has made it, and its
 * name is to come. new: made with its name: nothing else is in it. any: there may be anything.
 */
export type FolderState = "staged" | "new" | "any";

const MARK_BYTES = 6;

/** What such names begin with: of one restore, known to its threads alone. */
export type StagingMark = `.tardis-${string}-`;

/** Of a restore that begins now. */
export function newStagingMark(): StagingMark {
  return `.tardis-${crypto.getRandomValues(new Uint8Array(MARK_BYTES)).toHex()}-`;
}

/** May be longer than a file system takes: the folder then has its own name from the start. */
export function stagedName(mark: StagingMark, name: FileName): FileName {
  return `${mark}${name}` as FileName;
}
