/**
 * Owner, ACL, attributes, permissions and times of a restored entry, in the order that ends in
 * exactly what was saved: a change of owner clears setuid bits and capabilities, so it comes first;
 * attributes may need the right to write, so the final permissions come after them; every change
 * but that of times leaves the time of modification alone, but writing does not, so times are last.
 * What cannot be set is a problem, and the rest is set all the same.
 */
import type { Pointer } from "bun:ffi";
import type { ByteString, FilePath } from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import type { Problem } from "../core/progress.ts";
import type { RestoreAttributes } from "../core/restore-options.ts";
import { splitTime } from "../core/unix-time.ts";
import type { AttributeBundle } from "./attribute-bundle.ts";
import { isAccessList } from "./attributes.ts";
import type { EntryHandle } from "./entry-handle.ts";
import { AT, ERRNO, errno, statx } from "./libc.ts";
import { EMPTY_NAME, NativeMemory } from "./native-memory.ts";
import type { OwnerNames } from "./owners.ts";
import { textOf } from "./problem.ts";
import { STATX_BYTES, STATX_WORDS, word } from "./stat.ts";

export type MetadataVersion = Pick<Version, "permissions" | "owner" | "mtimeNs" | "kind">;

/** What is to be set; `attributes` undefined: there were none. */
export type Metadata = {
  readonly version: MetadataVersion;
  readonly attributes: AttributeBundle | undefined;
};

/** The entry to be changed, and what it may have from where it was made. */
export type Restored = {
  readonly path: FilePath;
  readonly handle: EntryHandle;
  readonly inherited: "nothing" | "access-lists";
  /** What it has from the start as it is to be, and is not set once more. */
  readonly isBornWith: "nothing" | "owner-and-permissions";
};

/** What a new file is to be from the start, if it can. */
export type Birth = { readonly uid: number; readonly gid: number; readonly mode: number };

const ACCESS_LIST = "system.posix_acl_access" as ByteString;
const DEFAULT_LIST = "system.posix_acl_default" as ByteString;
/** Bits that open(2) gives a new file as they are, whatever is written to it. */
const PLAIN_BITS = 0o777;
/** To chown(2): leave it. */
const UNCHANGED = 0xffffffff;
const SET_ID_BITS = 0o6000;
const SET_UID = 0o4000;
const SET_GID = 0o2000;
const GROUP_BITS = 0o070;
const UTIME_OMIT = 0x3ffffffen;
/** Of an ACL's value: after 4 bytes of version, entries of tag, permissions (u16) and id (u32). */
const LIST_ENTRIES_AT = 4;
const LIST_ENTRY_BYTES = 8;
const OWNING_GROUP_TAG = 4;

const times = new NativeMemory(32);
const stat = new NativeMemory(STATX_BYTES);

type Ids = { readonly uid: number; readonly gid: number };

export class MetadataSetter {
  readonly #policy: RestoreAttributes;
  readonly #owners: OwnerNames;

  constructor(policy: RestoreAttributes, owners: OwnerNames) {
    this.#policy = policy;
    this.#owners = owners;
  }

  apply(restored: Restored, metadata: Metadata): readonly Problem[] {
    const application = new Application(restored, metadata, this.#policy);
    const isBorn = restored.isBornWith === "owner-and-permissions";
    const ids = this.#idsOf(metadata.version);
    if (this.#policy.owners !== "none" && !isBorn) application.setOwner(ids);
    application.setAttributes();
    if (this.#policy.permissions === "set" && !isBorn) application.setPermissions(ids);
    if (this.#policy.times === "set") application.setTimes();
    return application.problems;
  }

  /**
   * What a file may be from the start, so that its owner and permissions need not be set: most
   * files' are what they get by themselves. undefined: there is more to them than that.
   */
  birthOf({ version, attributes }: Metadata): Birth | undefined {
    const { owners, permissions } = this.#policy;
    if (owners === "none" || permissions !== "set") return undefined;
    if ((version.permissions & ~PLAIN_BITS) !== 0) return undefined;
    if (attributes?.attributes.some(({ name }) => isAccessList(name)) === true) return undefined;
    return { ...this.#idsOf(version), mode: version.permissions };
  }

  /** The owner here: who has the name now, or else the id as it was. */
  #idsOf({ owner }: MetadataVersion): Ids {
    const { uid: savedUid, gid: savedGid } = owner;
    if (this.#policy.owners === "by-id") return { uid: savedUid, gid: savedGid };
    return {
      uid: this.#owners.userId(owner.userName) ?? savedUid,
      gid: this.#owners.groupId(owner.groupName) ?? savedGid,
    };
  }
}

/** As utimensat(2) takes them: the time of access stays. Valid until the next call. */
export function timesPointer(mtimeNs: bigint): Pointer {
  const { seconds, nanoseconds } = splitTime(mtimeNs);
  times.longs[1] = UTIME_OMIT;
  times.longs[2] = seconds;
  times.longs[3] = nanoseconds;
  return times.pointer;
}

const NO_PROBLEMS: readonly Problem[] = [];

class Application {
  readonly #restored: Restored;
  readonly #version: MetadataVersion;
  readonly #attributes: AttributeBundle["attributes"];
  readonly #policy: RestoreAttributes;
  #problems: Problem[] | undefined;
  #hasAccessList = false;

  constructor(restored: Restored, metadata: Metadata, policy: RestoreAttributes) {
    this.#restored = restored;
    this.#version = metadata.version;
    this.#attributes = metadata.attributes?.attributes ?? [];
    this.#policy = policy;
  }

  get problems(): readonly Problem[] {
    return this.#problems ?? NO_PROBLEMS;
  }

  setOwner({ uid, gid }: Ids): void {
    const { handle } = this.#restored;
    if (handle.changeOwner(uid, gid) === 0) return;
    this.#report("owner", errno());
    // Who may not give a file away may still give it to a group of his.
    handle.changeOwner(UNCHANGED, gid);
  }

  setAttributes(): void {
    if (this.#policy.accessLists === "set") this.#removeInherited();
    for (const { name, value } of this.#attributes) {
      const isList = isAccessList(name);
      const wish = isList ? this.#policy.accessLists : this.#policy.extendedAttributes;
      if (wish === "leave") continue;
      const isSet = this.#restored.handle.setAttribute(name, value) === 0;
      if (!isSet) this.#report(isList ? `access list ${name}` : `attribute ${name}`, errno());
      else if (name === ACCESS_LIST) this.#hasAccessList = true;
    }
  }

  setPermissions(ids: Ids): void {
    if (this.#version.kind === "symlink") return; // has none on Linux
    const mode = this.#safeMode(this.#version.permissions, ids);
    if (this.#restored.handle.changeMode(mode) < 0) this.#report("permissions", errno());
  }

  setTimes(): void {
    const pointer = timesPointer(this.#version.mtimeNs);
    if (this.#restored.handle.setTimes(pointer) < 0) this.#report("times", errno());
  }

  /** What an output with a default ACL gave to an entry that had none. */
  #removeInherited(): void {
    const { handle, inherited } = this.#restored;
    if (inherited === "nothing") return;
    const isDirectory = this.#version.kind === "directory";
    for (const list of isDirectory ? [ACCESS_LIST, DEFAULT_LIST] : [ACCESS_LIST]) {
      if (this.#attributes.some(({ name }) => name === list)) continue;
      if (handle.removeAttribute(list) === 0) continue;
      const number = errno();
      if (number === ERRNO.noData || number === ERRNO.notSupported) continue;
      this.#report(`access list ${list}`, number);
    }
  }

  #safeMode(saved: number, ids: Ids): number {
    let mode = saved;
    const list = this.#attributes.find(({ name }) => name === ACCESS_LIST);
    if (list !== undefined && !this.#hasAccessList) mode = withoutAccessList(mode, list.value);
    if ((mode & SET_ID_BITS) === 0 || this.#version.kind === "directory") return mode;
    const kept = mode & ~this.#wrongSetIdBits(ids);
    if (kept !== mode) this.#add("setuid and setgid not set: it has another owner");
    return kept;
  }

  /** A program must not run as someone else than it was saved for. */
  #wrongSetIdBits({ uid, gid }: Ids): number {
    const { descriptor } = this.#restored.handle;
    const answer = statx(descriptor, EMPTY_NAME.pointer, AT.emptyPath, stat.pointer);
    if (answer < 0) return SET_ID_BITS;
    const isOwner = word(stat.words, STATX_WORDS.uid) === uid;
    const isGroup = word(stat.words, STATX_WORDS.gid) === gid;
    return (isOwner ? 0 : SET_UID) | (isGroup ? 0 : SET_GID);
  }

  #report(what: string, number: number): void {
    this.#add(`${what} not set: ${textOf(number)}`);
  }

  #add(what: string): void {
    this.#problems ??= [];
    this.#problems.push({ path: this.#restored.path, what });
  }
}

/**
 * The mode of a file that had the ACL `list` and is to have none: its group bits were then the
 * most that anyone named in it may, which the owning group need not have had.
 */
function withoutAccessList(mode: number, list: Uint8Array): number {
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  const end = list.length - LIST_ENTRY_BYTES;
  for (let at = LIST_ENTRIES_AT; at <= end; at += LIST_ENTRY_BYTES) {
    if (view.getUint16(at, true) !== OWNING_GROUP_TAG) continue;
    const allowed = (view.getUint16(at + 2, true) & 7) << 3;
    return mode & (~GROUP_BITS | allowed);
  }
  return mode & ~GROUP_BITS;
}
