/** The disk as it is now, as a side of a comparison. Symlinks are not followed. */
import { type FilePath, ROOT_PATH, joinPath } from "../core/byte-string.ts";
import type { FileEntry, Version } from "../core/entry.ts";
import type { ContentId } from "../core/ids.ts";
import type { ContentIds } from "../format/checksum.ts";
import { type ExtendedAttribute, decodeBundle } from "../source/attribute-bundle.ts";
import { attributesOfPath } from "../source/attributes.ts";
import { OwnerNames } from "../source/owners.ts";
import { SourceFailed } from "../source/problem.ts";
import { openForReading, readLink } from "../source/read-file.ts";
import { DirectoryScanner } from "../source/scan.ts";
import { statPath } from "../source/stat-path.ts";
import { COMPARED_BYTES_MAX, type DiffNode, type DiffTree, rootNode } from "./diff-tree.ts";

const PIECE_BYTES = 1024 * 1024;

/** Methods throw SourceFailed where the disk does not answer. */
export class DiskTree implements DiffTree {
  readonly kind = "disk";
  readonly name = "the disk";
  readonly #scanner = new DirectoryScanner();
  readonly #owners = new OwnerNames();
  readonly #ids: ContentIds;

  /** `ids`: how the repository that it is compared with names contents. */
  constructor(ids: ContentIds) {
    this.#ids = ids;
  }

  async find(path: FilePath): Promise<DiffNode | undefined> {
    if (path === ROOT_PATH) return rootNode(undefined);
    const found = statPath(path);
    if (!("problem" in found)) return this.#node(path, found);
    if (found.code === "ENOENT" || found.code === "ENOTDIR") return undefined;
    throw new SourceFailed(path, found.problem, found.code);
  }

  async entries({ path }: DiffNode): Promise<readonly DiffNode[]> {
    using scan = this.#scanner.open(path);
    if ("problem" in scan) throw new SourceFailed(path, scan.problem, scan.code);
    const listing = scan.stat(undefined);
    return listing.entries().map((entry) => this.#node(joinPath(path, entry.name), entry));
  }

  async contentId({ path, kind }: DiffNode): Promise<ContentId | undefined> {
    if (kind === "symlink") return this.#ids.of(linkBytes(path));
    if (kind !== "file") return undefined;
    const hasher = this.#ids.hasher();
    for (const piece of piecesOf(path)) hasher.update(piece);
    return hasher.finish();
  }

  async attributes(
    { path }: DiffNode,
    like: Version | undefined,
  ): Promise<readonly ExtendedAttribute[]> {
    const left = like?.flags.leftOut ?? [];
    const bundle = attributesOfPath(path, {
      accessLists: left.includes("access-lists") ? "leave-out" : "save",
      extendedAttributes: left.includes("extended-attributes") ? "leave-out" : "save",
    });
    if (bundle === undefined) return [];
    if ("problem" in bundle) throw new SourceFailed(path, bundle.problem, bundle.code);
    return decodeBundle(bundle).attributes;
  }

  async bytes({ path, kind, sizeBytes }: DiffNode): Promise<Uint8Array | undefined> {
    if (kind === "symlink") return linkBytes(path);
    if (sizeBytes > COMPARED_BYTES_MAX) return undefined;
    return Buffer.concat([...piecesOf(path)].map((piece) => piece.slice()));
  }

  #node(path: FilePath, entry: FileEntry): DiffNode {
    const { name, kind, permissions, uid, gid, sizeBytes, mtimeNs, ctimeNs } = entry;
    const { deviceNumber, inode, links, device } = entry;
    const owner = this.#owners.of(uid, gid);
    const about = { kind, permissions, owner, sizeBytes, mtimeNs, deviceNumber };
    const identity = { path, name, inode, ctimeNs, links, device };
    return { ...about, ...identity, version: undefined, child: undefined };
  }
}

function linkBytes(path: FilePath): Uint8Array {
  const target = readLink(path);
  if ("problem" in target) throw new SourceFailed(path, target.problem, target.code);
  return target;
}

/** Each valid until the next. */
function* piecesOf(path: FilePath): Generator<Uint8Array, void> {
  using file = openForReading(path);
  if ("problem" in file) throw new SourceFailed(path, file.problem, file.code);
  const piece = new Uint8Array(PIECE_BYTES);
  for (let position = 0; ;) {
    const count = file.readInto(piece, position, piece.length);
    if (typeof count !== "number") throw new SourceFailed(path, count.problem, count.code);
    if (count === 0) return;
    yield piece.subarray(0, count);
    position += count;
  }
}
