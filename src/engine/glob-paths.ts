/** Paths in the history of a repository that match a pattern, name by name from the root. */
import { type FileName, type FilePath, displayPath, namesOf } from "../core/byte-string.ts";
import { UsageError } from "../core/errors.ts";
import { losslessText } from "../core/lossless-text.ts";
import type { Repository } from "../core/repository.ts";
import { GlobSet, GlobSyntaxError, parseGlob } from "../source/glob.ts";
import { type FolderHistory, type Found, entriesIn, entryNamed, folderOf } from "./history.ts";

const IS_GLOB = /[*?[\\]/;

/** `pattern`: names joined by slashes, some of them globs. Throws UsageError. */
export async function foundByGlob(
  repository: Repository,
  root: FolderHistory,
  pattern: FilePath,
): Promise<readonly Found[]> {
  let folders: readonly FolderHistory[] = [root];
  let found: readonly Found[] = [];
  for (const name of namesOf(pattern)) {
    found = (await matching(repository, folders, name)).filter(({ rows }) => rows.length > 0);
    folders = found.map(folderOf).filter(({ spans }) => spans.length > 0);
  }
  return found;
}

/** A glob on whole names. Throws UsageError. */
export function nameGlob(pattern: FileName): GlobSet {
  try {
    return new GlobSet([parseGlob(losslessText(pattern))]);
  } catch (error) {
    if (!(error instanceof GlobSyntaxError)) throw error;
    throw new UsageError(
      `the pattern ${displayPath(pattern)} ${error.message}`,
      "docs/patterns.md tells how patterns are written.",
    );
  }
}

async function matching(
  repository: Repository,
  folders: readonly FolderHistory[],
  name: FileName,
): Promise<readonly Found[]> {
  if (!IS_GLOB.test(name))
    return await Promise.all(folders.map((folder) => entryNamed(repository, folder, name)));
  const glob = nameGlob(name);
  const contents = await entriesIn(repository, folders);
  return contents.flat().filter((entry) => glob.test(losslessText(entry.name)));
}
