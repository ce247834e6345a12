/** Rows of the version table as they are given out: what is selected, and what becomes of it. */
import { type FileName, byteString } from "../core/byte-string.ts";
import { type Version, kindOfCode } from "../core/entry.ts";
import { type DirectoryId, contentIdOfBytes } from "../core/ids.ts";
import type { Names } from "./names.ts";
import { FLAG_RACY, FLAG_TORN, FLAG_UNREADABLE, leftOutOf } from "./versions.ts";

/** Of `version v`, with VERSION_JOINS. */
export const VERSION_COLUMNS = `n.bytes, v.kind, v.permissions, v.owner, v.size, v.mtime_ns,
  v.ctime_ns, v.inode, v.links, v.device_number, v.flags, v.child, c.hash, a.hash`;
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
];

const NOTHING_LEFT_OUT: Version["flags"]["leftOut"] = [];

/** `fileSystem`: the device of its directory. */
export function versionOf(row: VersionRow, names: Names, fileSystem: number): Version {
  const [name, kind, permissions, owner, size, mtimeNs, ctimeNs, inode, links] = row;
  const [deviceNumber, bits, child, content, attributes] = row.slice(9) as VersionRowEnd;
  const flags = Number(bits);
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
    flags: {
      isRacy: (flags & FLAG_RACY) !== 0,
      isTorn: (flags & FLAG_TORN) !== 0,
      isUnreadable: (flags & FLAG_UNREADABLE) !== 0,
      leftOut: flags === 0 ? NOTHING_LEFT_OUT : leftOutOf(flags),
    },
    content: content === null ? undefined : contentIdOfBytes(content),
    attributes: attributes === null ? undefined : contentIdOfBytes(attributes),
    child: child === null ? undefined : (Number(child) as DirectoryId),
  };
}
