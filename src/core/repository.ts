/**
 * The port: everything a front door can do, in the words of the domain. LocalRepository answers in
 * process; a server's client answers by messages. Calls are batched, so that the number of round
 * trips grows with the bytes and directories moved, never with the number of files.
 *
 * Laws, checked for every implementation by test/contract/repository.ts:
 *  1. A set that complete() acknowledged can be read, whole, after any crash.
 *  2. A session that is not completed leaves an unfinished set; what it stored is not stored again.
 *  3. A content is visible to readers only after its parcel is durable.
 */
import type { BackupCounts, BackupSet, SetSchedule } from "./backup-set.ts";
import type { ByteString, FileName, FilePath } from "./byte-string.ts";
import type { EntryRecords } from "./entry-records.ts";
import type { AttributeKind, Owner, Version, VersionFlags } from "./entry.ts";
import type { FileIdentity, HistoryPlace, NamePage, PastVersion, WayUp } from "./history.ts";
import type { BackupSetId, ContentId, DirectoryId, NameId, PackName } from "./ids.ts";

/** Where the stored bytes of one parcel are. */
export type ParcelLocation = {
  readonly pack: PackName;
  readonly position: number;
  readonly length: number;
};

/** One link of a delta chain: a blob, as a member of a parcel. */
export type BlobLocation = {
  readonly content: ContentId;
  readonly sizeBytes: number;
  readonly parcel: ParcelLocation;
  readonly member: number;
};

/** Marks of an encrypting client on a directory; a repository keeps them and asks nothing. */
export type DirectorySeals = {
  /** Of its last listing, together with its digest. */
  readonly listing: Uint8Array | undefined;
  /** Of all below it too. */
  readonly tree: Uint8Array | undefined;
};

/** Newest first: each applies to the next; the last is a full blob. Never empty. */
export type DeltaChain = readonly BlobLocation[];

export interface Repository extends AsyncDisposable {
  /** For people: where it is. */
  readonly name: string;
  /** A walk goes through the directories of a directory in the order of these, bytewise. */
  sortKey(name: FileName): ByteString;
  /** Oldest first. */
  backupSets(): Promise<readonly BackupSet[]>;
  /** The entries of each directory in that set, by name, bytewise; none if it is not in the set. */
  directories(
    set: BackupSetId,
    directories: readonly DirectoryId[],
  ): Promise<readonly (readonly Version[])[]>;
  /** All states ever of each entry, or of all in a directory: by name, each oldest first. */
  histories(places: readonly HistoryPlace[]): Promise<readonly (readonly PastVersion[])[]>;
  /** As what each directory was found, oldest first; nothing for the root. */
  waysUp(directories: readonly DirectoryId[]): Promise<readonly (readonly WayUp[])[]>;
  /** A page of all names there ever were, after that one; empty when there are no more. */
  namesAfter(name: NameId | undefined): Promise<NamePage>;
  /** All states ever of the entries that go or went by each name. */
  named(names: readonly NameId[]): Promise<readonly (readonly PastVersion[])[]>;
  /** All states ever of files with the inode number or the content of each. Takes its time. */
  lookalikes(files: readonly FileIdentity[]): Promise<readonly (readonly PastVersion[])[]>;
  /** What sealDirectories() said of each, as of that set; undefined: nothing. */
  treeSeals(
    set: BackupSetId,
    directories: readonly DirectoryId[],
  ): Promise<readonly (Uint8Array | undefined)[]>;
  /** The chain of each content; undefined for one that is not stored. */
  chains(contents: readonly ContentId[]): Promise<readonly (DeltaChain | undefined)[]>;
  /** Bytes `[position, position + length)` of a pack. Throws RepositoryCorrupt if they are gone. */
  readPack(pack: PackName, position: number, length: number): Promise<Uint8Array>;
  /** Throws RepositoryLocked when another writes to it. */
  beginBackup(request: BackupRequest): Promise<BackupSession>;
}

export type BackupRequest = {
  /** undefined: by the schedule, from the time it starts. A set gets it when it is complete. */
  readonly name: string | undefined;
  readonly schedule: SetSchedule;
  /** undefined: the schedule's. */
  readonly priority: number | undefined;
  /** Given when the set is complete. */
  readonly tags: readonly string[];
  /** A tag that another set has: "move" takes it away from that one, "keep" is a UsageError. */
  readonly takenTags: "move" | "keep";
  readonly roots: readonly FilePath[];
  readonly clientVersion: string;
  readonly commandLine: Uint8Array | undefined;
  readonly configuration: Uint8Array | undefined;
  readonly policy: ChangePolicy;
  /** "wanted": directories come with their seals, and entries that are unchanged with theirs. */
  readonly seals?: "wanted" | undefined;
};

/** When a changed file is sent as a delta. */
export type DeltaPolicy = {
  /** 0: never. */
  readonly chainLengthMax: number;
  /** A file whose size changed by this or more, in percent of the larger, is sent whole. */
  readonly changePercentMax: number;
  /** A file smaller than this is sent whole. */
  readonly sizeBytesMin: number;
  /** "replace": nothing is sent as a delta, and unchanged files stored as one are sent whole. */
  readonly existing: "keep" | "replace";
};

/** What is sent of an entry, and when. */
export type ChangePolicy = DeltaPolicy & {
  /** Not looked at. Entries of which more was left out are sent though they did not change. */
  readonly leavesOut: readonly AttributeKind[];
};

/** Says a client's number for a directory of this session; the parent's is always said before. */
export type DirectoryToken = number;

/**
 * What identifies a directory, sent in the order of the walk, parents first. Every directory that
 * a listing names is opened, also one that cannot be read or is not entered: its listing is empty.
 */
export type DirectoryHead = {
  readonly token: DirectoryToken;
  /** undefined: the root of the file system. */
  readonly parent: DirectoryToken | undefined;
  readonly path: FilePath;
  readonly name: FileName;
  readonly inode: bigint;
  readonly birthNs: bigint;
  /** The mount point of its file system: stays the same when device numbers change. */
  readonly mountPoint: FilePath;
  /** Of its listing; undefined: compare entry by entry. Equal digests mean equal entries. */
  readonly digest: Uint8Array | undefined;
  /** "named": only the entries that lead to a root are reported; the others stay as they are. */
  readonly scope: "whole" | "named";
};

/** same: nothing more is wanted. changed: report its entries. */
export type DirectoryAnswer = {
  readonly kind: "same" | "changed";
  readonly directory: DirectoryId;
  /** Where they are wanted. */
  readonly seals: DirectorySeals | undefined;
};

/** All entries of one directory that are wanted, or those that lead to a root. */
export type DirectoryListing = {
  readonly token: DirectoryToken;
  readonly entries: EntryRecords;
};

/** What to do with an entry. */
export type Decision =
  | { readonly kind: "unchanged"; readonly known?: KnownEntry }
  | { readonly kind: "send"; readonly basis: Basis | undefined };

/** What a delta may be made against, should the content be new: chains() tells how to read it. */
export type Basis = { readonly content: ContentId; readonly sizeBytes: number };

/** What is stored of an unchanged entry that its stat does not tell, where seals are wanted. */
export type KnownEntry = Pick<Version, "owner" | "content" | "attributes" | "flags" | "seal">;

/**
 * What a session says of entries of one directory that it was asked to send, in columns: all have
 * as many as there are records. They are the receiver's.
 */
export type SentEntries = {
  readonly records: EntryRecords;
  readonly owners: readonly Owner[];
  readonly contents: readonly (ContentId | undefined)[];
  /** By index, of the few that have some. */
  readonly attributes: ReadonlyMap<number, ContentId>;
  readonly flags: readonly VersionFlags[];
  /** Where the client encrypts. */
  readonly seals?: readonly Uint8Array[] | undefined;
};

/** One directory, done: which of its entries changed, and the digest that stands for it now. */
export type FinishedDirectory = {
  readonly token: DirectoryToken;
  readonly sent: SentEntries;
  /** undefined: something in it must be looked at again next time. */
  readonly digest: Uint8Array | undefined;
  /** Of the listing, with the digest. */
  readonly seal?: Uint8Array | undefined;
};

/** A member of a parcel that is being stored. */
export type ParcelMember = {
  readonly content: ContentId;
  readonly sizeBytes: number;
  /** Of a delta: the content it applies to, which is stored already. */
  readonly basis: ContentId | undefined;
};

/** A whole parcel, header included, ready to be appended to a pack. */
export type Parcel = { readonly members: readonly ParcelMember[]; readonly bytes: Uint8Array };

export type TreeSeal = { readonly directory: DirectoryId; readonly seal: Uint8Array };

/**
 * One backup in progress. Disposed without complete() or fail(), it leaves an interrupted set.
 * Directories are opened and listed in the order of the walk, and finished in any.
 */
export interface BackupSession extends AsyncDisposable {
  readonly backupSet: BackupSet;
  openDirectories(heads: readonly DirectoryHead[]): Promise<readonly DirectoryAnswer[]>;
  /** A decision for every entry of every listing, in the order given. */
  list(listings: readonly DirectoryListing[]): Promise<readonly (readonly Decision[])[]>;
  /** Whether no content is stored yet. */
  isEmpty(): Promise<boolean>;
  /** Which of these are not stored yet, in the order given. */
  missing(contents: readonly ContentId[]): Promise<readonly boolean[]>;
  /** How each of these is stored, in the order given; undefined: it is not. */
  chains(contents: readonly ContentId[]): Promise<readonly (DeltaChain | undefined)[]>;
  /** Whether some content has exactly this size, which must be over OWN_PACK_BYTES. */
  hasSize(sizeBytes: number): Promise<boolean>;
  /** Contents that are stored already are left out of the catalog, not an error. */
  putParcel(parcel: Parcel): Promise<void>;
  /** A parcel whose length is not known before its end. */
  openParcel(): Promise<ParcelWriter>;
  /** Every content named must be stored. */
  finishDirectories(directories: readonly FinishedDirectory[]): Promise<void>;
  /** Seals of directories and all below them; those that are not named keep theirs. */
  sealDirectories(seals: readonly TreeSeal[]): Promise<void>;
  /** `seal`: asked for the set's seal when all else is known of it. */
  complete(counts: BackupCounts, seal?: (set: BackupSet) => Uint8Array): Promise<BackupSet>;
  /** Ends the session: the set is listed as failed, for this reason. What it stored is kept. */
  fail(reason: string): Promise<void>;
}

/** A parcel being written, in a pack of its own. Disposed before finish(), it leaves nothing. */
export interface ParcelWriter extends AsyncDisposable {
  write(piece: Uint8Array): Promise<void>;
  /** `head` replaces the first bytes, which were written as zeroes. */
  finish(head: Uint8Array, member: ParcelMember): Promise<void>;
}
