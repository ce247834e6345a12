/** The seals of sets that are there already: of each directory in each of them, and of the sets. */
import type { Catalog } from "../catalog/catalog.ts";
import type { SetView } from "../catalog/set-view.ts";
import { type BackupSetId, type DirectoryId, ROOT_DIRECTORY } from "../core/ids.ts";
import type { SealedChild, Seals } from "../format/entry-seals.ts";

/** Of a catalog whose rows are encrypted, in a transaction. Oldest first, as they were made. */
export function sealSets(catalog: Catalog, seals: Seals): void {
  for (const set of catalog.sets.all()) {
    if (set.state !== "complete") continue;
    const view = catalog.views.of(set.id);
    if (view === undefined) continue;
    const top = sealTree({ catalog, view, set: set.id, seals }, ROOT_DIRECTORY);
    catalog.sets.seal(set.id, seals.set(set, top));
  }
}

type Sealing = {
  readonly catalog: Catalog;
  readonly view: SetView;
  readonly set: BackupSetId;
  readonly seals: Seals;
};

/** As deep as the directories are. */
function sealTree(about: Sealing, directory: DirectoryId): Uint8Array {
  const { catalog, view, set, seals } = about;
  const entries = view.entries(directory);
  const children: SealedChild[] = [];
  for (const { name, child } of entries) {
    if (child !== undefined) children.push({ name, seal: sealTree(about, child) });
  }
  const listing = seals.listing(entries.map((entry) => seals.entry(entry)));
  const seal = seals.tree(listing, children);
  catalog.directories.setTreeSeal(directory, set, seal);
  return seal;
}
