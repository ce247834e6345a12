/** Where build.ts keeps things, and how it writes them: whole or not at all. */
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The clone. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What can be fetched or made again; survives `npm ci`, which empties node_modules. */
export const CACHE = join(ROOT, ".cache");

export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** Lets `produce` write a file under a temporary name beside `path`, then puts it in place. */
export async function replaceFile(
  path: string,
  produce: (temporaryPath: string) => void | Promise<void>,
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const temporaryPath = `${path}.${process.pid}.tmp`;
  try {
    await produce(temporaryPath);
    renameSync(temporaryPath, path);
  } finally {
    rmSync(temporaryPath, { force: true });
  }
}

export async function replaceFileWith(path: string, content: Uint8Array): Promise<void> {
  await replaceFile(path, (temporaryPath) => writeFileSync(temporaryPath, content));
}
