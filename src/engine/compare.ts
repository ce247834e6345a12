/**
 * Compares two trees: what was added, removed, renamed, changed, retyped, or is only said
 * otherwise. What moved is found by what it is: directories by their identity, files by inode or
 * content. Only what differs is in memory.
 */
import type { FilePath } from "../core/byte-string.ts";
import type { DiffChange, DiffEntry, DiffStatus } from "../core/diff-options.ts";
import { Interrupted } from "../core/errors.ts";
import type { ContentId } from "../core/ids.ts";
import type { Problem } from "../core/progress.ts";
import { SourceFailed } from "../source/problem.ts";
import { metadataChanges } from "./compare-metadata.ts";
import type { DiffNode, DiffTree } from "./diff-tree.ts";

type Pair = { readonly old: DiffNode; readonly new: DiffNode };
/** `isMount`: another file system begins there on the disk. */
type FolderPair = Pair & { readonly isMount: boolean };
/** What only one side has is missing from the other. */
type EitherSide = { readonly [S in keyof Pair]: DiffNode | undefined };
type Side = "old" | "new";
export type Trees = { readonly old: DiffTree; readonly new: DiffTree };
/** And the entries that it is about. */
export type FoundChange = {
  readonly change: DiffChange;
  readonly old: DiffNode | undefined;
  readonly new: DiffNode | undefined;
};

export type ComparisonOptions = {
  readonly folders: "recurse" | "only";
  /**
   * show: renames are looked for. restore: they are not, times of folders and counts of links
   * matter, and `onFolder` hears of every folder that the old side has.
   */
  readonly purpose: "show" | "restore";
  readonly onFolder?: (folder: DiffNode) => void;
  /** What of the disk could not be read, and is left out. */
  readonly onProblem: (problem: Problem) => void;
  readonly signal: AbortSignal;
};

export class Comparison {
  readonly #trees: Trees;
  readonly #options: ComparisonOptions;
  readonly #found: FoundChange[] = [];
  #removed: DiffNode[] = [];
  #added: DiffNode[] = [];

  constructor(trees: Trees, options: ComparisonOptions) {
    this.#trees = trees;
    this.#options = options;
  }

  /** What one named path is on both sides; at least one has it. */
  async add(old: DiffNode | undefined, now: DiffNode | undefined): Promise<void> {
    if (old !== undefined && now !== undefined) {
      await this.#compare({ old, new: now }, "same");
      if (old.kind === "directory" && now.kind === "directory")
        await this.#compareFolders({ old, new: now }, "first");
    } else if (old !== undefined) this.#removed.push(old);
    else if (now !== undefined) this.#added.push(now);
  }

  /** By path. */
  async finish(): Promise<readonly FoundChange[]> {
    await this.#matchFolders();
    if (this.#options.purpose === "show") await this.#matchFiles();
    for (const old of this.#removed) this.#note("removed", { old, new: undefined });
    for (const now of this.#added) this.#note("added", { old: undefined, new: now });
    return this.#found.toSorted((a, b) => (a.change.path < b.change.path ? -1 : 1));
  }

  async #compareFolders(top: Pair, level: "first" | "below"): Promise<void> {
    const pairs: FolderPair[] = [{ ...top, isMount: false }];
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      if (this.#options.signal.aborted) throw new Interrupted("the comparison");
      const olds = await this.#trees.old.entries(pair.old);
      // A set that has nothing of another file system says nothing of what is in it.
      if (olds.length === 0 && pair.isMount) continue;
      const { new: folder } = pair;
      const news = await this.#attempt(() => this.#trees.new.entries(folder));
      if (news === undefined) continue;
      for (const both of merged(olds, news)) {
        const areFolders = await this.#compareOrKeep(both);
        if (!areFolders || this.#options.folders === "only") continue;
        const { old, new: now } = both as Pair;
        pairs.push({ old, new: now, isMount: now.device !== pair.new.device });
      }
      if (level === "first" && this.#options.folders === "only") return;
    }
  }

  /** Whether both are folders. */
  async #compareOrKeep({ old, new: now }: EitherSide): Promise<boolean> {
    if (old === undefined) {
      if (now !== undefined) this.#added.push(now);
      return false;
    }
    if (now === undefined) {
      this.#removed.push(old);
      return false;
    }
    await this.#compare({ old, new: now }, "same");
    return old.kind === "directory" && now.kind === "directory";
  }

  async #compare({ old, new: now }: Pair, place: "same" | "moved"): Promise<void> {
    const { purpose, onFolder } = this.#options;
    if (old.kind === "directory") onFolder?.(old);
    if (old.kind !== now.kind) return this.#noteRetyped({ old, new: now });
    const found = await this.#attempt(async () => ({
      isSame: await this.#isSameContent({ old, new: now }),
      metadata: await metadataChanges(this.#trees, { old, new: now }, purpose),
    }));
    if (found === undefined) return;
    const { isSame, metadata } = found;
    const content = isSame ? "same" : "changed";
    const isRenamed = place === "moved";
    if (!isRenamed && content === "same" && metadata.length === 0) return;
    const status = isRenamed ? "renamed" : content === "changed" ? "changed" : "metadata";
    const change = { status, path: now.path, oldPath: old.path, content, metadata } as const;
    const entries = { old: entryOf(old), new: entryOf(now) };
    this.#found.push({ change: { ...change, ...entries }, old, new: now });
  }

  async #noteRetyped({ old, new: now }: Pair): Promise<void> {
    this.#note("retyped", { old, new: now, content: "changed" });
    const { folders, purpose } = this.#options;
    if (folders === "only") return;
    await this.#expandInto(this.#removed, "old", [old]);
    // Whatever takes the place of a folder takes that of all in it.
    if (purpose === "show") await this.#expandInto(this.#added, "new", [now]);
  }

  /** Directories that went elsewhere; the others are taken apart, and so on below them. */
  async #matchFolders(): Promise<void> {
    if (this.#options.folders === "only") return;
    for (;;) {
      const [olds, oldRest] = split(this.#removed);
      const [news, newRest] = split(this.#added);
      if (olds.length === 0 && news.length === 0) return;
      this.#removed = oldRest;
      this.#added = newRest;
      const { pairs, unmatched } = this.#pairFolders(olds, news);
      for (const pair of pairs) {
        await this.#compare(pair, "moved");
        await this.#compareFolders(pair, "below");
      }
      for (const old of unmatched.old) this.#note("removed", { old, new: undefined });
      for (const now of unmatched.new) this.#note("added", { old: undefined, new: now });
      for (const old of unmatched.old) this.#options.onFolder?.(old);
      await this.#expandInto(this.#removed, "old", unmatched.old);
      if (this.#options.purpose === "show")
        await this.#expandInto(this.#added, "new", unmatched.new);
    }
  }

  #pairFolders(
    olds: readonly DiffNode[],
    news: readonly DiffNode[],
  ): {
    readonly pairs: readonly Pair[];
    readonly unmatched: Readonly<Record<Side, readonly DiffNode[]>>;
  } {
    if (this.#options.purpose === "restore")
      return { pairs: [], unmatched: { old: olds, new: news } };
    const areSets = this.#trees.new.kind === "set";
    const keyOf = (node: DiffNode) => (areSets ? node.child : node.inode);
    const byKey = new Map(olds.map((old) => [keyOf(old), old]));
    const pairs: Pair[] = [];
    const unmatchedNew: DiffNode[] = [];
    for (const now of news) {
      const key = keyOf(now);
      const old = key === undefined ? undefined : byKey.get(key);
      if (old === undefined) unmatchedNew.push(now);
      else {
        pairs.push({ old, new: now });
        byKey.delete(key);
      }
    }
    const matched = new Set(pairs.map(({ old }) => old));
    const unmatchedOld = olds.filter((old) => !matched.has(old));
    return { pairs, unmatched: { old: unmatchedOld, new: unmatchedNew } };
  }

  async #expandInto(list: DiffNode[], side: Side, folders: readonly DiffNode[]): Promise<void> {
    const tree = this.#trees[side];
    for (const folder of folders) {
      if (folder.kind !== "directory") continue;
      // One by one: a folder may have more than a call can have arguments.
      for (const entry of (await this.#attempt(() => tree.entries(folder))) ?? []) list.push(entry);
    }
  }

  /** undefined: the disk did not answer, which is told. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      this.#options.onProblem({ path: error.path, what: error.reason });
      return undefined;
    }
  }

  /** A file that is gone and one that is new are one where inode or content say so. */
  async #matchFiles(): Promise<void> {
    const byInode = new Map(this.#removed.map((old) => [`${old.inode}:${old.sizeBytes}`, old]));
    await this.#matchEach(async (now) => {
      const old = byInode.get(`${now.inode}:${now.sizeBytes}`);
      return old?.kind === now.kind && old.mtimeNs === now.mtimeNs ? old : undefined;
    });
    const sizes = new Set(this.#removed.map(({ sizeBytes }) => sizeBytes));
    const byContent = new Map<ContentId, DiffNode>();
    for (const old of this.#removed) {
      const content = isWorthMatching(old) ? await this.#trees.old.contentId(old) : undefined;
      if (content !== undefined) byContent.set(content, old);
    }
    await this.#matchEach(async (now) => {
      if (!isWorthMatching(now) || !sizes.has(now.sizeBytes)) return undefined;
      const content = await this.#attempt(() => this.#trees.new.contentId(now));
      return content === undefined ? undefined : byContent.get(content);
    });
  }

  async #matchEach(find: (now: DiffNode) => Promise<DiffNode | undefined>): Promise<void> {
    const taken = new Set<DiffNode>();
    const rest: DiffNode[] = [];
    for (const now of this.#added) {
      const old = await find(now);
      if (old === undefined || taken.has(old)) {
        rest.push(now);
        continue;
      }
      taken.add(old);
      await this.#compare({ old, new: now }, "moved");
    }
    this.#added = rest;
    this.#removed = this.#removed.filter((old) => !taken.has(old));
  }

  async #isSameContent({ old, new: now }: Pair): Promise<boolean> {
    if (old.kind !== "file" && old.kind !== "symlink") return old.deviceNumber === now.deviceNumber;
    if (old.sizeBytes !== now.sizeBytes) return false;
    if (this.#trees.new.kind === "disk" && isUntouched(old, now)) return true;
    if (old.sizeBytes === 0 && old.kind === "file") return true;
    const before = await this.#trees.old.contentId(old);
    return before !== undefined && before === (await this.#trees.new.contentId(now));
  }

  #note(
    status: DiffStatus,
    about: {
      readonly old: DiffNode | undefined;
      readonly new: DiffNode | undefined;
      readonly content?: "changed";
    },
  ): void {
    const { old, new: now, content = "changed" } = about;
    const path = (now?.path ?? old?.path) as FilePath;
    const change: DiffChange = {
      status,
      path,
      oldPath: old?.path ?? path,
      old: old && entryOf(old),
      new: now && entryOf(now),
      content,
      metadata: [],
    };
    this.#found.push({ change, old, new: now });
  }
}

/** Nothing has written to it since it was saved, nor said anything else of it. */
function isUntouched({ version, inode, mtimeNs, ctimeNs }: DiffNode, now: DiffNode): boolean {
  if (version === undefined || version.flags.isRacy || version.flags.isTorn) return false;
  return inode === now.inode && mtimeNs === now.mtimeNs && ctimeNs === now.ctimeNs;
}

/** Empty files are all alike. */
function isWorthMatching({ kind, sizeBytes }: DiffNode): boolean {
  return kind === "file" && sizeBytes > 0;
}

function split(nodes: readonly DiffNode[]): readonly [DiffNode[], DiffNode[]] {
  const folders = nodes.filter(({ kind }) => kind === "directory");
  return [folders, nodes.filter(({ kind }) => kind !== "directory")];
}

/** Both are sorted by name. */
function* merged(olds: readonly DiffNode[], news: readonly DiffNode[]): Generator<EitherSide> {
  let at = 0;
  for (const old of olds) {
    for (; at < news.length && (news[at] as DiffNode).name < old.name; at += 1)
      yield { old: undefined, new: news[at] };
    const isSame = news[at]?.name === old.name;
    yield { old, new: isSame ? news[at] : undefined };
    if (isSame) at += 1;
  }
  for (; at < news.length; at += 1) yield { old: undefined, new: news[at] };
}

function entryOf(node: DiffNode): DiffEntry {
  const { kind, permissions, owner, sizeBytes, mtimeNs, deviceNumber } = node;
  return { kind, permissions, owner, sizeBytes, mtimeNs, deviceNumber };
}
