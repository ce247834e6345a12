/** Tests that need root, and what root needs to try something as somebody else. */
import { test } from "bun:test";
import { fileURLToPath } from "node:url";

/** A test that only root can run: of owners, devices and the like. */
export const testAsRoot = test.skipIf(process.getuid?.() !== 0);

/** Puts what follows it in a command into the hands of a user without any rights. */
export const AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/** A test that root runs where this checkout can be read by everybody. */
export const testAsNobody = test.skipIf(
  process.getuid?.() !== 0 || Bun.which("setpriv") === null || !canNobodyRead(import.meta.path),
);

/** What a script, run by a user without any rights, writes as JSON. */
export function runAsNobody(script: URL, ...args: readonly string[]): unknown {
  const path = fileURLToPath(script);
  const { stdout, stderr } = Bun.spawnSync([...AS_NOBODY, process.execPath, path, ...args], {
    env: {},
  });
  const answer = stdout.toString();
  if (answer === "") throw new Error(stderr.toString());
  return JSON.parse(answer);
}

function canNobodyRead(path: string): boolean {
  const readable = ["test", "-r", path, "-a", "-x", process.execPath];
  return Bun.spawnSync([...AS_NOBODY, ...readable]).exitCode === 0;
}
