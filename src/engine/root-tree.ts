/**
 * The directories above the roots of a run: each is in the set too, with just the entries that
 * lead to a root. Pure.
 */
import { type FileName, type FilePath, ROOT_PATH, joinPath, namesOf } from "../core/byte-string.ts";
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
  /** By name, bytewise. Empty below a root. */
  readonly children: readonly RootNode[];
};

type Draft = {
  readonly path: FilePath;
  readonly source: FilePath;
  readonly name: FileName;
  isRoot: boolean;
  readonly children: Map<FileName, Draft>;
};

/** The tree of `roots` from "/" down. A root that lies in another adds nothing. */
export function rootTree(roots: readonly BackupRoot[]): RootNode {
  const [first] = roots;
  const top = draft(ROOT_PATH, "" as FileName, first === undefined ? ROOT_PATH : above(first, 0));
  for (const root of roots) addRoot(top, root);
  return freeze(top);
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

function freeze(node: Draft): RootNode {
  const children = node.isRoot ? [] : [...node.children.values()].toSorted(byName).map(freeze);
  return { ...node, children };
}

function byName(a: Draft, b: Draft): number {
  return a.name < b.name ? -1 : 1;
}
