/** Folders as they are, kept in a record, and made so again: for restores in place, and undoing. */
import { type FilePath, ROOT_PATH } from "../core/byte-string.ts";
import type { RestoreAttributes } from "../core/restore-options.ts";
import type { Problem } from "../core/progress.ts";
import { type AttributeBundle, decodeBundle } from "../source/attribute-bundle.ts";
import { attributesOfPath } from "../source/attributes.ts";
import type { MetadataVersion } from "../source/metadata.ts";
import { SourceFailed } from "../source/problem.ts";
import { RestoreTarget } from "../source/restore-target.ts";
import { statPath } from "../source/stat-path.ts";
import { absolute } from "./root-paths.ts";
import type { FolderBefore } from "./undo-record.ts";

/** For a target that sets everything. */
export const ALL_ATTRIBUTES = {
  times: "set",
  permissions: "set",
  extendedAttributes: "set",
  accessLists: "set",
} as const;
const NO_ATTRIBUTES = {
  times: "leave",
  permissions: "leave",
  extendedAttributes: "leave",
  accessLists: "leave",
  owners: "none",
} as const;
const ALL = { accessLists: "save", extendedAttributes: "save" } as const;

/** `folder` is below the root; undefined: there is none. Throws SourceFailed. */
export function folderState(folder: FilePath): FolderBefore | undefined {
  const path = absolute(folder);
  const found = statPath(path);
  if ("problem" in found || found.kind !== "directory") return undefined;
  const { permissions, uid, gid, mtimeNs } = found;
  const bundle = bundleAt(path);
  const attributes = bundle === undefined ? null : bundle.toBase64();
  return { folder, permissions, uid, gid, mtimeNs: String(mtimeNs), attributes };
}

/** Sets what is not as it was: everything, or, since that takes less of a right, only times. */
export class FolderStates implements Disposable {
  readonly #stack = new DisposableStack();
  readonly #everything: RestoreTarget;
  readonly #times: RestoreTarget;

  constructor() {
    const open = (attributes: RestoreAttributes) =>
      this.#stack.use(RestoreTarget.open(ROOT_PATH, { existing: "always", attributes }));
    this.#everything = open({ ...ALL_ATTRIBUTES, owners: "by-id" });
    this.#times = open({ ...NO_ATTRIBUTES, times: "set" });
  }

  /** What could not be set. Throws SourceFailed, ENOENT where the folder is gone. */
  restore(before: FolderBefore): readonly Problem[] {
    const now = folderState(before.folder);
    const { folder, permissions, uid, gid, mtimeNs, attributes } = before;
    if (now !== undefined && isSame(now, before)) return [];
    const owner = { uid, gid, userName: "", groupName: "" };
    const version = { kind: "directory", permissions, owner, mtimeNs: BigInt(mtimeNs) } as const;
    if (now !== undefined && isSame({ ...now, mtimeNs }, before))
      return this.#times.finishDirectory(folder, { version, attributes: undefined });
    const bundle =
      attributes === null ? undefined : decodeBundle(Uint8Array.fromBase64(attributes));
    return setFolder(folder, { version, attributes: bundle }, this.#everything);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

function isSame(a: FolderBefore, b: FolderBefore): boolean {
  return (
    a.permissions === b.permissions &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.mtimeNs === b.mtimeNs &&
    a.attributes === b.attributes
  );
}

/** Takes away, too, what the folder has and is not to have. */
export function setFolder(
  folder: FilePath,
  metadata: { readonly version: MetadataVersion; readonly attributes: AttributeBundle | undefined },
  target: RestoreTarget,
): readonly Problem[] {
  const bundle = bundleAt(absolute(folder));
  const wanted = new Set(metadata.attributes?.attributes.map(({ name }) => name));
  const there = bundle === undefined ? [] : decodeBundle(bundle).attributes;
  const extra = there.map(({ name }) => name).filter((name) => !wanted.has(name));
  if (extra.length > 0) target.removeAttributes(folder, extra);
  return target.finishDirectory(folder, metadata);
}

function bundleAt(path: FilePath): Uint8Array | undefined {
  const bundle = attributesOfPath(path, ALL);
  if (bundle !== undefined && "problem" in bundle)
    throw new SourceFailed(path, bundle.problem, bundle.code);
  return bundle;
}
