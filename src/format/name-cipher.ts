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
import { AesSiv } from "./aes-siv.ts";
import { decodeBase64 } from "./base64-blocks.ts";
import { deriveKey } from "./key-derivation.ts";
import { joinedTexts } from "./text-blocks.ts";

/** What a name names: one ciphertext never stands for both. */
export type NamePurpose = "file" | "user" | "group";

/** Names remembered in both directions; the commonest few thousand make most of a tree. */
const CACHED_MAX = 16_384;
const KEY_BYTES = 64;
/** Names from which on a batch is faster than one after the other, some of which are remembered. */
const MANY = 32;

export class NameCipher {
  readonly #siv: AesSiv;
  readonly #sealed = new Map<string, ByteString>();
  readonly #opened = new Map<string, ByteString>();
  /** Of the path sealed last: neighbours have the same. */
  #lastParent: { readonly plain: FilePath; readonly sealed: FilePath } | undefined;

  constructor(nameKey: Uint8Array) {
    this.#siv = new AesSiv(deriveKey(nameKey, "tardis names 1", { bytes: KEY_BYTES }));
  }

  seal(name: FileName): FileName {
    return this.sealAs("file", name);
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
    const key = `${purpose}:${name}`;
    const known = this.#sealed.get(key);
    if (known !== undefined) return known;
    const bytes = this.#siv.seal(bytesOf(name), PURPOSES[purpose]);
    const sealed = Buffer.from(bytes.buffer).toString("base64url") as ByteString;
    remember(this.#sealed, key, sealed);
    return sealed;
  }

  openAs(purpose: NamePurpose, sealed: ByteString): ByteString {
    if (sealed === "") return sealed;
    const key = `${purpose}:${sealed}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const name = byteString(this.#siv.open(decoded(sealed), PURPOSES[purpose]));
    remember(this.#opened, key, name);
    return name;
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

/** Forgets everything when full: cheaper than order, and the common names are soon back. */
function remember(cache: Map<string, ByteString>, key: string, value: ByteString): void {
  if (cache.size >= CACHED_MAX) cache.clear();
  cache.set(key, value);
}
