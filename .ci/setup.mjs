/**
 * Brings a clone to the state in which dist/tardis can be run: installs the packages that are
 * missing, builds the executable if it is older than anything it is made of.
 *
 * Runs on nothing but Node and npm, before anything is installed, hence plain JavaScript without
 * dependencies. tardis.mjs (npm run tardis) and test.mjs (npm test) begin with setUp.
 * All output goes to stderr: stdout belongs to the program that is started afterwards.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const BINARY = join(ROOT, "dist", "tardis");

/** What the executable is made of; all of a folder but native/build, which is made from it. */
const INPUTS = ["src", "schema", "native", "build.ts", "package.json", "package-lock.json"];
const NOT_INPUTS = new Set([join(ROOT, "native", "build")]);

/** The file that stands in for Bun's binary until its installer has run is a short text. */
const BUN_BINARY_BYTES_MIN = 1_000_000;

/** Everything that is needed to run dist/tardis. Throws SetUpFailed when a step fails. */
export function setUp() {
  installPackages();
  linkBun();
  if (isStale(BINARY)) run("tsx", ["build.ts"]);
}

export class SetUpFailed extends Error {}

/**
 * Runs `command` in the clone with the binaries of its packages on the path, its output on
 * stderr. Throws SetUpFailed unless it exits with 0.
 */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    env: withPackageBinaries(process.env),
    stdio: ["inherit", process.stderr, "inherit"],
  });
  if (status !== 0) throw new SetUpFailed(`${command} ${args.join(" ")}`, { cause: error });
}

/** `environment` in which the commands of the installed packages are found first. */
export function withPackageBinaries(environment) {
  return { ...environment, PATH: `${join(ROOT, "node_modules", ".bin")}:${environment.PATH}` };
}

/** Nothing to do unless package-lock.json has changed since npm last wrote node_modules. */
function installPackages() {
  const installed = modifiedMs(join(ROOT, "node_modules", ".package-lock.json"));
  if (installed >= modifiedMs(join(ROOT, "package-lock.json"))) return;
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
}

/**
 * The one install script that is needed: it puts Bun's binary, which came as a package of its
 * own, where node_modules/.bin/bun points. Run here because npm may be set to run none.
 */
function linkBun() {
  const folder = join(ROOT, "node_modules", "bun");
  if (statSync(join(folder, "bin", "bun.exe")).size >= BUN_BINARY_BYTES_MIN) return;
  run(process.execPath, [join(folder, "install.js")]);
}

/** A folder changes when an entry is added or removed, so a deleted source file counts too. */
function isStale(output) {
  const built = modifiedMs(output);
  return INPUTS.some((input) => newestMs(join(ROOT, input)) > built);
}

function newestMs(path) {
  if (NOT_INPUTS.has(path)) return 0;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  const entries = readdirSync(path).map((name) => newestMs(join(path, name)));
  return Math.max(stat.mtimeMs, ...entries);
}

/** Milliseconds since 1970 of the last change; before all time if there is no such file. */
function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

/** Calls `main`; a failed set-up step ends the process with one line instead of a stack. */
export async function orFail(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetUpFailed)) throw error;
    process.stderr.write(`set-up stopped: \`${error.message}\` failed\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await orFail(setUp);
