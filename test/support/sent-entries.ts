/** Entries told one by one, as the columns that a session takes. */
import { EntryRecords } from "../../src/core/entry-records.ts";
import type { FileEntry, Owner, VersionFlags } from "../../src/core/entry.ts";
import type { ContentId } from "../../src/core/ids.ts";
import type { SentEntries } from "../../src/core/repository.ts";

export type SentEntry = {
  readonly entry: FileEntry;
  readonly owner: Owner;
  readonly content: ContentId | undefined;
  readonly attributes: ContentId | undefined;
  readonly flags: VersionFlags;
};

export function sentEntries(sent: readonly SentEntry[]): SentEntries {
  const attributes = new Map<number, ContentId>();
  for (const [index, one] of sent.entries()) {
    if (one.attributes !== undefined) attributes.set(index, one.attributes);
  }
  return {
    records: EntryRecords.of(sent.map(({ entry }) => entry)),
    owners: sent.map(({ owner }) => owner),
    contents: sent.map(({ content }) => content),
    attributes,
    flags: sent.map(({ flags }) => flags),
  };
}
