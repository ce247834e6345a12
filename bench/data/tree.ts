/**
 * `tree`: what a home folder of a person who writes programs looks like, some 75,000 files in 1.6
 * GB.
 *
 *     home/projects/{shop,service,atlas}/node_modules/NAME   packages, some shared
 *     home/pictures, home/fonts                              images and fonts
 *     home/downloads                                         tarballs and programs as they came
 *     home/system/…                                          documents, headers, libraries
 *
 * The packages are the same on every machine; the machine's own files differ a little from one to
 * the next, which is why every report states how many files and bytes it measured.
 */

import { copyFileSync, existsSync, lstatSync, lutimesSync, mkdirSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { Folders, Scale } from "../folders.ts";
import { run } from "../shell.ts";
import { ensureDataset } from "./dataset.ts";
import { fetchPackages, packageSpecs, tarballPath, unpackPackage } from "./packages.ts";
import { seededRandom } from "./random.ts";

const SEED = 1;
/** Times of files lie in the three years before this moment. */
const NEWEST_FILE_MS = Date.UTC(2025, 5, 1);
const FILE_AGE_MS_MAX = 3 * 365 * 24 * 3_600_000;

/** Packages by the folder of the tree they are unpacked to. */
const PACKAGES: Readonly<Record<string, string>> = {
  "projects/shop/node_modules": `
    next@14.2.5 react@18.3.1 react-dom@18.3.1 typescript@5.4.5 lodash@4.17.21 date-fns@2.30.0
    @mui/material@5.15.20 webpack@5.91.0 core-js@3.37.1 echarts@5.5.0 monaco-editor@0.49.0
    mermaid@10.9.1 caniuse-lite@1.0.30001636`,
  "projects/service/node_modules": `
    typescript@5.4.5 lodash@4.17.21 rxjs@7.8.1 aws-sdk@2.1640.0 googleapis@140.0.0 typeorm@0.3.20
    firebase@10.12.2 @types/node@20.14.2 eslint@9.5.0 caniuse-lite@1.0.30001632`,
  "projects/atlas/node_modules": `
    three@0.165.0 @tensorflow/tfjs@4.20.0 pdfjs-dist@4.3.136 date-fns@2.30.0 @angular/core@17.3.11
    @angular/material@17.3.10 highlight.js@11.9.0`,
  pictures: "emoji-datasource-apple@15.1.2 flag-icons@7.2.3 @fortawesome/fontawesome-free@6.5.2",
  fonts: "@fontsource/noto-sans-jp@5.0.19 @fontsource/roboto@5.0.13 bootstrap-icons@1.11.3",
  programs: `
    @next/swc-linux-x64-gnu@14.2.5 @esbuild/linux-x64@0.21.5 @swc/core-linux-x64-gnu@1.6.1
    @ffmpeg/core@0.12.6`,
};
const QUICK_PACKAGES: Readonly<Record<string, string>> = {
  "projects/shop/node_modules": "lodash@4.17.21 core-js@3.37.1",
  "projects/service/node_modules": "lodash@4.17.21",
};

/** Kept as tarballs in downloads/ too. */
const DOWNLOADS = "next@14.2.5 three@0.165.0";

/** A project whose copy of a package is hard links to another's, as pnpm makes them. */
const LINKED = {
  package: "lodash",
  from: "projects/shop/node_modules",
  to: "projects/linked/node_modules",
} as const;

interface MachinePart {
  readonly path: string;
  readonly filesMax: number;
  readonly bytesMax: number;
}

const MIB = 1024 * 1024;
const MACHINE_PARTS: readonly MachinePart[] = [
  { path: "/usr/share/doc", filesMax: 2_500, bytesMax: 40 * MIB },
  { path: "/usr/share/man", filesMax: 2_000, bytesMax: 30 * MIB },
  { path: "/usr/share/icons", filesMax: 2_000, bytesMax: 40 * MIB },
  { path: "/usr/share/locale", filesMax: 1_000, bytesMax: 50 * MIB },
  { path: "/usr/share/perl", filesMax: 1_500, bytesMax: 30 * MIB },
  { path: "/usr/share/zoneinfo", filesMax: 1_500, bytesMax: 10 * MIB },
  { path: "/usr/include", filesMax: 4_000, bytesMax: 50 * MIB },
  { path: "/usr/lib/python3", filesMax: 3_000, bytesMax: 60 * MIB },
  { path: "/usr/lib/x86_64-linux-gnu", filesMax: 2_000, bytesMax: 200 * MIB },
  { path: "/usr/lib/aarch64-linux-gnu", filesMax: 2_000, bytesMax: 200 * MIB },
];
const QUICK_MACHINE_PARTS: readonly MachinePart[] = [
  { path: "/usr/share/doc", filesMax: 500, bytesMax: 10 * MIB },
];

export function ensureTree(folders: Folders, scale: Scale): Promise<string> {
  return ensureDataset(join(folders.data, "tree"), async (unfinished) => {
    const home = join(unfinished, "home");
    await addPackages(home, folders.tarballs, scale === "quick" ? QUICK_PACKAGES : PACKAGES);
    if (scale === "full") addDownloads(join(home, "downloads"), folders.tarballs);
    await addHardLinks(home);
    for (const part of scale === "quick" ? QUICK_MACHINE_PARTS : MACHINE_PARTS)
      await addMachinePart(part, home);
    spreadTimes(home);
  });
}

async function addPackages(home: string, tarballs: string, wanted: typeof PACKAGES): Promise<void> {
  await fetchPackages(packageSpecs(Object.values(wanted).join(" ")), tarballs);
  for (const [folder, specs] of Object.entries(wanted)) {
    for (const spec of packageSpecs(specs))
      await unpackPackage(spec, tarballs, join(home, folder, spec.name));
  }
}

function addDownloads(folder: string, tarballs: string): void {
  mkdirSync(folder, { recursive: true });
  for (const spec of packageSpecs(DOWNLOADS)) {
    const tarball = tarballPath(tarballs, spec);
    copyFileSync(tarball, join(folder, relative(tarballs, tarball)));
  }
}

async function addHardLinks(home: string): Promise<void> {
  mkdirSync(join(home, LINKED.to), { recursive: true });
  await run(["cp", "-al", join(home, LINKED.from, LINKED.package), join(home, LINKED.to)]);
}

/**
 * Copies the first files of a folder of this machine, in the order of their names, until one of the
 * limits is met.
 */
async function addMachinePart(part: MachinePart, home: string): Promise<void> {
  if (!existsSync(part.path)) return;
  const chosen: string[] = [];
  let bytes = 0;
  for (const path of walk(part.path)) {
    const { size } = lstatSync(path);
    if (bytes + size > part.bytesMax) continue;
    bytes += size;
    chosen.push(relative("/", path));
    if (chosen.length >= part.filesMax) break;
  }
  const into = join(home, "system");
  mkdirSync(into, { recursive: true });
  const list = join(home, ".chosen");
  await Bun.write(list, chosen.join("\n"));
  await run(["rsync", "-aHAX", `--files-from=${list}`, "/", into]);
  await run(["rm", list]);
}

/** Gives every file and folder a time of its own, children before their folder. */
function spreadTimes(home: string): void {
  const random = seededRandom(SEED);
  const paths = [...walk(home, "with-folders")];
  for (const path of paths.reverse()) {
    const ms = NEWEST_FILE_MS - Math.floor(random() * FILE_AGE_MS_MAX);
    lutimesSync(path, ms / 1_000, ms / 1_000);
  }
}

/**
 * Paths below a folder, sorted, a folder before what it holds; folders themselves only when asked
 * for.
 */
function* walk(folder: string, kinds: "files" | "with-folders" = "files"): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) yield path;
    else {
      if (kinds === "with-folders") yield path;
      yield* walk(path, kinds);
    }
  }
}
