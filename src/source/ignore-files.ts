/**
 * The small files in a directory that say what is left out of it: tardis' own three, CVS' list and
 * the cache directory tag (https://bford.info/cachedir/).
 */
import {
  type ByteString,
  type FileName,
  type FilePath,
  byteString,
  displayPath,
  joinPath,
} from "../core/byte-string.ts";
import type { PatternText } from "../core/selection-options.ts";

export const CACHE_TAG = "CACHEDIR.TAG" as FileName;
export const CVS_IGNORE_FILE = ".cvsignore" as FileName;

const CACHE_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** What CVS ignores by itself (its manual, "cvsignore"), and the folders of its likes. */
const CVS_NAMES: readonly string[] = [
  ..."RCS SCCS CVS CVS.adm RCSLOG cvslog.* tags TAGS .make.state .nse_depinfo".split(" "),
  ..."*~ #* .#* ,* _$* *$ *.old *.bak *.BAK *.orig *.rej .del-*".split(" "),
  ..."*.a *.olb *.o *.obj *.so *.exe *.Z *.elc *.ln core".split(" "),
  ".svn/",
  ".git/",
  ".hg/",
  ".bzr/",
];

/** Whether these are the bytes of a cache directory tag. */
export function isCacheTag(bytes: Uint8Array | undefined): boolean {
  if (bytes === undefined) return false;
  return byteString(bytes.subarray(0, CACHE_SIGNATURE.length)) === CACHE_SIGNATURE;
}

/** The patterns in file `name` of `directory`, whose bytes are given. */
export function patternText(
  directory: FilePath,
  name: FileName,
  bytes: Uint8Array | undefined,
): PatternText | undefined {
  if (bytes === undefined) return undefined;
  const origin = displayPath(joinPath(directory, name));
  return { origin, form: "file", text: byteString(bytes), base: directory };
}

/** CVS' own names and those of a .cvsignore file; a "!" there forgets all before it. */
export function cvsPatternText(file: PatternText | undefined): PatternText {
  const words =
    file === undefined ? [] : file.text.split(/[ \t\r\n]+/).filter((word) => word !== "");
  const all = [...CVS_NAMES, ...words];
  const kept = all.slice(all.lastIndexOf("!") + 1);
  // A line that begins with "#" would be a comment.
  const lines = kept.map((word) => word.replace(/^[#!]/, "\\$&"));
  return {
    origin: file?.origin ?? "the names CVS ignores",
    form: "file",
    text: lines.join("\n") as ByteString,
    base: file?.base ?? ("" as FilePath),
  };
}
