/** Rows of the version table as they are given out: what is selected, and what becomes of it. */
import { type FileName, byteString } from "../core/byte-string.ts";
import { type Version, kindOfCode } from "../core/entry.ts";
import { type DirectoryId, contentIdOfBytes } from "../core/ids.ts";
import type { Names } from "./names.ts";
import { flagsOf } from "./versions.ts";

/** Of `version v`, with VERSION_JOINS. */
export const VERSION_COLUMNS = `n.bytes, v.kind, v.permissions, v.owner, v.size, v.mtime_ns,
  v.ctime_ns, v.inode, v.links, v.device_number, v.flags, v.child, c.hash, a.hash, v.seal`;
export const VERSION_JOINS = `CROSS JOIN name n ON n.id = v.name
  LEFT JOIN content c ON c.id = v.content LEFT JOIN content a ON a.id = v.attributes`;

/** Integers are exact. */
export type VersionRow = [
  name: Uint8Array,
  kind: bigint,
  permissions: bigint,
  owner: bigint,
  size: bigint,
  mtime: bigint,
  ctime: bigint,
  inode: bigint,
  links: bigint,
  ...VersionRowEnd,
];
type VersionRowEnd = [
  deviceNumber: bigint,
  flags: bigint,
  child: bigint | null,
  content: Uint8Array | null,
  attributes: Uint8Array | null,
  seal: Uint8Array | null,
];

/** `fileSystem`: the device of its directory. */
export function versionOf(row: VersionRow, names: Names, fileSystem: number): Version {
  const [name, kind, permissions, owner, size, mtimeNs, ctimeNs, inode, links] = row;
  const [deviceNumber, bits, child, content, attributes, seal] = row.slice(9) as VersionRowEnd;
  return {
    name: byteString(name) as FileName,
    kind: kindOfCode(Number(kind)),
    permissions: Number(permissions),
    owner: names.ownerOf(Number(owner)),
    sizeBytes: Number(size),
    mtimeNs,
    ctimeNs,
    inode: BigInt.asUintN(64, inode),
    fileSystem,
    links: Number(links),
    deviceNumber: Number(deviceNumber),
    flags: flagsOf(Number(bits)),
    content: content === null ? undefined : contentIdOfBytes(content),
    attributes: attributes === null ? undefined : contentIdOfBytes(attributes),
    child: child === null ? undefined : (Number(child) as DirectoryId),
    seal: seal ?? undefined,
  };
}
