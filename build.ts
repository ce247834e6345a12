/**
 * Makes dist/tardis, one executable without dependencies.
 *
 *     tsx build.ts [--target linux-x64|linux-arm64|…] [--outfile FILE] [--wasm-only]
 *
 * Two steps: librsync's C source becomes native/build/librsync.wasm (native/librsync-wasm.ts),
 * then Bun bundles src/ with it (native/executable.ts). Runs under Node; needs only what
 * `npm ci` installs, and once a way to get librsync's source (native/librsync-source.ts).
 * Unit tests need the first step only: --wasm-only.
 */
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { TARGETS, buildExecutable } from "./native/executable.ts";
import { ROOT } from "./native/files.ts";
import { buildLibrsync } from "./native/librsync-wasm.ts";

const USAGE_ERROR = 2;

main().catch((error: unknown) => {
  process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode ||= 1;
});

async function main(): Promise<void> {
  const { target, outfile, wasmOnly } = options();
  await buildLibrsync();
  if (wasmOnly) return;
  await buildExecutable(outfile, target);
  process.stderr.write(`built ${relative(process.cwd(), outfile)}\n`);
}

type Options = {
  /** One of TARGETS; undefined for the machine this runs on. */
  readonly target: string | undefined;
  readonly outfile: string;
  readonly wasmOnly: boolean;
};

function options(): Options {
  process.exitCode = USAGE_ERROR; // until the arguments have proved to be right
  const { values } = parseArgs({
    options: {
      target: { type: "string" },
      outfile: { type: "string" },
      "wasm-only": { type: "boolean", default: false },
    },
  });
  if (values.target !== undefined && !Object.hasOwn(TARGETS, values.target))
    throw new Error(`no target ${values.target}; there are ${Object.keys(TARGETS).join(", ")}`);
  process.exitCode = undefined;
  const name = values.target === undefined ? "tardis" : `tardis-${values.target}`;
  return {
    target: values.target,
    outfile: values.outfile ?? join(ROOT, "dist", name),
    wasmOnly: values["wasm-only"],
  };
}
