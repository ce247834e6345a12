/**
 * What a repository tells over all sets: rows with the interval of sets they count for. An
 * interval says nothing of which paths a set covers, nor of how far an unfinished one got
 * (docs/format.md §2.2): engine/history.ts puts the two together.
 */
import type { FileName } from "./byte-string.ts";
import type { Version } from "./entry.ts";
import type { BackupSetId, ContentId, DirectoryId, NameId } from "./ids.ts";

/** In the sets `firstSet` to `lastSet`; undefined: up to the newest. */
export type Interval = {
  readonly firstSet: BackupSetId;
  readonly lastSet: BackupSetId | undefined;
};

/** One state of one entry. */
export type PastVersion = Version & Interval & { readonly directory: DirectoryId };

/** Whose states are wanted: an entry's, or, without a name, those of all in a directory. */
export type HistoryPlace = { readonly directory: DirectoryId; readonly name: FileName | undefined };

/** As what a directory was found. */
export type WayUp = Interval & { readonly parent: DirectoryId; readonly name: FileName };

/** Names that entries have or had: their ids, and in that order their bytes, joined by slashes. */
export type NamePage = { readonly ids: readonly NameId[]; readonly joined: Uint8Array };

/** What a file is known by when its name is another; undefined: that does not count. */
export type FileIdentity = {
  readonly inode: bigint | undefined;
  readonly content: ContentId | undefined;
};
