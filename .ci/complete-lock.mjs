/**
 * `node .ci/complete-lock.mjs`, after `npm install` of a new version: adds to package-lock.json
 * the optional packages for other platforms that npm left out.
 *
 * Tools with native code come as one package a platform. Where a registry does not serve those
 * of other platforms, npm leaves them out of the lock file without a word, and then `npm ci`
 * refuses the file. What is left out follows from the name: version, system, processor. A
 * package added in this way has no checksum; the platforms that are tested on have theirs.
 */
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("../package-lock.json", import.meta.url);
/** As in `binding-linux-x64-gnu`, `msgpackr-extract-darwin-arm64` or `win32-x64`. */
const PLATFORM = /(?:^|-)(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(\w+))?$/;
const LIBC = { gnu: "glibc", musl: "musl" };

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const packages = { ...missingFrom(lock.packages), ...lock.packages };
const inOrder = Object.keys(packages).sort((a, b) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries(inOrder.map((path) => [path, packages[path]]));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);

function missingFrom(present) {
  const missing = {};
  for (const { dev, optionalDependencies = {} } of Object.values(present)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const path = `node_modules/${name}`;
      if (!Object.hasOwn(present, path)) missing[path] = entry(name, version, dev);
    }
  }
  return missing;
}

function entry(name, version, dev) {
  const platform = PLATFORM.exec(name.slice(name.indexOf("/") + 1));
  if (platform === null) throw new Error(`${name}: not the name of a platform's package`);
  const [, system, processor, library] = platform;
  const libc = Object.hasOwn(LIBC, library) ? { libc: [LIBC[library]] } : {};
  const usedFor = dev === true ? { dev } : {};
  return { version, cpu: [processor], ...usedFor, ...libc, optional: true, os: [system] };
}
