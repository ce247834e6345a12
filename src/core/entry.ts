/** What is remembered about one directory entry. */
import type { FileName } from "./byte-string.ts";
import type { ContentId, DirectoryId } from "./ids.ts";

export type FileKind =
  "file" | "directory" | "symlink" | "fifo" | "socket" | "character-device" | "block-device";

/** As stored in the catalog: never renumber. */
export const KIND_CODES: Readonly<Record<FileKind, number>> = {
  file: 1,
  directory: 2,
  symlink: 3,
  fifo: 4,
  socket: 5,
  "character-device": 6,
  "block-device": 7,
};

const KINDS: ReadonlyMap<number, FileKind> = new Map(
  Object.entries(KIND_CODES).map(([kind, code]) => [code, kind as FileKind]),
);

/** The inverse of KIND_CODES. Throws RangeError for a number that is no kind's. */
export function kindOfCode(code: number): FileKind {
  const kind = KINDS.get(code);
  if (kind === undefined) throw new RangeError(`${code} is no kind of file`);
  return kind;
}

/** What lstat tells of one entry. */
export type FileStat = {
  readonly kind: FileKind;
  /** 12 bits, setuid, setgid and sticky included. */
  readonly permissions: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** Unsigned. */
  readonly inode: bigint;
  readonly links: number;
  /** Of a device file: major * 2^20 + minor; else 0. */
  readonly deviceNumber: number;
  /** st_dev: which file system it lies on. Changes with reboots, so it is not stored. */
  readonly device: number;
  /** When the inode was made; 0 where the file system does not tell. Known for directories only. */
  readonly birthNs: bigint;
  /** Fewer bytes are allocated than the size says: the file has holes. */
  readonly isSparse: boolean;
};

export type FileEntry = FileStat & { readonly name: FileName };

/** Names of the owners, as bytes; empty when an id has none. */
export type Owner = {
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  readonly groupName: string;
};

/** What of an entry's metadata a user may have left out. */
export type AttributeKind = "access-lists" | "extended-attributes";

export type VersionFlags = {
  /** Changed so close to the scan that a later change may carry the same times: read next time. */
  readonly isRacy: boolean;
  /** Kept changing while it was read: the content is what one pass over it gave. */
  readonly isTorn: boolean;
  /** Could not be read: there is no content. */
  readonly isUnreadable: boolean;
  /** Not looked at, as the user wished: it may have some. */
  readonly leftOut: readonly AttributeKind[];
};

/** One entry of a directory in a backup set, as the repository gives it back. */
export type Version = {
  readonly name: FileName;
  readonly kind: FileKind;
  readonly permissions: number;
  readonly owner: Owner;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  /** Which file system it lay on: with the inode, what hard links are known by. */
  readonly fileSystem: number;
  readonly links: number;
  readonly deviceNumber: number;
  readonly flags: VersionFlags;
  /** Of a file, and of a symlink: its target. */
  readonly content: ContentId | undefined;
  /** The attribute bundle; undefined when there is nothing to keep. */
  readonly attributes: ContentId | undefined;
  /** Of a directory: where its entries are. */
  readonly child: DirectoryId | undefined;
  /** Where the client encrypts: shows it that nobody has changed what is said here. */
  readonly seal?: Uint8Array | undefined;
};
