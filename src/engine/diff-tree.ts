/** A side of a comparison: a tree of entries, of a backup set or of the disk as it is now. */
import type { BackupSet } from "../core/backup-set.ts";
import { type FileName, type FilePath, joinPath } from "../core/byte-string.ts";
import type { DiffEntry } from "../core/diff-options.ts";
import type { Version } from "../core/entry.ts";
import type { ContentId, DirectoryId } from "../core/ids.ts";
import type { DeltaChain, Repository } from "../core/repository.ts";
import { type ExtendedAttribute, decodeBundle } from "../source/attribute-bundle.ts";
import { findPath } from "./find-version.ts";
import type { Regenerator } from "./regenerate.ts";

/** Contents over this are not compared line by line. */
export const COMPARED_BYTES_MAX = 64 * 1024 * 1024;

export type DiffNode = DiffEntry & {
  readonly path: FilePath;
  readonly name: FileName;
  readonly inode: bigint;
  readonly ctimeNs: bigint;
  readonly links: number;
  /** On the disk: st_dev; in a set 0. */
  readonly device: number;
  /** In a set: all that is known of it. */
  readonly version: Version | undefined;
  /** Of a directory in a set: where its entries are. */
  readonly child: DirectoryId | undefined;
};

export interface DiffTree {
  readonly kind: "set" | "disk";
  /** For people. */
  readonly name: string;
  /** undefined: there is no such path. The root has no metadata. */
  find(path: FilePath): Promise<DiffNode | undefined>;
  /** Of a directory, by name, bytewise. */
  entries(folder: DiffNode): Promise<readonly DiffNode[]>;
  /** Of a file or symlink; undefined: it cannot be told. */
  contentId(node: DiffNode): Promise<ContentId | undefined>;
  /** `like`: a version that may have been saved without some. */
  attributes(node: DiffNode, like: Version | undefined): Promise<readonly ExtendedAttribute[]>;
  /** Of a file or symlink; undefined: too large, or it cannot be read. */
  bytes(node: DiffNode): Promise<Uint8Array | undefined>;
}

export class SetTree implements DiffTree {
  readonly kind = "set";
  readonly name: string;
  readonly #set: BackupSet;
  readonly #repository: Repository;
  readonly #regenerator: Regenerator;

  constructor(set: BackupSet, repository: Repository, regenerator: Regenerator) {
    this.name = set.name;
    this.#set = set;
    this.#repository = repository;
    this.#regenerator = regenerator;
  }

  async find(path: FilePath): Promise<DiffNode | undefined> {
    const found = await findPath(this.#repository, this.#set.id, path);
    if (found === undefined) return undefined;
    return found.kind === "root" ? rootNode(found.directory) : nodeOf(path, found.version);
  }

  async entries({ child, path }: DiffNode): Promise<readonly DiffNode[]> {
    if (child === undefined) return [];
    const [entries = []] = await this.#repository.directories(this.#set.id, [child]);
    return entries.map((version) => nodeOf(joinPath(path, version.name), version));
  }

  async contentId({ version }: DiffNode): Promise<ContentId | undefined> {
    return version?.content;
  }

  async attributes({ version }: DiffNode): Promise<readonly ExtendedAttribute[]> {
    const chain = await this.#chain(version?.attributes);
    return chain === undefined ? [] : decodeBundle(this.#regenerator.bytes(chain)).attributes;
  }

  async bytes({ version, sizeBytes }: DiffNode): Promise<Uint8Array | undefined> {
    if (sizeBytes > COMPARED_BYTES_MAX) return undefined;
    if (sizeBytes === 0 && version?.kind === "file") return new Uint8Array();
    const chain = await this.#chain(version?.content);
    if (chain === undefined) return undefined;
    using content = this.#regenerator.open(chain);
    return content.read(0, content.sizeBytes).slice();
  }

  async #chain(content: ContentId | undefined): Promise<DeltaChain | undefined> {
    return content === undefined ? undefined : (await this.#repository.chains([content]))[0];
  }
}

function nodeOf(path: FilePath, version: Version): DiffNode {
  const { name, kind, permissions, owner, sizeBytes, mtimeNs, deviceNumber } = version;
  const { inode, ctimeNs, links, child } = version;
  const entry = { kind, permissions, owner, sizeBytes, mtimeNs, deviceNumber };
  return { ...entry, path, name, inode, ctimeNs, links, device: 0, version, child };
}

/** "/", of which nothing is kept but what is in it. */
export function rootNode(child: DirectoryId | undefined): DiffNode {
  return {
    path: "" as FilePath,
    name: "" as FileName,
    kind: "directory",
    permissions: 0,
    owner: { uid: 0, gid: 0, userName: "", groupName: "" },
    sizeBytes: 0,
    mtimeNs: 0n,
    ctimeNs: 0n,
    deviceNumber: 0,
    inode: 0n,
    links: 1,
    device: 0,
    version: undefined,
    child,
  };
}
