/**
 * The directories of one session, from their heads to their rows: who each is, what of it must be
 * sent, and which rows say so. Synchronous; the session holds the transaction.
 *
 * Who a directory is (docs/format.md §2.3):
 *  1. the one that the row of its name led to, if the file system knows it as the same;
 *  2. else the one known to the file system by that device, inode and time of birth: it was moved;
 *  3. else a new one. What its name led to before is its predecessor, to be compared with.
 * None is given to two places of a walk: bind mounts and moves during it make a new one.
 *
 * The row of a directory's name leads to it once both are known: its head, and its parent's rows.
 * They come in any order. A name whose directory never is opened leads nowhere.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { DirectoryIdentity } from "../catalog/directories.ts";
import {
  FLAG_RACY,
  FLAG_TORN,
  FLAG_UNREADABLE,
  leftOutFlags,
  type KnownVersion,
  type VersionKey,
  type VersionState,
  isSameState,
} from "../catalog/versions.ts";
import { assert } from "../core/assert.ts";
import { type FileName, type FilePath, isWithin, joinPath } from "../core/byte-string.ts";
import { NO_ENTRIES } from "../core/entry-records.ts";
import { KIND_CODES, type VersionFlags } from "../core/entry.ts";
import { type BackupSetId, type ContentId, type DirectoryId, ROOT_DIRECTORY } from "../core/ids.ts";
import type {
  BackupRequest,
  Decision,
  ChangePolicy,
  DirectoryAnswer,
  DirectoryHead,
  DirectoryListing,
  FinishedDirectory,
  SentEntries,
} from "../core/repository.ts";
import { IdSet } from "./id-set.ts";
import { compareListing } from "./listing.ts";
import { type OpenDirectory, WalkLog } from "./walk-log.ts";

const NO_DIGEST = { digest: undefined } as const;

/** What a directory turned out to be. */
type Resolved = {
  readonly id: DirectoryId;
  readonly isNew: boolean;
  readonly predecessor: DirectoryId | undefined;
  /** Its last listing had the digest that the head has. */
  readonly hasDigest: boolean;
  /** The current row of its name leads to it. */
  readonly isLinked: boolean;
};

export class DirectoryIngest {
  readonly #catalog: Catalog;
  readonly #set: BackupSetId;
  readonly #roots: readonly FilePath[];
  readonly #policy: ChangePolicy;
  readonly #seals: BackupRequest["seals"];
  readonly #walk = new WalkLog();
  readonly #given = new IdSet();

  constructor(
    catalog: Catalog,
    session: {
      readonly set: BackupSetId;
      readonly roots: readonly FilePath[];
      readonly policy: ChangePolicy;
      readonly seals: BackupRequest["seals"];
    },
  ) {
    this.#catalog = catalog;
    this.#set = session.set;
    this.#roots = session.roots;
    this.#policy = session.policy;
    this.#seals = session.seals;
  }

  /** The last directory of those that are wholly in; undefined: none is. */
  get cursor(): FilePath | undefined {
    return this.#walk.cursor;
  }

  open(head: DirectoryHead): DirectoryAnswer {
    for (const left of this.#walk.leaveUpTo(head.parent)) this.#unlinkUnopened(left);
    const parent = head.parent === undefined ? undefined : this.#walk.get(head.parent);
    const resolved = this.#resolve(head, parent);
    this.#given.add(resolved.id);
    const { id, isNew, predecessor, hasDigest } = resolved;
    const isSame = hasDigest && head.scope === "whole" && this.#policy.existing === "keep";
    const { token, path, scope } = head;
    const phase = isSame ? "done" : "opened";
    this.#walk.enter({ token, id, path, scope, predecessor, isNew, phase });
    if (!isNew && !resolved.isLinked) this.#unlinkElsewhere(id);
    if (parent !== undefined) this.#linkOpened(parent, head.name, resolved);
    const seals = this.#seals === "wanted" ? this.#catalog.directories.sealsOf(id) : undefined;
    return { kind: isSame ? "same" : "changed", directory: id, seals };
  }

  list({ token, entries }: DirectoryListing): readonly Decision[] {
    const directory = this.#walk.get(token);
    const { id, isNew, predecessor, path, scope } = directory;
    const { decisions, changes } = compareListing(
      this.#catalog,
      {
        id,
        rowsOf: isNew ? predecessor : id,
        entries,
        isWanted: (name) => scope === "whole" || this.#leadsToRoot(joinPath(path, name)),
      },
      { ...this.#policy, seals: this.#seals },
    );
    directory.changes = changes;
    directory.phase = "listed";
    for (let index = 0; index < entries.count; index += 1) {
      if (!entries.isDirectory(index)) continue;
      const name = entries.name(index);
      if (directory.children?.has(name) !== true) (directory.unopened ??= new Set()).add(name);
    }
    return decisions;
  }

  finish({ token, sent, digest, seal }: FinishedDirectory): void {
    const directory = this.#walk.get(token);
    // Nobody asked about its entries: it has none.
    if (directory.phase === "opened") this.list({ token, entries: NO_ENTRIES });
    const hasRows = this.#writeRows(directory, sent);
    const isWhole = directory.scope === "whole";
    const hasDigest = this.#writeDigest(directory, isWhole ? { digest, seal } : NO_DIGEST, hasRows);
    if (!directory.isNew && (hasRows || hasDigest)) this.#catalog.directories.touch(directory.id);
    for (const [name, child] of directory.children ?? []) {
      if (!child.isLinked) this.#link(directory, name, child.id);
    }
    this.#walk.finish(directory);
    if (directory.isLeft) this.#unlinkUnopened(directory);
  }

  /** Every directory is done and nothing more comes. Throws when some directory is not. */
  end(): void {
    for (const left of this.#walk.leaveUpTo(undefined)) this.#unlinkUnopened(left);
    if (!this.#walk.isDone) throw new Error("a set is complete when all its directories are");
  }

  #resolve(head: DirectoryHead, parent: OpenDirectory | undefined): Resolved {
    const { directories, names } = this.#catalog;
    if (parent === undefined) return this.#root(head.digest);
    const { inode, birthNs, digest, name } = head;
    const identity = { device: names.deviceId(head.mountPoint), inode, birthNs };
    const rowsOf = parent.isNew ? parent.predecessor : parent.id;
    const place =
      rowsOf === undefined
        ? undefined
        : directories.atPlace({ parent: rowsOf, name }, identity, digest);
    if (place?.isIdentical === true && !this.#given.has(place.id)) {
      const { id, hasDigest, isCurrent } = place;
      const isLinked = isCurrent && !parent.isNew;
      return { id, isNew: false, predecessor: undefined, hasDigest, isLinked };
    }
    return this.#moved(identity, digest) ?? this.#new(identity, place?.id);
  }

  #root(digest: Uint8Array | undefined): Resolved {
    const stored = this.#catalog.directories.digestOf(ROOT_DIRECTORY);
    return {
      id: ROOT_DIRECTORY,
      isNew: false,
      predecessor: undefined,
      hasDigest: stored !== undefined && isSameDigest(stored, digest),
      isLinked: true,
    };
  }

  #moved(identity: DirectoryIdentity, digest: Uint8Array | undefined): Resolved | undefined {
    const found = this.#catalog.directories
      .byIdentity(identity, digest)
      .find(({ id }) => !this.#given.has(id));
    return found && { ...found, isNew: false, predecessor: undefined, isLinked: false };
  }

  #new(identity: DirectoryIdentity, predecessor: DirectoryId | undefined): Resolved {
    const id = this.#catalog.directories.add(identity);
    return { id, isNew: true, predecessor, hasDigest: false, isLinked: false };
  }

  #linkOpened(parent: OpenDirectory, name: FileName, { id, isLinked }: Resolved): void {
    parent.unopened?.delete(name);
    if (parent.phase !== "done") (parent.children ??= new Map()).set(name, { id, isLinked });
    else if (!isLinked) this.#link(parent, name, id);
  }

  /** A directory that is named and was not entered has nothing in it as far as this set goes. */
  #unlinkUnopened(directory: OpenDirectory): void {
    if (directory.phase !== "done") return;
    for (const name of directory.unopened ?? []) this.#link(directory, name, null);
    directory.unopened = undefined;
  }

  /** It has moved: no set has a directory in two places. */
  #unlinkElsewhere(id: DirectoryId): void {
    for (const row of this.#catalog.versions.leadingTo(id)) this.#lead(row, null);
  }

  #link(directory: OpenDirectory, name: FileName, child: DirectoryId | null): void {
    const { versions, names } = this.#catalog;
    const row = versions.newest(directory.id, names.idOf(name));
    if (row === undefined || !row.isCurrent || row.kind !== KIND_CODES.directory) return;
    if (row.child !== child) this.#lead(row, child);
  }

  /** From this set on a current row leads to `child`. */
  #lead(row: VersionKey, child: DirectoryId | null): void {
    const { versions, directories } = this.#catalog;
    if (row.firstSet === this.#set) versions.setChild(row, child);
    else {
      versions.continue(row, this.#set, child);
      versions.endBefore(row, this.#set);
    }
    directories.touch(row.directory);
  }

  /** Whether it changed any. */
  #writeRows(directory: OpenDirectory, sent: SentEntries): boolean {
    const { versions } = this.#catalog;
    const changes = directory.changes ?? { known: new Map(), returned: [], vanished: [] };
    let count = 0;
    for (let index = 0; index < sent.records.count; index += 1) {
      const name = sent.records.name(index);
      count += this.#writeEntry(
        directory,
        name,
        this.#stateOf(sent, index),
        changes.known.get(name),
      );
      changes.known.delete(name);
    }
    // Asked for and not sent: it was gone when it was to be read.
    const gone = [...changes.known.values()].filter(
      (known) => known.isCurrent && known.directory === directory.id,
    );
    for (const { name } of [...gone, ...changes.vanished]) this.#endNewest(directory, name);
    for (const state of changes.returned) {
      const key = { directory: directory.id, name: state.name, firstSet: this.#set };
      const child = openedChild(directory, state.fileName) ?? null;
      versions.insert(key, { ...state, child });
    }
    return count + gone.length + changes.vanished.length + changes.returned.length > 0;
  }

  /** `sent` lacks its child. 1: a row was written; 0: the newest says the same. */
  #writeEntry(
    directory: OpenDirectory,
    fileName: FileName,
    sent: VersionState,
    known: KnownVersion | undefined,
  ): 0 | 1 {
    const { versions, names } = this.#catalog;
    const { id, isNew } = directory;
    const name = names.idOf(fileName);
    const newest = isNew ? undefined : versions.newest(id, name);
    // Until its head has come, a directory is taken to be the one it was.
    const former = newest?.isCurrent === true ? newest.child : null;
    const isDirectory = sent.kind === KIND_CODES.directory;
    const state = isDirectory
      ? { ...sent, child: openedChild(directory, fileName) ?? former }
      : sent;
    if (newest?.isCurrent === true) {
      if (newest.firstSet === known?.firstSet && isSameState(known, state)) return 0;
      versions.endBefore(newest, this.#set);
    }
    versions.insert({ directory: id, name, firstSet: this.#set }, state);
    return 1;
  }

  #endNewest({ id }: OpenDirectory, name: number): void {
    const { versions } = this.#catalog;
    const newest = versions.newest(id, name);
    if (newest?.isCurrent === true) versions.endBefore(newest, this.#set);
  }

  /** Of a directory without its child. */
  #stateOf(sent: SentEntries, index: number): VersionState {
    const { records, owners, contents, attributes, flags, seals } = sent;
    const [owner, told] = [owners[index], flags[index]];
    assert(owner !== undefined && told !== undefined, "columns are as long as there are records");
    return {
      kind: records.kindCode(index),
      permissions: records.permissions(index),
      owner: this.#catalog.names.ownerId(owner),
      sizeBytes: records.sizeBytes(index),
      mtimeNs: records.mtimeNs(index),
      ctimeNs: records.ctimeNs(index),
      inode: records.signedInode(index),
      links: records.links(index),
      deviceNumber: records.deviceNumber(index),
      content: this.#contentRow(contents[index]),
      attributes: this.#contentRow(attributes.get(index)),
      child: null,
      flags: bitsOf(told),
      seal: seals?.[index] ?? null,
    };
  }

  #contentRow(content: ContentId | undefined): number | null {
    if (content === undefined) return null;
    const stored = this.#catalog.contents.find(content);
    if (stored === undefined) throw new Error(`content ${content} is named but not stored`);
    return stored.row;
  }

  /**
   * What names the directory by its digest must not be wrong: rows of it may have changed. Whether
   * it was written.
   */
  #writeDigest(
    { id, scope, isNew }: OpenDirectory,
    { digest, seal }: Pick<FinishedDirectory, "digest" | "seal">,
    hasChanged: boolean,
  ): boolean {
    if (scope === "named" && !hasChanged) return false;
    const { directories } = this.#catalog;
    const stored = isNew ? undefined : directories.digestOf(id);
    if (stored === undefined ? digest === undefined : isSameDigest(stored, digest)) return false;
    directories.setDigest(id, digest, seal);
    return true;
  }

  #leadsToRoot(path: FilePath): boolean {
    return this.#roots.some((root) => isWithin(root, path));
  }
}

function openedChild({ children }: OpenDirectory, name: FileName): DirectoryId | undefined {
  return children?.get(name)?.id;
}

function isSameDigest(stored: Uint8Array, digest: Uint8Array | undefined): boolean {
  return digest !== undefined && Buffer.compare(stored, digest) === 0;
}

function bitsOf({ isRacy, isTorn, isUnreadable, leftOut }: VersionFlags): number {
  return (
    (isRacy ? FLAG_RACY : 0) |
    (isTorn ? FLAG_TORN : 0) |
    (isUnreadable ? FLAG_UNREADABLE : 0) |
    leftOutFlags(leftOut)
  );
}
