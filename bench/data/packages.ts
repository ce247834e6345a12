/**
 * Published packages as data: fetched with the user's own npm by name and exact version, kept as
 * tarballs, unpacked without running anything of theirs.
 */

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run, say } from "../shell.ts";

/**
 * How many packages one `npm pack` fetches: enough to save start-up time, few enough to lose little
 * when it fails.
 */
const PACKAGES_PER_CALL = 10;

export interface Package {
  readonly name: string;
  /** Exact: a range would make other data next month. */
  readonly version: string;
}

/** Reads a list of `name@version`, divided by white space; one that is there twice counts once. */
export function packageSpecs(text: string): readonly Package[] {
  return [...new Set(text.trim().split(/\s+/))].map(packageSpec);
}

function packageSpec(text: string): Package {
  const at = text.lastIndexOf("@");
  if (at <= 0 || at === text.length - 1) throw new RangeError(`no name@version: ${text}`);
  return { name: text.slice(0, at), version: text.slice(at + 1) };
}

/**
 * Brings the tarballs of all packages into `folder`; those already there are not asked for again.
 */
export async function fetchPackages(packages: readonly Package[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const missing = packages.filter((wanted) => !existsSync(tarballPath(folder, wanted)));
  for (let from = 0; from < missing.length; from += PACKAGES_PER_CALL) {
    const batch = missing.slice(from, from + PACKAGES_PER_CALL);
    say(`npm pack ${batch.map(({ name, version }) => `${name}@${version}`).join(" ")}`);
    await packBatch(batch, folder);
  }
}

/** Unpacks one package into `into`, which is made; every file gets the time of unpacking. */
export async function unpackPackage(wanted: Package, from: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  const options = [
    "--strip-components=1",
    "--no-same-owner",
    "--touch",
    "--delay-directory-restore",
  ];
  await run([
    "tar",
    "-xzf",
    tarballPath(from, wanted),
    "-C",
    into,
    "--warning=no-unknown-keyword",
    ...options,
  ]);
  // Some tarballs carry folders without the x bit or files that only their owner may read.
  await run(["chmod", "-R", "u+rwX,go+rX", into]);
}

export function tarballPath(folder: string, { name, version }: Package): string {
  return join(folder, `${name.replace(/^@/, "").replaceAll("/", "-")}-${version}.tgz`);
}

/**
 * Fetches into a folder of its own and renames, so that a cut download never looks like a tarball.
 */
async function packBatch(batch: readonly Package[], folder: string): Promise<void> {
  const arriving = join(folder, ".arriving");
  rmSync(arriving, { recursive: true, force: true });
  mkdirSync(arriving);
  const specs = batch.map(({ name, version }) => `${name}@${version}`);
  await run([
    "npm",
    "pack",
    "--silent",
    "--ignore-scripts",
    "--pack-destination",
    arriving,
    ...specs,
  ]);
  for (const arrived of batch)
    renameSync(tarballPath(arriving, arrived), tarballPath(folder, arrived));
  rmSync(arriving, { recursive: true, force: true });
}
