/**
 * A directory's listing against the rows the catalog has of it: what must be sent, and what
 * finishing the directory will have to change. Rows come in pages; of a directory that did not
 * change, nothing is kept.
 */
import type { Catalog } from "../catalog/catalog.ts";
import { type KnownVersion, type VersionKey, flagsOf } from "../catalog/versions.ts";
import type { FileName } from "../core/byte-string.ts";
import type { EntryRecords } from "../core/entry-records.ts";
import type { FileEntry } from "../core/entry.ts";
import type { DirectoryId } from "../core/ids.ts";
import type { BackupRequest, ChangePolicy, Decision } from "../core/repository.ts";
import { isUnchanged, mayBeDelta } from "./decide.ts";

/** What is to be written when the directory is done. */
export type ListingChanges = {
  /** Of names that must be sent: their newest versions, where there are any. */
  readonly known: Map<FileName, KnownVersion>;
  /** As the newest version says, but that one has ended or is another directory's. */
  readonly returned: readonly KnownVersion[];
  /** Still so as far as the rows say, but not in the listing. */
  readonly vanished: readonly VersionKey[];
};

export type Listing = {
  readonly id: DirectoryId;
  /** Where its rows are: its own, or its predecessor's; undefined: there are none. */
  readonly rowsOf: DirectoryId | undefined;
  readonly entries: EntryRecords;
  /** Whether a name that is not listed is gone, and not just of no concern. */
  readonly isWanted: (name: FileName) => boolean;
};

/** `seals`: unchanged entries come with what is known of them. */
type ListingPolicy = ChangePolicy & Pick<BackupRequest, "seals">;

const PAGE_ROWS = 4096;
const UNCHANGED: Decision = { kind: "unchanged" };
const SEND_WHOLE: Decision = { kind: "send", basis: undefined };

export function compareListing(
  catalog: Catalog,
  listing: Listing,
  policy: ListingPolicy,
): { readonly decisions: readonly Decision[]; readonly changes: ListingChanges } {
  const decisions = Array.from<Decision>({ length: listing.entries.count }).fill(SEND_WHOLE);
  const known = new Map<FileName, KnownVersion>();
  const returned: KnownVersion[] = [];
  const vanished: VersionKey[] = [];
  const { id, rowsOf, entries, isWanted } = listing;
  const changes = { known, returned, vanished };
  if (rowsOf === undefined) return { decisions, changes };

  const indexOf = new Map<FileName, number>();
  for (let index = 0; index < entries.count; index += 1) indexOf.set(entries.name(index), index);
  for (const version of knownVersions(catalog, rowsOf)) {
    const isOwn = version.isCurrent && rowsOf === id;
    const index = indexOf.get(version.fileName);
    if (index === undefined) {
      if (isOwn && isWanted(version.fileName)) vanished.push(keyOf(version));
      continue;
    }
    const decision = decide(catalog, { entry: entries.entry(index), version, policy });
    decisions[index] = decision;
    if (decision.kind === "send") known.set(version.fileName, version);
    else if (!isOwn) returned.push(version);
  }
  return { decisions, changes };
}

function* knownVersions(catalog: Catalog, directory: DirectoryId): Generator<KnownVersion> {
  for (let after = 0; ;) {
    const page = catalog.versions.known(directory, after, PAGE_ROWS);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = last.name;
  }
}

function decide(
  catalog: Catalog,
  about: {
    readonly entry: FileEntry;
    readonly version: KnownVersion;
    readonly policy: ListingPolicy;
  },
): Decision {
  const { entry, version, policy } = about;
  const { contents } = catalog;
  const { content } = version;
  const isSame = isUnchanged(entry, version, policy);
  const unchanged =
    isSame && policy.seals === "wanted" ? unchangedWith(catalog, version) : UNCHANGED;
  if (content === null) return isSame ? unchanged : SEND_WHOLE;
  if (isSame) {
    const isToBeWhole = policy.existing === "replace" && contents.chainLength(content) > 0;
    return isToBeWhole ? SEND_WHOLE : unchanged;
  }
  const chainLength = contents.chainLength(content);
  if (!mayBeDelta(entry, { ...version, chainLength }, policy)) return SEND_WHOLE;
  return {
    kind: "send",
    basis: { content: contents.idOf(content), sizeBytes: version.sizeBytes },
  };
}

/** With what shows an encrypting client that it is its own entry. */
function unchangedWith({ contents, names }: Catalog, version: KnownVersion): Decision {
  const { content, attributes, flags, seal } = version;
  const entry = {
    owner: names.ownerOf(version.owner),
    content: content === null ? undefined : contents.idOf(content),
    attributes: attributes === null ? undefined : contents.idOf(attributes),
    flags: flagsOf(flags),
    seal: seal ?? undefined,
  };
  return { kind: "unchanged", known: entry };
}

function keyOf({ directory, name, firstSet }: VersionKey): VersionKey {
  return { directory, name, firstSet };
}
