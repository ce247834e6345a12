/** What a session answers about one entry, given the newest version the catalog has of it. Pure. */
import { type KnownVersion, FLAG_UNREADABLE, leftOutFlags } from "../catalog/versions.ts";
import { type FileEntry, KIND_CODES } from "../core/entry.ts";
import { CHAIN_LENGTH_MAX } from "../core/limits.ts";
import type { ChangePolicy, DeltaPolicy } from "../core/repository.ts";

/** Whether the entry is as it was, so that its content need not be read. */
export function isUnchanged(
  entry: FileEntry,
  known: KnownVersion,
  { leavesOut }: Pick<ChangePolicy, "leavesOut">,
): boolean {
  return (
    (known.flags & ~leftOutFlags(leavesOut)) === 0 &&
    known.mtimeNs === entry.mtimeNs &&
    known.ctimeNs === entry.ctimeNs &&
    known.inode === BigInt.asIntN(64, entry.inode) &&
    known.sizeBytes === entry.sizeBytes &&
    known.kind === KIND_CODES[entry.kind] &&
    known.permissions === entry.permissions &&
    known.uid === entry.uid &&
    known.gid === entry.gid &&
    known.links === entry.links &&
    known.deviceNumber === entry.deviceNumber &&
    hasItsContent(entry, known)
  );
}

/** Whether a changed file may be sent as a delta against a version with a chain this long. */
export function mayBeDelta(
  entry: FileEntry,
  known: KnownVersion & { readonly chainLength: number },
  policy: DeltaPolicy,
): boolean {
  const larger = Math.max(entry.sizeBytes, known.sizeBytes);
  const smaller = Math.min(entry.sizeBytes, known.sizeBytes);
  return (
    policy.existing === "keep" &&
    entry.kind === "file" &&
    known.kind === KIND_CODES.file &&
    (known.flags & FLAG_UNREADABLE) === 0 &&
    known.chainLength < Math.min(policy.chainLengthMax, CHAIN_LENGTH_MAX) &&
    smaller >= policy.sizeBytesMin &&
    (larger - smaller) * 100 < larger * policy.changePercentMax
  );
}

/** An empty file may have been kept without a content. */
function hasItsContent({ kind, sizeBytes }: FileEntry, { content }: KnownVersion): boolean {
  return content !== null || sizeBytes === 0 || (kind !== "file" && kind !== "symlink");
}
