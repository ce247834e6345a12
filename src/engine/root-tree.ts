/**
 * The directories above the roots of a run: each is in the set too, with just the entries that
 * lead to a root. Pure.
 */
import {
  type ByteString,
  type FileName,
  type FilePath,
  ROOT_PATH,
  joinPath,
  namesOf,
} from "../core/byte-string.ts";
import type { BackupRoot } from "../core/backup-options.ts";

/** One path of the set at or above a root. */
export type RootNode = {
  /** Where it is in the set. */
  readonly path: FilePath;
  /** Where it is on disk. */
  readonly source: FilePath;
  readonly name: FileName;
  /** All of it is wanted, or only what leads to `children`. */
  readonly isRoot: boolean;
  /** By sort key. Empty below a root. */
  readonly children: readonly RootNode[];
};

/** Repository.sortKey() */
type SortKey = (name: FileName) => ByteString;

type Draft = {
  readonly path: FilePath;
  readonly source: FilePath;
  readonly name: FileName;
  isRoot: boolean;
  readonly children: Map<FileName, Draft>;
};

/** The tree of `roots` from "/" down. A root that lies in another adds nothing. */
export function rootTree(roots: readonly BackupRoot[], sortKey: SortKey): RootNode {
  const [first] = roots;
  const top = draft(ROOT_PATH, "" as FileName, first === undefined ? ROOT_PATH : above(first, 0));
  for (const root of roots) addRoot(top, root);
  return freeze(top, sortKey);
}

function addRoot(top: Draft, root: BackupRoot): void {
  let node = top;
  for (const [index, name] of namesOf(root.recordedAs).entries()) {
    let child = node.children.get(name);
    if (child === undefined) {
      child = draft(joinPath(node.path, name), name, above(root, index + 1));
      node.children.set(name, child);
    }
    node = child;
  }
  node.isRoot = true;
}

/** The place on disk of the ancestor of `root` that is `depth` names deep in the set. */
function above(root: BackupRoot, depth: number): FilePath {
  const names = namesOf(root.path);
  const left = names.length - (namesOf(root.recordedAs).length - depth);
  return names
    .slice(0, Math.max(0, left))
    .map((name) => `/${name}`)
    .join("") as FilePath;
}

function draft(path: FilePath, name: FileName, source: FilePath): Draft {
  return { path, source, name, isRoot: false, children: new Map() };
}

function freeze(node: Draft, sortKey: SortKey): RootNode {
  const byKey = (a: Draft, b: Draft): number => (sortKey(a.name) < sortKey(b.name) ? -1 : 1);
  const children = node.isRoot ? [] : [...node.children.values()].toSorted(byKey);
  return { ...node, children: children.map((child) => freeze(child, sortKey)) };
}
