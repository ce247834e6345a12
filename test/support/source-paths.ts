/** What tests of source/ share: paths in the form it takes them, and versions. */
import { type FileName, type FilePath, byteStringOfText } from "../../src/core/byte-string.ts";
import type { FileEntry, Version } from "../../src/core/entry.ts";
import type { RestoreAttributes } from "../../src/core/restore-options.ts";
import { statPath } from "../../src/source/stat-path.ts";

/** All that is known of an entry is to be set. */
export const ALL_ATTRIBUTES: RestoreAttributes = {
  times: "set",
  permissions: "set",
  extendedAttributes: "set",
  accessLists: "set",
  owners: "by-name",
};

/** A path of node:fs. */
export function filePath(text: string): FilePath {
  return byteStringOfText(text) as FilePath;
}

export function fileName(text: string): FileName {
  return byteStringOfText(text) as FileName;
}

/** What is at a path that must be there. */
export function entryAt(text: string): FileEntry {
  const found = statPath(filePath(text));
  if ("problem" in found) throw new Error(`${text}: ${found.problem}`);
  return found;
}

/** A version as a backup would have it: of a plain file of the user's unless said otherwise. */
export function versionWith(parts: Partial<Version>): Version {
  return {
    name: fileName("x"),
    kind: "file",
    permissions: 0o644,
    owner: {
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      userName: "",
      groupName: "",
    },
    sizeBytes: 0,
    mtimeNs: 0n,
    ctimeNs: 0n,
    inode: 1n,
    fileSystem: 1,
    links: 1,
    deviceNumber: 0,
    flags: { isRacy: false, isTorn: false, isUnreadable: false, leftOut: [] },
    content: undefined,
    attributes: undefined,
    child: undefined,
    ...parts,
  };
}
