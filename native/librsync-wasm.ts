/**
 * Compiles librsync and the C files beside this one to native/build/librsync.wasm, with a
 * compiler that is itself an npm package: no compiler on the machine is needed, and every
 * machine gets the same module. The result is cached by the hash of everything it is made from.
 */
import { type Tree, commands, runLLVM } from "@yowasp/clang";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, ROOT, replaceFileWith, sha256 } from "./files.ts";
import { librsyncTarball } from "./librsync-source.ts";
import { filesInTarball } from "./tar.ts";

/** Where src/ imports the module from. */
const WASM = join(ROOT, "native", "build", "librsync.wasm");

const OWN_FILES = ["config.h", "hashtable.c", "shim.c"] as const;
/** What is compiled of librsync/src: all but its program, its file access, its log and its
 * statistics; hashtable.c is replaced by ours. */
const LIBRSYNC_FILES = [
  "blake2/blake2b-ref.c",
  "buf.c",
  "checksum.c",
  "command.c",
  "delta.c",
  "emit.c",
  "hex.c",
  "job.c",
  "mdfour.c",
  "mksum.c",
  "msg.c",
  "netint.c",
  "patch.c",
  "prototab.c",
  "rabinkarp.c",
  "readsums.c",
  "rollsum.c",
  "scoop.c",
  "sumset.c",
  "tube.c",
  "util.c",
] as const;

/** A signature of 16 TiB with its hash table takes about half of it. */
const MEMORY_BYTES_MAX = 1024 * 1024 * 1024;

const COMPILER_ARGUMENTS = [
  "--target=wasm32-wasip1",
  "-mexec-model=reactor",
  "-O3",
  "-flto",
  "-msimd128",
  // Counters that nothing reads; they change a structure, so every file must agree.
  "-DHASHTABLE_NSTATS",
  "-Inative",
  "-Ilibrsync",
  "-Ilibrsync/blake2",
  `-Wl,--max-memory=${MEMORY_BYTES_MAX}`,
  "-Wl,--strip-all",
  "native/hashtable.c",
  "native/shim.c",
  ...LIBRSYNC_FILES.map((name) => `librsync/${name}`),
  "-o",
  "librsync.wasm",
];

/** Puts the module where src/ imports it from, compiling it if it is not in the cache. */
export async function buildLibrsync(): Promise<void> {
  const own = OWN_FILES.map((name) => readFileSync(join(ROOT, "native", name)));
  const compiler = readFileSync(join(ROOT, "node_modules/@yowasp/clang/package.json"));
  const key = sha256(JSON.stringify(COMPILER_ARGUMENTS), compiler, ...own).slice(0, 32);
  const cached = join(CACHE, `librsync-${key}.wasm`);
  if (!existsSync(cached)) await replaceFileWith(cached, await compile());
  const module = readFileSync(cached);
  if (!existsSync(WASM) || !readFileSync(WASM).equals(module)) await replaceFileWith(WASM, module);
}

async function compile(): Promise<Uint8Array> {
  const source = filesInTarball(await librsyncTarball());
  const librsync: Tree = { blake2: {} };
  for (const [path, content] of source) addFile(librsync, path, content);
  const own = OWN_FILES.map((name) => [name, readFileSync(join(ROOT, "native", name))] as const);
  process.stderr.write("compiling librsync to WebAssembly\n");
  const log: string[] = [];
  const stderr = (bytes: Uint8Array | null): void => {
    if (bytes !== null) log.push(Buffer.from(bytes).toString());
  };
  try {
    const files = { native: Object.fromEntries(own), librsync };
    // The compiler reads its own files first, and would print on stdout how that goes on.
    await runLLVM(undefined, {}, { fetchProgress: () => undefined });
    const made = await commands.clang(COMPILER_ARGUMENTS, files, { stderr });
    const module = made?.["librsync.wasm"];
    if (module instanceof Uint8Array) return module;
    throw new Error("the compiler wrote no module");
  } catch (cause) {
    throw new Error(`librsync could not be compiled:\n${log.join("")}`, { cause });
  }
}

/** Adds a file of the tarball if it is one of librsync's C files, under its path below src/. */
function addFile(librsync: Tree, path: string, content: Uint8Array): void {
  const [, folder, name] = /^src\/(blake2\/)?([^/]+\.[ch])$/.exec(path) ?? [];
  if (name === undefined) return;
  const target = folder === undefined ? librsync : librsync["blake2"];
  (target as Tree)[name] = content;
}
