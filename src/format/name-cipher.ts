/**
 * Names as an encrypted repository has them: AES-SIV, so that equal names stay equal and can be
 * looked up, as base64url, so that they have no slash and paths stay paths. docs/format.md §7.4.
 */
import {
  type ByteString,
  type FileName,
  type FilePath,
  byteString,
  bytesOf,
  joinPath,
  namesOf,
} from "../core/byte-string.ts";
import { RecentMap } from "../core/recent-map.ts";
import { AesSiv } from "./aes-siv.ts";
import { decodeBase64 } from "./base64-blocks.ts";
import { deriveKey } from "./key-derivation.ts";
import { BLOCK_BYTES, joinedTexts, textBlocks } from "./text-blocks.ts";

/** What a name names: one ciphertext never stands for both. */
export type NamePurpose = "file" | "user" | "group";

/** Names remembered in each direction; the commonest few thousand make most of a tree. */
const CACHED_MAX = 16_384;
/** Sealed together: so few that all of them are remembered. */
const AT_ONCE = CACHED_MAX / 4;
const KEY_BYTES = 64;
/** Names from which on a batch is faster than one after the other, some of which are remembered. */
const MANY = 32;

export class NameCipher {
  readonly #siv: AesSiv;
  readonly #sealed = rememberedNames();
  readonly #opened = rememberedNames();
  /** Of the path sealed last: neighbours have the same. */
  #lastParent: { readonly plain: FilePath; readonly sealed: FilePath } | undefined;

  constructor(nameKey: Uint8Array) {
    this.#siv = new AesSiv(deriveKey(nameKey, "tardis names 1", { bytes: KEY_BYTES }));
  }

  seal(name: FileName): FileName {
    return this.sealAs("file", name);
  }

  /** seal() of each, at once those that are not remembered. */
  sealAll(names: readonly FileName[]): readonly FileName[] {
    const sealed: FileName[] = [];
    for (let start = 0; start < names.length; start += AT_ONCE) {
      const some = names.slice(start, start + AT_ONCE);
      this.#learn(some);
      for (const name of some) sealed.push(this.seal(name));
    }
    return sealed;
  }

  /** Throws RangeError for what was not made with this key. */
  open(sealed: FileName): FileName {
    return this.openAs("file", sealed);
  }

  /** open() of each, at once where they are many. Throws RangeError. */
  openAll(sealed: readonly FileName[]): readonly FileName[] {
    if (sealed.length < MANY) return sealed.map((name) => this.open(name));
    const joined = bytesOf(sealed.join("/") as ByteString);
    return byteString(this.openMany(joined, sealed.length)).split("/") as FileName[];
  }

  /**
   * So many names at once, a slash between each two, in a tenth of the time; what is remembered is
   * left alone. Throws RangeError if one of them was not made with this key.
   */
  openMany(joined: Uint8Array, count: number): Uint8Array {
    if (count === 0) return joined;
    return joinedTexts(this.#siv.openMany(decodeBase64(joined, count), PURPOSES.file));
  }

  /** Name by name; what lies below what stays so. */
  sealPath(path: FilePath): FilePath {
    const cut = path.lastIndexOf("/");
    if (cut === -1) return path;
    const parent = path.slice(0, cut) as FilePath;
    if (this.#lastParent?.plain !== parent) {
      this.#lastParent = { plain: parent, sealed: mapPath(parent, (name) => this.seal(name)) };
    }
    return joinPath(this.#lastParent.sealed, this.seal(path.slice(cut + 1) as FileName));
  }

  openPath(path: FilePath): FilePath {
    return mapPath(path, (name) => this.open(name));
  }

  /** No name at all stays none: an id without a name is no secret. */
  sealAs(purpose: NamePurpose, name: ByteString): ByteString {
    if (name === "") return name;
    const remembered = this.#sealed[purpose];
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const bytes = this.#siv.seal(bytesOf(name), PURPOSES[purpose]);
    const sealed = Buffer.from(bytes.buffer).toString("base64url") as ByteString;
    remembered.set(name, sealed);
    return sealed;
  }

  openAs(purpose: NamePurpose, sealed: ByteString): ByteString {
    if (sealed === "") return sealed;
    const remembered = this.#opened[purpose];
    const known = remembered.get(sealed);
    if (known !== undefined) return known;
    const name = byteString(this.#siv.open(decoded(sealed), PURPOSES[purpose]));
    remembered.set(sealed, name);
    return name;
  }

  /** Remembers what names are sealed, if enough of them are not known. */
  #learn(names: readonly FileName[]): void {
    const remembered = this.#sealed.file;
    const unknown = new Set(names.filter((name) => remembered.get(name) === undefined));
    unknown.delete("" as FileName);
    if (unknown.size < MANY) return;
    const plain = [...unknown];
    const { bytes, lengths, firsts } = this.#siv.sealMany(textBlocks(plain), PURPOSES.file);
    const sealed = Buffer.from(bytes.buffer);
    for (const [which, name] of plain.entries()) {
      const start = (firsts[which] as number) * BLOCK_BYTES;
      const end = start + (lengths[which] as number);
      remembered.set(name, sealed.toString("base64url", start, end) as ByteString);
    }
  }
}

const PURPOSES: Readonly<Record<NamePurpose, Uint8Array>> = {
  file: new TextEncoder().encode("file"),
  user: new TextEncoder().encode("user"),
  group: new TextEncoder().encode("group"),
};

function decoded(sealed: ByteString): Uint8Array {
  const bytes = Buffer.from(sealed, "base64url");
  // The decoder forgives; two spellings of one name are not to be.
  if (bytes.toString("base64url") !== sealed) throw new RangeError("a name is not encrypted");
  return bytes;
}

function mapPath(path: FilePath, change: (name: FileName) => FileName): FilePath {
  return namesOf(path)
    .map((name) => `/${change(name)}`)
    .join("") as FilePath;
}

/** By purpose: names, and what they are in the other form. */
function rememberedNames(): Readonly<Record<NamePurpose, RecentMap<ByteString, ByteString>>> {
  return {
    file: new RecentMap(CACHED_MAX),
    user: new RecentMap(CACHED_MAX),
    group: new RecentMap(CACHED_MAX),
  };
}
