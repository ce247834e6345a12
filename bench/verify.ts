/**
 * Whether a restored folder is the source again: rsync compares every content by checksum, and
 * kinds, modes, owners, times, hard links, ACLs and extended attributes.
 */

import { run } from "./shell.ts";

const EXAMPLES = 3;

export interface Differences {
  /** Files missing, too many, of another kind or with other content: a wrong restore. */
  readonly wrong: readonly string[];
  /** Right content with other metadata. */
  readonly metadata: readonly string[];
}

/** Both paths are folders. */
export async function compareFolders(source: string, restored: string): Promise<Differences> {
  const output = await run([
    "rsync",
    "-naHAXc",
    "--delete",
    "--itemize-changes",
    `${source}/`,
    `${restored}/`,
  ]);
  const lines = output.split("\n").filter((line) => line !== "");
  return {
    wrong: lines.filter((line) => !isMetadataOnly(line)),
    metadata: lines.filter(isMetadataOnly),
  };
}

/** For a message: how many, and the first few. */
export function summary(lines: readonly string[]): string {
  const examples = lines.slice(0, EXAMPLES).join("; ");
  return `${lines.length} (${examples}${lines.length > EXAMPLES ? "; …" : ""})`;
}

/**
 * rsync's itemized line starts with `YXcstp…`: Y is `.` where no content would be transferred. The
 * root folder's own time is left out by the caller's choice of folders, not here.
 */
function isMetadataOnly(line: string): boolean {
  return line.startsWith(".");
}
