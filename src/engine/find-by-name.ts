/**
 * Finds entries by name over the whole history. Names are gone through page by page and matched
 * here, so that it works where the repository knows them only encrypted; what goes by those that
 * match is then looked up by index.
 */
import { type FileName, type FilePath, byteString, joinPath } from "../core/byte-string.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import type { NamePage, PastVersion } from "../core/history.ts";
import type { NameId } from "../core/ids.ts";
import type { EntryHistory } from "../core/list-options.ts";
import { byteStringOfLosslessText, losslessTextsOf } from "../core/lossless-text.ts";
import type { Repository } from "../core/repository.ts";
import type { GlobSet } from "../source/glob.ts";
import { DirectoryPaths } from "./directory-paths.ts";
import { nameGlob } from "./glob-paths.ts";
import { type FolderHistory, cut, setsTellingOf, statesOf } from "./history.ts";

/** Names whose entries are looked up together. */
const NAMES_PER_CALL = 1024;

/** By path within a batch; the names in the order in which they first appeared. */
export async function* findByName(
  repository: Repository,
  root: FolderHistory,
  pattern: string,
): AsyncGenerator<readonly EntryHistory[], void> {
  const glob = nameGlob(byteStringOfLosslessText(pattern) as FileName);
  const paths = new DirectoryPaths(repository);
  let matching: NameId[] = [];
  for await (const page of namePages(repository)) {
    for (const id of idsMatching(glob, page)) matching.push(id);
    while (matching.length >= NAMES_PER_CALL) {
      yield await entriesOf(repository, { paths, root, names: matching.slice(0, NAMES_PER_CALL) });
      matching = matching.slice(NAMES_PER_CALL);
    }
  }
  if (matching.length > 0) yield await entriesOf(repository, { paths, root, names: matching });
}

function idsMatching(glob: GlobSet, { ids, joined }: NamePage): NameId[] {
  const texts = losslessTextsOf(byteString(joined));
  if (texts.length !== ids.length)
    throw new RepositoryCorrupt("a name in the catalog", "it has a slash");
  return ids.filter((_id, index) => glob.test(texts[index] as string));
}

async function* namePages(repository: Repository): AsyncGenerator<NamePage, void> {
  let last: NameId | undefined;
  for (;;) {
    const page = await repository.namesAfter(last);
    if (page.ids.length === 0) return;
    yield page;
    last = page.ids.at(-1);
  }
}

async function entriesOf(
  repository: Repository,
  about: {
    readonly paths: DirectoryPaths;
    readonly root: FolderHistory;
    readonly names: readonly NameId[];
  },
): Promise<readonly EntryHistory[]> {
  const { paths, root, names } = about;
  const versions = (await repository.named(names)).flat();
  await paths.load(new Set(versions.map(({ directory }) => directory)));
  return [...byPath(versions, paths)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, rows]) => {
      const telling = setsTellingOf(root, path);
      const states = statesOf(path, rows, telling);
      const name = path.slice(path.lastIndexOf("/") + 1) as FileName;
      return states.length === 0 ? [] : [{ path, name, sets: telling, states }];
    });
}

/** The states of each path, cut to the time when it was that path, oldest first. */
function byPath(
  versions: readonly PastVersion[],
  paths: DirectoryPaths,
): ReadonlyMap<FilePath, readonly PastVersion[]> {
  const found = new Map<FilePath, PastVersion[]>();
  for (const version of versions)
    for (const span of paths.spans(version.directory, version)) {
      const row = cut(version, span);
      if (row === undefined) continue;
      const path = joinPath(span.path, version.name);
      const rows = found.get(path);
      if (rows === undefined) found.set(path, [row]);
      else rows.push(row);
    }
  for (const rows of found.values()) rows.sort((a, b) => a.firstSet - b.firstSet);
  return found;
}
