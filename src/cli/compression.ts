/** How the command line says what is compressed, and what is not. */
import type { Compression } from "../core/backup-options.ts";
import { SettingError } from "./setting.ts";

const LEVEL_MAX = 19;
const HINT = "Give zstd, zstd:LEVEL with a level from 1 to 19, or none.";
/** What follows -Z as a word of its own, so that it is not taken for a path. */
export const ALGORITHM = /^(?:zstd|none|zlib|bzip2?|lzma|xz|gzip)(?::\w+)?$/;

/** Common names of what is compressed already. A name before the slash alone has all of it. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/epub+zip": "epub",
  "application/gzip": "gz tgz svgz",
  "application/java-archive": "jar war",
  "application/pdf": "pdf",
  "application/vnd.android.package-archive": "apk",
  "application/vnd.debian.binary-package": "deb",
  "application/vnd.oasis.opendocument.presentation": "odp",
  "application/vnd.oasis.opendocument.spreadsheet": "ods",
  "application/vnd.oasis.opendocument.text": "odt",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.rar": "rar",
  "application/x-7z-compressed": "7z",
  "application/x-bzip2": "bz2 tbz2",
  "application/x-compress": "Z",
  "application/x-lzma": "lzma",
  "application/x-rar": "rar",
  "application/x-rpm": "rpm",
  "application/x-xz": "xz txz",
  "application/zip": "zip",
  "application/zstd": "zst",
  "audio/aac": "aac",
  "audio/flac": "flac",
  "audio/mp4": "m4a",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg oga opus",
  "font/woff": "woff",
  "font/woff2": "woff2",
  "image/avif": "avif",
  "image/gif": "gif",
  "image/heic": "heic heif",
  "image/jpeg": "jpg jpeg",
  "image/png": "png",
  "image/webp": "webp",
  "video/mp4": "mp4 m4v",
  "video/mpeg": "mpg mpeg",
  "video/quicktime": "mov",
  "video/webm": "webm",
  "video/x-matroska": "mkv",
  "video/x-msvideo": "avi",
};

/** `value`: zstd, zstd:LEVEL or none; "yes" and "no" stand for zstd and none. */
export function parseCompression(value: string): Compression {
  const [algorithm, level, ...more] = value.split(":");
  if ((algorithm === "none" || algorithm === "no") && level === undefined)
    return { algorithm: "none" };
  if ((algorithm !== "zstd" && algorithm !== "yes") || more.length > 0)
    throw new SettingError("is no compression it knows", HINT);
  if (level === undefined) return { algorithm: "zstd", level: "by-amount" };
  const number = /^\d{1,2}$/.test(level) ? Number(level) : 0;
  if (number < 1 || number > LEVEL_MAX) throw new SettingError("has no such level", HINT);
  return { algorithm: "zstd", level: number };
}

/** The extensions, lower case, of a type: "image/jpeg", "video/*", or an extension as "*.iso". */
export function extensionsOf(type: string): readonly string[] {
  const extension = /^\*?\.([^./*?]+)$/.exec(type)?.[1];
  if (extension !== undefined) return [extension.toLowerCase()];
  const wanted = type.toLowerCase();
  const group = /^([a-z]+)\/\*$/.exec(wanted)?.[1];
  const types = Object.keys(EXTENSIONS).filter((name) =>
    group === undefined ? name === wanted : name.startsWith(`${group}/`),
  );
  if (types.length === 0)
    throw new SettingError(
      "is a type whose file names are not known",
      "Give the names instead, as *.iso. docs/commands.md lists the types.",
    );
  return types.flatMap((name) => (EXTENSIONS[name] ?? "").toLowerCase().split(" "));
}

/** For docs/commands.md. */
export function knownTypes(): readonly string[] {
  return Object.keys(EXTENSIONS);
}
