/**
 * Names of users and groups, as the system's databases have them: /etc/passwd, LDAP or whatever
 * nsswitch.conf says, through getpwuid(3) and its kin. Asked once for every id and name.
 */
import { type Pointer, read } from "bun:ffi";
import type { ByteString } from "../core/byte-string.ts";
import type { Owner } from "../core/entry.ts";
import { libc } from "./libc.ts";
import { NativeMemory } from "./native-memory.ts";

/** In struct passwd and struct group alike: a pointer to the name, another pointer, the id. */
const NAME_AT = 0;
const ID_AT = 16;
/** A name longer than this is nobody's. */
const NAME_BYTES_MAX = 1024;

export class OwnerNames {
  readonly #users = new Names(
    (id) => record(libc.getpwuid(id)),
    (name) => record(libc.getpwnam(name)),
  );
  readonly #groups = new Names(
    (id) => record(libc.getgrgid(id)),
    (name) => record(libc.getgrnam(name)),
  );
  readonly #owners = new Map<number, Map<number, Owner>>();

  /** The same object for the same ids. Names are empty where there are none. */
  of(uid: number, gid: number): Owner {
    let byGroup = this.#owners.get(uid);
    if (byGroup === undefined) this.#owners.set(uid, (byGroup = new Map()));
    let owner = byGroup.get(gid);
    if (owner === undefined) {
      owner = { uid, gid, userName: this.#users.name(uid), groupName: this.#groups.name(gid) };
      byGroup.set(gid, owner);
    }
    return owner;
  }

  /** undefined: there is no such user here. */
  userId(name: string): number | undefined {
    return this.#users.id(name);
  }

  /** undefined: there is no such group here. */
  groupId(name: string): number | undefined {
    return this.#groups.id(name);
  }
}

class Names {
  readonly #findById: (id: number) => Pointer | undefined;
  readonly #findByName: (name: Pointer) => Pointer | undefined;
  readonly #names = new Map<number, string>();
  readonly #ids = new Map<string, number | undefined>();
  readonly #memory = new NativeMemory(NAME_BYTES_MAX + 8);

  constructor(
    findById: (id: number) => Pointer | undefined,
    findByName: (name: Pointer) => Pointer | undefined,
  ) {
    this.#findById = findById;
    this.#findByName = findByName;
  }

  name(id: number): string {
    let name = this.#names.get(id);
    if (name === undefined) {
      const found = this.#findById(id);
      name = found === undefined ? "" : textAt(found);
      this.#names.set(id, name);
    }
    return name;
  }

  id(name: string): number | undefined {
    if (name === "" || name.length > NAME_BYTES_MAX) return undefined;
    if (this.#ids.has(name)) return this.#ids.get(name);
    const found = this.#findByName(this.#memory.writeText(name as ByteString, 0));
    const id = found === undefined ? undefined : read.u32(found, ID_AT);
    this.#ids.set(name, id);
    return id;
  }
}

function record(pointer: Pointer | bigint | null): Pointer | undefined {
  return pointer === null ? undefined : (Number(pointer) as Pointer);
}

/** The bytes of the name of a record. */
function textAt(found: Pointer): string {
  const start = read.ptr(found, NAME_AT) as Pointer;
  let text = "";
  for (let index = 0; index < NAME_BYTES_MAX; index += 1) {
    const byte = read.u8(start, index);
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}
