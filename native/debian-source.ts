/**
 * Downloads a source tarball from the archives that the machine's own package lists name, with
 * apt's verification, and without touching the machine: most machines list binary packages only,
 * so the lists are copied with their source counterpart into a temporary folder, and apt keeps
 * its index there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const APT = "/etc/apt";
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The bytes of `fileName`, the upstream tarball of the source package `packageName`. Undefined
 * if the archives have another version. Throws when apt fails.
 */
export function downloadDebianSource(
  packageName: string,
  fileName: string,
): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tardis-apt-"));
  try {
    const apt = aptIn(folder);
    apt(["update"]);
    apt(["source", "--download-only", "--tar-only", packageName]);
    const path = join(folder, fileName);
    return existsSync(path) ? readFileSync(path) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** apt-get with its lists and index in `folder`, which is also where it downloads to. */
function aptIn(folder: string): (args: readonly string[]) => void {
  const parts = join(folder, "sources.list.d");
  const lists = join(folder, "lists");
  mkdirSync(parts);
  mkdirSync(join(lists, "partial"), { recursive: true });
  for (const [name, text] of sourceLists()) writeFileSync(join(parts, name), text);
  const options = [
    "Dir::Etc::sourcelist=/dev/null",
    `Dir::Etc::sourceparts=${parts}`,
    `Dir::State::lists=${lists}`,
    // Its own cache of that index, and no second user, who could not write into the folder.
    `Dir::Cache=${folder}`,
    "APT::Sandbox::User=",
  ].flatMap((option) => ["-o", option]);
  return (args) => {
    execFileSync("apt-get", ["--quiet=2", ...options, ...args], {
      cwd: folder,
      maxBuffer: OUTPUT_BYTES_MAX,
      stdio: ["ignore", "ignore", "pipe"],
    });
  };
}

/** The machine's package lists, by file name, each asking for sources instead of binaries. */
function sourceLists(): Map<string, string> {
  const found = new Map<string, string>();
  const main = join(APT, "sources.list");
  if (existsSync(main)) found.set("main.list", oneLineSources(readFileSync(main, "utf8")));
  const parts = join(APT, "sources.list.d");
  for (const name of existsSync(parts) ? readdirSync(parts) : []) {
    const text = (): string => readFileSync(join(parts, name), "utf8");
    if (name.endsWith(".list")) found.set(name, oneLineSources(text()));
    if (name.endsWith(".sources")) found.set(name, deb822Sources(text()));
  }
  return found;
}

/** `deb [options] address suite component…`, one a line. Lines for sources are made anew. */
function oneLineSources(text: string): string {
  return text
    .split("\n")
    .filter((line) => /^\s*deb\s/.test(line))
    .map((line) => `${line.replace(/^\s*deb\s/, "deb-src ")}\n`)
    .join("");
}

/** Paragraphs of `Field: value`; the Types field says binaries (deb), sources (deb-src), both. */
function deb822Sources(text: string): string {
  return text.replaceAll(/^Types:.*$/gim, "Types: deb-src");
}
