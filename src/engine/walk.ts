/**
 * The walk: every directory of a run, in preorder by the repository's sort keys, scanned and
 * filtered. The directories above the roots come too, with just the entries that lead to them. It
 * reads directories and stats, never a file's content.
 */
import type { BackupRoot, WalkOptions } from "../core/backup-options.ts";
import { type ByteString, type FileName, type FilePath, joinPath } from "../core/byte-string.ts";
import { EntryRecords, NO_ENTRIES } from "../core/entry-records.ts";
import type { FileEntry } from "../core/entry.ts";
import type { Problem } from "../core/progress.ts";
import type { DirectoryHead, DirectoryToken } from "../core/repository.ts";
import type { Mounts } from "../source/mounts.ts";
import type { DirectoryListing, DirectoryScanner } from "../source/scan.ts";
import type { DirectorySelection, SelectionRules } from "../source/select.ts";
import { statPath } from "../source/stat-path.ts";
import { type RootNode, rootTree } from "./root-tree.ts";

/** How many entries of each kind, and the bytes of the files. */
export type Tally = {
  readonly files: number;
  readonly directories: number;
  readonly others: number;
  readonly bytes: number;
};

/** One directory as it was found. */
export type WalkedDirectory = {
  readonly head: DirectoryHead;
  /** Where the entry of that name is on disk; head.path and its name are where it is in the set. */
  readonly sourceOf: (name: FileName) => FilePath;
  readonly entries: EntryRecords;
  readonly tally: Tally;
  /** The change time of the entry that changed last. */
  readonly newestCtimeNs: bigint;
};

export type WalkContext = {
  readonly scanner: DirectoryScanner;
  readonly mounts: Mounts;
  readonly rules: SelectionRules;
  readonly options: WalkOptions;
  /** Never entered: the folder the backup is written to. */
  readonly forbidden: { readonly device: number; readonly inode: bigint } | undefined;
  readonly report: (problem: Problem) => void;
  /** Directories of a directory come in the order of these, bytewise. */
  readonly sortKey: (name: FileName) => ByteString;
};

/** A directory to be entered. */
type Place = {
  readonly path: FilePath;
  readonly source: FilePath;
  readonly name: FileName;
  readonly parent: DirectoryToken | undefined;
  readonly device: number;
  readonly inode: bigint;
  readonly birthNs: bigint;
  /** Levels below its root. */
  readonly depth: number;
  /** Of the directory above; undefined for a root. */
  readonly selection: DirectorySelection | undefined;
  /** Is entered, or kept as an empty directory. */
  readonly isEntered: boolean;
};

const NO_TALLY: Tally = { files: 0, directories: 0, others: 0, bytes: 0 };
/** Stands for a listing without entries. */
const EMPTY_DIGEST = new Uint8Array(16);

/** Every directory, parents first. A root that is not there is reported, and the rest goes on. */
export function* walk(
  roots: readonly BackupRoot[],
  context: WalkContext,
): Generator<WalkedDirectory> {
  yield* new Walk(context).above(rootTree(roots, context.sortKey), undefined);
}

class Walk {
  readonly #context: WalkContext;
  #lastToken = 0;

  constructor(context: WalkContext) {
    this.#context = context;
  }

  /** A node at or above a root. */
  *above(node: RootNode, parent: DirectoryToken | undefined): Generator<WalkedDirectory> {
    const entry = this.#stat(node.source, node.name);
    if (entry === undefined || entry.kind !== "directory") return;
    const { device, inode, birthNs } = entry;
    const { path, source, name } = node;
    const place = { path, source, name, parent, device, inode, birthNs, depth: 0 };
    if (node.isRoot) {
      yield* this.#below({ ...place, selection: undefined, isEntered: true });
      return;
    }
    const named = this.#named({ ...place, selection: undefined, isEntered: true }, node);
    yield named;
    for (const child of node.children) yield* this.above(child, named.head.token);
  }

  /** `root` and everything below it. */
  *#below(root: Place): Generator<WalkedDirectory> {
    const places = [root];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const { found, inside } = this.#enter(place, root.device);
      yield found;
      for (const next of inside.toReversed()) places.push(next);
    }
  }

  #enter(place: Place, device: number): { found: WalkedDirectory; inside: readonly Place[] } {
    const { rules, scanner, report } = this.#context;
    if (!place.isEntered) return { found: this.#empty(place), inside: [] };
    using scan = scanner.open(place.source);
    if ("problem" in scan) {
      report({ path: place.source, what: scan.problem });
      return { found: this.#empty(place), inside: [] };
    }
    const selection =
      place.selection === undefined
        ? rules.forRoot(place.source, scan)
        : place.selection.enter(place.name, place.source, scan);
    if (selection === "skip") return { found: this.#empty(place), inside: [] };

    const listing = scan.stat(selection.filter);
    for (const { name, reason } of listing.failures) {
      report({ path: joinPath(place.source, name), what: reason });
    }
    const found = this.#found(place, listing);
    const inside = this.#sorted(listing.subdirectories()).map((directory) =>
      this.#inside(place, found.head.token, { ...directory, selection, device }),
    );
    return { found, inside };
  }

  #sorted<Named extends { readonly name: FileName }>(found: readonly Named[]): readonly Named[] {
    const { sortKey } = this.#context;
    return found
      .map((directory) => ({ directory, key: sortKey(directory.name) }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ directory }) => directory);
  }

  #inside(
    above: Place,
    parent: DirectoryToken,
    directory: Pick<Place, "name" | "inode" | "birthNs"> & {
      readonly selection: DirectorySelection;
      readonly onDevice: number;
      readonly device: number;
    },
  ): Place {
    const { name, inode, birthNs, selection, onDevice } = directory;
    const { options, forbidden } = this.#context;
    const isForbidden = inode === forbidden?.inode && onDevice === forbidden.device;
    const isTooDeep = options.depthMax !== undefined && above.depth >= options.depthMax;
    const isElsewhere = options.fileSystems === "one" && onDevice !== directory.device;
    return {
      path: joinPath(above.path, name),
      source: joinPath(above.source, name),
      name,
      parent,
      device: onDevice,
      inode,
      birthNs,
      depth: above.depth + 1,
      selection,
      isEntered: !isForbidden && !isTooDeep && !isElsewhere,
    };
  }

  #found(place: Place, listing: DirectoryListing): WalkedDirectory {
    return {
      head: this.#head(place, this.#digest(listing), "whole"),
      sourceOf: (name) => joinPath(place.source, name),
      entries: listing.records,
      tally: listing.tally,
      newestCtimeNs: listing.newestCtimeNs,
    };
  }

  /** The same entries saved without their attributes are not the same. */
  #digest({ digest }: DirectoryListing): Uint8Array {
    const { accessLists, extendedAttributes } = this.#context.options;
    const marked = digest.slice();
    if (accessLists === "leave-out") marked[0] = (marked[0] ?? 0) ^ 1;
    if (extendedAttributes === "leave-out") marked[0] = (marked[0] ?? 0) ^ 2;
    return marked;
  }

  #empty(place: Place): WalkedDirectory {
    return {
      head: this.#head(place, EMPTY_DIGEST, "whole"),
      sourceOf: (name) => joinPath(place.source, name),
      entries: NO_ENTRIES,
      tally: NO_TALLY,
      newestCtimeNs: 0n,
    };
  }

  #named(place: Place, node: RootNode): WalkedDirectory {
    const sources = new Map(node.children.map((child) => [child.name, child.source]));
    const entries = node.children
      .map((child) => this.#stat(child.source, child.name))
      .filter((entry) => entry !== undefined);
    return {
      head: this.#head(place, undefined, "named"),
      sourceOf: (name) => sources.get(name) ?? joinPath(place.source, name),
      entries: EntryRecords.of(entries),
      tally: tallyOf(entries),
      newestCtimeNs: newestCtimeNs(entries),
    };
  }

  #head(
    place: Place,
    digest: Uint8Array | undefined,
    scope: DirectoryHead["scope"],
  ): DirectoryHead {
    const { path, name, parent, inode, birthNs } = place;
    this.#lastToken += 1;
    const mountPoint = this.#context.mounts.mountPointOf(place.source, place.device);
    return {
      token: this.#lastToken,
      parent,
      path,
      name,
      inode,
      birthNs,
      mountPoint,
      digest,
      scope,
    };
  }

  #stat(source: FilePath, name: FileName): FileEntry | undefined {
    const found = statPath(source);
    if (!("problem" in found)) return { ...found, name };
    this.#context.report({ path: source, what: found.problem });
    return undefined;
  }
}

function newestCtimeNs(entries: readonly FileEntry[]): bigint {
  return entries.reduce((newest, { ctimeNs }) => (ctimeNs > newest ? ctimeNs : newest), 0n);
}

function tallyOf(entries: readonly FileEntry[]): Tally {
  const files = entries.filter((entry) => entry.kind === "file");
  const directories = entries.filter((entry) => entry.kind === "directory").length;
  return {
    files: files.length,
    directories,
    others: entries.length - files.length - directories,
    bytes: files.reduce((sum, entry) => sum + entry.sizeBytes, 0),
  };
}
