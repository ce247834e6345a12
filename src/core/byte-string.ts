/**
 * File names and paths as they are on disk: bytes, not text. A name need not be UTF-8, so it is
 * held as a string with one character (U+0000..U+00FF) a byte: as cheap as any string, a key of a
 * Map, ordered as its bytes are. It is turned into text only to be shown.
 */

declare const brand: unique symbol;
/** Bytes in the characters of a string. */
export type ByteString = string & { readonly [brand]: "ByteString" };

/** The name of one directory entry: not empty, no slash, no NUL, neither "." nor "..". */
export type FileName = ByteString;
/** Absolute, names joined by "/", no slash at the end; the root is the empty path. */
export type FilePath = ByteString;

export const ROOT_PATH = "" as FilePath;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Each byte as a character. */
export function byteString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1") as ByteString;
}

/** The UTF-8 bytes of `text`, as a command line or a file gave it. */
export function byteStringOfText(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1") as ByteString;
}

/** A new buffer that the caller owns. */
export function bytesOf(name: ByteString): Uint8Array {
  return Buffer.from(name, "latin1");
}

/** For people: UTF-8 where it is that, control characters and stray bytes as \xNN. */
export function display(name: ByteString): string {
  // eslint-disable-next-line no-control-regex -- escaping control characters is what this is for
  return decodeOrEscape(name).replace(/[\u0000-\u001f\u007f]/g, escapeCharacter);
}

/** `display`, but the root as "/". */
export function displayPath(path: FilePath): string {
  return path === ROOT_PATH ? "/" : display(path);
}

/** The path of `name` in `directory`. */
export function joinPath(directory: FilePath, name: FileName): FilePath {
  return `${directory}/${name}` as FilePath;
}

/** The names from the root down. */
export function namesOf(path: FilePath): FileName[] {
  return path === ROOT_PATH ? [] : (path.slice(1).split("/") as FileName[]);
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: FilePath, ancestor: FilePath): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}

/** Whether `name` can be one directory entry's and nothing else. */
export function isFileName(name: ByteString): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

function decodeOrEscape(name: ByteString): string {
  try {
    return decoder.decode(bytesOf(name));
  } catch {
    return name.replace(/[\u0080-\u00ff]/g, escapeCharacter);
  }
}

function escapeCharacter(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
