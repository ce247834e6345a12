/** Files that options name: settings, arguments, patterns. */
import { posix } from "node:path";
import { type ByteString, type FilePath, byteString } from "../core/byte-string.ts";
import { UsageError, reasonOf } from "../core/errors.ts";
import type { PatternText } from "../core/selection-options.ts";
import type { Host } from "./host.ts";
import { absoluteFolder, absolutePath } from "./paths.ts";

/** undefined: there is no such file. Throws UsageError where it cannot be read or is not UTF-8. */
export function readTextFile(path: string, host: Host): string | undefined {
  const bytes = readBytes(path, host);
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(`${path} is not text in UTF-8`, "Save it as UTF-8.");
  }
}

/** The patterns in a file; undefined: there is no such file. */
export function readPatternFile(path: string, host: Host): PatternText | undefined {
  const bytes = readBytes(path, host);
  if (bytes === undefined) return undefined;
  const base = absolutePath(posix.dirname(path), host);
  return { origin: path, form: "file", text: byteString(bytes), base };
}

/** The lines of a list of words: without empty ones and comments. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** A pattern that an option gives. */
export function patternOption(origin: string, text: ByteString, base: FilePath): PatternText {
  return { origin, form: "option", text, base };
}

function readBytes(path: string, host: Host): Uint8Array | undefined {
  try {
    return host.readFile(absoluteFolder(path, host));
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(cause)}`, "Name a file you may read.");
  }
}
