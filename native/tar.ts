/**
 * Reads a gzipped tar archive in memory: as much of the format as source tarballs use (POSIX
 * ustar headers, records of 512 bytes). Names longer than a header holds are not supported; the
 * one archive read here, pinned by its hash, has none.
 */
import { gunzipSync } from "node:zlib";

const RECORD_BYTES = 512;
const REGULAR_FILE = new Set(["0", "\0"]);

/**
 * The regular files of `archive`, by their path below the archive's top folder. The contents are
 * views of one buffer. Throws RangeError if the archive ends inside a file.
 */
export function filesInTarball(archive: Uint8Array): Map<string, Uint8Array> {
  const bytes = gunzipSync(archive);
  const files = new Map<string, Uint8Array>();
  for (let start = 0; start + RECORD_BYTES <= bytes.length;) {
    const header = bytes.subarray(start, start + RECORD_BYTES);
    if (header[0] === 0) break; // the archive ends with empty records
    const sizeBytes = Number.parseInt(text(header, 124, 12), 8);
    const contentStart = start + RECORD_BYTES;
    const contentEnd = contentStart + sizeBytes;
    if (!(contentEnd <= bytes.length)) throw new RangeError("tar archive ends inside a file");
    if (REGULAR_FILE.has(String.fromCharCode(header[156] ?? 0)))
      files.set(withoutTopFolder(nameIn(header)), bytes.subarray(contentStart, contentEnd));
    start = contentStart + Math.ceil(sizeBytes / RECORD_BYTES) * RECORD_BYTES;
  }
  return files;
}

function nameIn(header: Uint8Array): string {
  const prefix = text(header, 345, 155);
  const name = text(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** A field of a header: text up to the first NUL. */
function text(header: Uint8Array, start: number, length: number): string {
  const field = Buffer.from(header.subarray(start, start + length)).toString("latin1");
  return field.split("\0", 1)[0]?.trim() ?? "";
}

function withoutTopFolder(path: string): string {
  return path.slice(path.indexOf("/") + 1);
}
