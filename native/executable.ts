/**
 * Bundles src/ with everything it embeds (the wasm module, the SQL of schema/) and Bun itself
 * into one executable.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT, replaceFile } from "./files.ts";

/** What --target takes, and what Bun calls it. Bun fetches the runtime of a foreign target. */
export const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64": "bun-linux-x64",
  "linux-arm64": "bun-linux-arm64",
  "linux-x64-musl": "bun-linux-x64-musl",
  "linux-arm64-musl": "bun-linux-arm64-musl",
  "darwin-x64": "bun-darwin-x64",
  "darwin-arm64": "bun-darwin-arm64",
};

const BUN = join(ROOT, "node_modules", ".bin", "bun");
const MAIN = join("src", "main.ts");

/** Writes the executable to `outfile`, for this machine if `target` is undefined. */
export async function buildExecutable(outfile: string, target: string | undefined): Promise<void> {
  await replaceFile(outfile, (temporaryPath) => {
    const args = bundlerArguments(temporaryPath, target);
    execFileSync(BUN, args, { cwd: ROOT, stdio: ["ignore", process.stderr, "inherit"] });
  });
}

function bundlerArguments(outfile: string, target: string | undefined): string[] {
  return [
    "build",
    "--compile",
    "--bytecode",
    "--format=esm",
    ...(target === undefined ? [] : [`--target=${TARGETS[target]}`]),
    `--outfile=${outfile}`,
    "--minify",
    // Names of classes and functions are seen by users: in an error's name and in stacks.
    "--keep-names",
    "--sourcemap=none",
    `--define=VERSION=${JSON.stringify(version())}`,
    // msgpackr would look for native code in node_modules folders around the one it is started in.
    '--define=process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED="true"',
    // By default the executable would read .env and bunfig.toml of the folder it is started in,
    // which for a backup run as root is anybody's folder.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    MAIN,
    ...workers(),
  ];
}

function version(): string {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Files that run in a thread of their own: no import leads to them, so each is named. */
function workers(): string[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".worker.ts"))
    .map((path) => join("src", path))
    .sort();
}
