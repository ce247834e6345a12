/** File systems of a test's own, for root: small ones in memory, and read-only views. */
import { mkdirSync } from "node:fs";

/** Taken away when disposed. */
export class Mount implements Disposable {
  readonly path: string;

  constructor(path: string, args: readonly string[]) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    run(["mount", ...args, path]);
  }

  remount(options: string): void {
    run(["mount", "-o", `remount,${options}`, this.path]);
  }

  [Symbol.dispose](): void {
    run(["umount", "--lazy", this.path]);
  }
}

/** Holds nothing but what is in it, and so much: `options` as of mount -t tmpfs. */
export function mountTemporary(path: string, options = "size=64m"): Mount {
  return new Mount(path, ["-t", "tmpfs", "-o", options, "tmpfs"]);
}

/** `source` once more, where nothing can be written. */
export function mountReadOnly(source: string, path: string): Mount {
  return new Mount(path, ["--read-only", "--bind", source]);
}

function run(command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}
