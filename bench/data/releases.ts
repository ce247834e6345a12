/**
 * `releases`: six packages that many projects depend on, each at ten successive published releases.
 * Release 01 to 10 are whole folders; the case lays them one after the other into the same place,
 * as an upgrade does: every file is written anew, most of them with the bytes they had before.
 */

import { join } from "node:path";
import type { Folders, Scale } from "../folders.ts";
import { ensureDataset } from "./dataset.ts";
import { fetchPackages, unpackPackage, type Package } from "./packages.ts";

const RELEASES: Readonly<Record<string, readonly string[]>> = {
  typescript: [
    "5.4.3",
    "5.4.4",
    "5.4.5",
    "5.5.2",
    "5.5.3",
    "5.5.4",
    "5.6.2",
    "5.6.3",
    "5.7.2",
    "5.7.3",
  ],
  webpack: [
    "5.95.0",
    "5.96.0",
    "5.96.1",
    "5.97.0",
    "5.97.1",
    "5.98.0",
    "5.99.0",
    "5.99.1",
    "5.99.2",
    "5.99.3",
  ],
  "core-js": [
    "3.36.0",
    "3.36.1",
    "3.37.0",
    "3.37.1",
    "3.38.0",
    "3.38.1",
    "3.39.0",
    "3.40.0",
    "3.41.0",
    "3.42.0",
  ],
  "date-fns": [
    "2.22.1",
    "2.23.0",
    "2.24.0",
    "2.25.0",
    "2.26.0",
    "2.27.0",
    "2.28.0",
    "2.29.0",
    "2.29.1",
    "2.29.2",
  ],
  eslint: [
    "9.15.0",
    "9.16.0",
    "9.17.0",
    "9.18.0",
    "9.19.0",
    "9.20.0",
    "9.20.1",
    "9.21.0",
    "9.22.0",
    "9.23.0",
  ],
  three: [
    "0.167.0",
    "0.167.1",
    "0.168.0",
    "0.169.0",
    "0.170.0",
    "0.171.0",
    "0.172.0",
    "0.173.0",
    "0.174.0",
    "0.175.0",
  ],
};
const RELEASE_COUNT = 10;
const QUICK_RELEASE_COUNT = 3;
const QUICK_PACKAGES = ["webpack", "core-js"];

/** The folders of the releases, oldest first. */
export async function ensureReleases(folders: Folders, scale: Scale): Promise<readonly string[]> {
  const count = scale === "quick" ? QUICK_RELEASE_COUNT : RELEASE_COUNT;
  const names = scale === "quick" ? QUICK_PACKAGES : Object.keys(RELEASES);
  const releases: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const packages = names.map((name) => packageAt(name, index));
    const folder = join(folders.data, "releases", `r${String(index + 1).padStart(2, "0")}`);
    releases.push(
      await ensureDataset(folder, async (unfinished) => {
        await fetchPackages(packages, folders.tarballs);
        for (const wanted of packages)
          await unpackPackage(wanted, folders.tarballs, join(unfinished, wanted.name));
      }),
    );
  }
  return releases;
}

function packageAt(name: string, index: number): Package {
  const version = RELEASES[name]?.[index];
  if (version === undefined) throw new RangeError(`no release ${index + 1} of ${name}`);
  return { name, version };
}
