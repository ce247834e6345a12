/**
 * Gets librsync's source tarball, which is not part of this repository: from the file that
 * TARDIS_LIBRSYNC_TARBALL names, from the cache, from the machine's own package sources, from
 * upstream's release page, whichever comes first. Where it came from does not matter, because
 * it is used only if its SHA-256 is one of those below.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { downloadDebianSource } from "./debian-source.ts";
import { CACHE, replaceFileWith, sha256 } from "./files.ts";

const LIBRSYNC_VERSION = "2.3.2";

/** The same release, packed twice. */
const TARBALL_SHA256 = new Set([
  "40ddad49e5c59ba92f3fdf7f06c81ee2fb925f58c80770d9f207dc726cecd88b", // Debian's
  "ef8ce23df38d5076d25510baa2cabedffbe0af460d887d86c2413a1c2b0c676f", // upstream's
]);
const TARBALL_VARIABLE = "TARDIS_LIBRSYNC_TARBALL";
const UPSTREAM_URL =
  "https://github.com/librsync/librsync/releases/download/" +
  `v${LIBRSYNC_VERSION}/librsync-${LIBRSYNC_VERSION}.tar.gz`;
const CACHED = join(CACHE, `librsync-${LIBRSYNC_VERSION}.tar.gz`);
const DOWNLOAD_SECONDS_MAX = 60;
/** What attempt() answers for a place that does not apply, which needs no mention by itself. */
const NONE = "none there";

/** One place to get the tarball from: undefined if it has none, an exception if that failed. */
type Place = {
  readonly name: string;
  readonly get: () => Uint8Array | undefined | Promise<Uint8Array | undefined>;
};

const PLACES: readonly Place[] = [
  { name: `the file named by ${TARBALL_VARIABLE}`, get: fromVariable },
  { name: "the cache", get: () => (existsSync(CACHED) ? readFileSync(CACHED) : undefined) },
  { name: "the source packages of this machine's distribution", get: fromDistribution },
  { name: UPSTREAM_URL, get: fromUpstream },
];

/** The tarball's bytes, of the right hash. Throws an Error that lists what was tried. */
export async function librsyncTarball(): Promise<Uint8Array> {
  const tried: string[] = [];
  for (const place of PLACES) {
    const outcome = await attempt(place);
    if (typeof outcome !== "string") return outcome;
    tried.push(`  ${place.name}: ${outcome}`);
    if (outcome !== NONE) process.stderr.write(`librsync from ${place.name}: ${outcome}\n`);
  }
  throw new Error(
    `librsync ${LIBRSYNC_VERSION} cannot be had here. Tried in this order:\n${tried.join("\n")}\n` +
      `Get its source tarball by other means and name it in ${TARBALL_VARIABLE}.`,
  );
}

/** The tarball from `place`, remembered in the cache; or why not. */
async function attempt(place: Place): Promise<Uint8Array | string> {
  try {
    const tarball = await place.get();
    if (tarball === undefined) return NONE;
    const hash = sha256(tarball);
    if (!TARBALL_SHA256.has(hash)) return `not the expected tarball (SHA-256 ${hash})`;
    await replaceFileWith(CACHED, tarball);
    return tarball;
  } catch (error) {
    // Of a program that failed, the last line it wrote.
    return String(error).trim().split("\n").at(-1) ?? "";
  }
}

function fromVariable(): Uint8Array | undefined {
  const path = process.env[TARBALL_VARIABLE];
  return path === undefined || path === "" ? undefined : readFileSync(path);
}

function fromDistribution(): Uint8Array | undefined {
  if (!existsSync("/etc/apt")) return undefined;
  return downloadDebianSource("librsync", `librsync_${LIBRSYNC_VERSION}.orig.tar.gz`);
}

/** With curl or wget where they are, because those know the machine's proxies. */
async function fromUpstream(): Promise<Uint8Array> {
  const seconds = String(DOWNLOAD_SECONDS_MAX);
  const programs = [
    ["curl", "--fail", "--silent", "--show-error", "--location", "--max-time", seconds],
    ["wget", "--quiet", "--output-document=-", "--tries=1", `--timeout=${seconds}`],
  ] as const;
  for (const [program, ...options] of programs) {
    if (!isInstalled(program)) continue;
    return execFileSync(program, [...options, UPSTREAM_URL], {
      maxBuffer: 16 * 1024 * 1024,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
  const signal = AbortSignal.timeout(DOWNLOAD_SECONDS_MAX * 1000);
  const response = await fetch(UPSTREAM_URL, { signal });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}
