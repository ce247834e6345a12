/** Where a folder really is, and whether it can be given another name there. */
import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { errorCodeOf } from "./files.ts";

/** The system gives up after so many, too. */
const LINKS_MAX = 40;
const MOUNTS = "/proc/self/mountinfo";
/** Which field of its lines, from 0, is the folder. */
const FOLDER_FIELD = 4;

/**
 * What a symlink at `path` leads to, and it where there is none: to rename that would leave the
 * folder where it was. Neither has to exist.
 */
export function withoutLinks(path: string): string {
  let here = path;
  for (let links = 0; links < LINKS_MAX && isLink(here); links += 1) {
    here = resolve(dirname(here), readlinkSync(here));
  }
  return here;
}

/** Whether something is mounted at a folder, which then cannot be renamed. */
export function isMountPoint(path: string): boolean {
  const real = realpathSync(path);
  const mounted = mountedFolders();
  if (mounted !== undefined) return mounted.has(real);
  return statSync(real).dev !== statSync(dirname(real)).dev;
}

/** undefined: the system does not list them so. */
function mountedFolders(): ReadonlySet<string> | undefined {
  let text: string;
  try {
    text = readFileSync(MOUNTS, "utf8");
  } catch {
    return undefined; // it is not Linux, or a container without /proc
  }
  return new Set(text.split("\n").map((line) => unescaped(line.split(" ")[FOLDER_FIELD] ?? "")));
}

/** Blanks and backslashes stand there as three octal digits. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_all, digits: string) => {
    return String.fromCharCode(Number.parseInt(digits, 8));
  });
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}
