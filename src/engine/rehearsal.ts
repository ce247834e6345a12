/**
 * What `--dry-run` backs up into: a copy of the catalog in a folder that goes away, and packs that
 * keep nothing. So a rehearsal runs the same code as a backup, and says just what that would do.
 */
import { Catalog } from "../catalog/catalog.ts";
import { DiscardingPacks } from "../store/discarding-packs.ts";
import type { RepositoryFolder } from "../store/repository-folder.ts";
import { ScratchFolder } from "../store/scratch-folder.ts";
import { openToRead } from "./catalog-opening.ts";
import { checkEncryption } from "./encryption-mark.ts";
import type { Journal } from "./journal-records.ts";
import { LocalRepository, type LocalRepositoryOptions } from "./local-repository.ts";

/** `folder`: closed when the repository is; undefined: there is none yet, and none is made. */
export async function openRehearsal(
  folder: RepositoryFolder | undefined,
  { now, notice, encryption }: Pick<LocalRepositoryOptions, "now" | "notice" | "encryption">,
): Promise<{ readonly repository: LocalRepository; readonly temporaryFolder: string }> {
  await using stack = new AsyncDisposableStack();
  if (folder !== undefined) stack.use(folder);
  const scratch = stack.use(new ScratchFolder());
  const path = scratch.join("tardis.db");
  if (folder === undefined) Catalog.create(path)[Symbol.dispose]();
  else await copyCatalog(folder, path, notice);
  const catalog = stack.use(Catalog.open(path, "write"));
  checkEncryption(catalog, encryption, folder?.path ?? "");
  const packs = new DiscardingPacks();
  const heartbeat = (): void => {};
  const writing = { catalog, packs, journal: NO_JOURNAL, now, notice, heartbeat };
  const name = folder?.path ?? "a new repository";
  const kept = stack.move();
  const close = (): Promise<void> => kept.disposeAsync();
  const repository = new LocalRepository({ name, catalog, packs, writing, close });
  return { repository, temporaryFolder: scratch.path };
}

async function copyCatalog(
  folder: RepositoryFolder,
  path: string,
  notice: (text: string) => void,
): Promise<void> {
  const opened = await openToRead(folder, notice);
  using _scratch = opened.scratch;
  using catalog = opened.catalog;
  catalog.copyTo(path);
}

const NO_JOURNAL: Journal = {
  path: "no journal",
  append() {},
  async sync() {},
  endMark: { lengthBytes: 0, sum: "" },
  *records() {},
};
