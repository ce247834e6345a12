/** The outside world as it is: files, terminal, standard output. */
import {
  accessSync,
  appendFileSync,
  constants,
  lstatSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { posix } from "node:path";
import { type FilePath, byteString, bytesOf, displayPath } from "../core/byte-string.ts";
import { StorageUnreadable } from "../core/errors.ts";
import type { Host, Pager, PathKind } from "./host.ts";
import { askSecret } from "./terminal.ts";

/** How long a page may take. */
const FETCH_MS = 30_000;

/** Programs that give passwords, and pages that have them. */
export const LOCAL_SECRETS: Pick<Host, "askSecret" | "run" | "fetchText"> = {
  askSecret,
  async run(command) {
    const child = Bun.spawn(["/bin/sh", "-c", command], {
      stdin: "inherit",
      stdout: "pipe",
      stderr: "inherit",
    });
    const output = await new Response(child.stdout).text();
    return { output, exitCode: await child.exited };
  },
  async fetchText(url) {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return response.text();
  },
};

type FileParts = Pick<
  Host,
  "readFile" | "appendLine" | "kindOf" | "exists" | "realPath" | "isWritableFolder"
>;

export const LOCAL_FILES: FileParts = {
  readFile: (path) => ifPresent(path, () => new Uint8Array(readFileSync(path))),
  appendLine: (path, line) => appendFileSync(path, `${line}\n`),
  kindOf: (path) =>
    ifPresent(displayPath(path), (): PathKind =>
      statSync(buffer(path)).isDirectory() ? "directory" : "other",
    ),
  exists: (path) => ifPresent(displayPath(path), () => lstatSync(buffer(path))) !== undefined,
  realPath: (path) =>
    ifPresent(displayPath(path), () => pathOf(realpathSync.native(buffer(path), "buffer"))),
  isWritableFolder,
};

/** TARDIS_PAGER, else PAGER, else less; undefined where that is empty, cat, or not there. */
export function openPager(env: Readonly<Record<string, string | undefined>>): Pager | undefined {
  const command = env["TARDIS_PAGER"] ?? env["PAGER"] ?? "less";
  const [program = ""] = command.trim().split(/\s+/);
  const isNone = command.trim() === "cat" || program === "" || Bun.which(program) === null;
  if (isNone) return undefined;
  const child = Bun.spawn(["sh", "-c", command], {
    stdin: "pipe",
    stdout: "inherit",
    stderr: "inherit",
    // As git sets it: stay only if it is more than a screen, and show colours.
    env: { LESS: "FRX", ...env },
  });
  let hasEnded = false;
  void child.exited.then(() => (hasEnded = true));
  return {
    write: async (piece) => {
      if (hasEnded) return "closed";
      try {
        await child.stdin.write(piece);
        await child.stdin.flush();
        return "open";
      } catch (error) {
        if (codeOf(error) === "EPIPE") return "closed"; // Who has seen enough is no failure.
        throw error;
      }
    },
    close: async () => {
      try {
        if (!hasEnded) await child.stdin.end();
      } catch (error) {
        if (codeOf(error) !== "EPIPE") throw error;
      }
      await child.exited;
    },
  };
}

/** Every argument's bytes, each ended by NUL; made from `argv` where the system does not tell. */
export function processArguments(argv: readonly string[]): Uint8Array {
  const told = LOCAL_FILES.readFile("/proc/self/cmdline");
  return told ?? new TextEncoder().encode(argv.map((argument) => `${argument}\0`).join(""));
}

/** Of what cannot be: nothing there, a symlink to itself, a name that no entry can have. */
const NOT_THERE = ["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"];

/** undefined where there is no such entry. Throws StorageUnreadable where that cannot be told. */
function ifPresent<T>(path: string, look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (NOT_THERE.includes(codeOf(error))) return undefined;
    throw new StorageUnreadable(path, error);
  }
}

function isWritableFolder(path: string): boolean {
  for (let folder = path; ; folder = posix.dirname(folder)) {
    try {
      accessSync(folder, constants.W_OK | constants.X_OK);
      return statSync(folder).isDirectory();
    } catch (error) {
      // One that is not there can be made where the folder above it can be written.
      if (codeOf(error) !== "ENOENT" || folder === "/") return false;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function buffer(path: FilePath): Buffer {
  return path === "" ? Buffer.from("/") : Buffer.from(bytesOf(path));
}

function pathOf(bytes: Buffer): FilePath {
  const path = byteString(bytes);
  return (path === "/" ? "" : path) as FilePath;
}
