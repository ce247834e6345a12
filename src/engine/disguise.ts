/** Names, owners and texts of a client, as an encrypted repository has them, and back. */
import type { BackupSet } from "../core/backup-set.ts";
import type { ByteString, FileName } from "../core/byte-string.ts";
import type { Owner, Version } from "../core/entry.ts";
import { RepositoryCorrupt, reasonOf } from "../core/errors.ts";
import { NameCipher } from "../format/name-cipher.ts";
import type { RepositoryKeys } from "../format/repository-keys.ts";
import { openBox, sealBox } from "../format/secret-box.ts";

/** What a text is. */
type Purpose = "command line" | "configuration" | "reason";

export class Disguise {
  readonly names: NameCipher;
  readonly #boxKey: Uint8Array;
  /** The last owner of all: neighbours mostly have the same. */
  #lastSealed: { readonly from: Owner; readonly to: Owner } | undefined;
  #lastOpened: { readonly from: Owner; readonly to: Owner } | undefined;

  constructor({ name, content }: RepositoryKeys) {
    this.names = new NameCipher(name);
    this.#boxKey = content;
  }

  sealOwner(owner: Owner): Owner {
    if (this.#lastSealed?.from !== owner) {
      const userName = this.names.sealAs("user", owner.userName as ByteString);
      const groupName = this.names.sealAs("group", owner.groupName as ByteString);
      this.#lastSealed = { from: owner, to: { ...owner, userName, groupName } };
    }
    return this.#lastSealed.to;
  }

  /** Throws RepositoryCorrupt for one that was not made with these keys. */
  openName(name: FileName): FileName {
    return opening("a name", () => this.names.open(name));
  }

  /** As NamePage has them: more than are worth remembering. Throws RepositoryCorrupt. */
  openNames(joined: Uint8Array, count: number): Uint8Array {
    return opening("a name", () => this.names.openMany(joined, count));
  }

  /** Throws RepositoryCorrupt for names that were not made with these keys. */
  openVersions<Kind extends Version>(versions: readonly Kind[]): Kind[] {
    return opening("a name", () => {
      const names = this.names.openAll(versions.map(({ name }) => name));
      return versions.map((version, index) => {
        const name = names[index] as FileName;
        return { ...version, name, owner: this.#openOwner(version.owner) };
      });
    });
  }

  /** Throws RepositoryCorrupt. */
  openSet(set: BackupSet): BackupSet {
    const { names } = this;
    return opening(`the backup set ${set.id}`, () => ({
      ...set,
      roots: set.roots.map((root) => names.openPath(root)),
      cursor: set.cursor === undefined ? undefined : names.openPath(set.cursor),
      error: set.error === undefined ? undefined : this.openText("reason", set.error),
    }));
  }

  sealBytes(purpose: Purpose, bytes: Uint8Array): Uint8Array {
    return sealBox(this.#boxKey, purpose, bytes);
  }

  sealText(purpose: Purpose, text: string): string {
    return this.sealBytes(purpose, Buffer.from(text, "utf8")).toBase64();
  }

  openText(purpose: Purpose, sealed: string): string {
    const box = Buffer.from(sealed, "base64");
    return Buffer.from(openBox(this.#boxKey, purpose, box)).toString("utf8");
  }

  #openOwner(owner: Owner): Owner {
    if (this.#lastOpened?.from !== owner) {
      const userName = this.names.openAs("user", owner.userName as ByteString);
      const groupName = this.names.openAs("group", owner.groupName as ByteString);
      this.#lastOpened = { from: owner, to: { ...owner, userName, groupName } };
    }
    return this.#lastOpened.to;
  }
}

function opening<T>(thing: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RepositoryCorrupt(`${thing} in the catalog`, reasonOf(cause), cause);
  }
}
