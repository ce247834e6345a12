/** File systems of a test's own, for root: in memory, on exFAT, and read-only views of others. */
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";

const EXFAT_BYTES = 64 * 1024 * 1024;

/** Whether exFAT can be made and mounted here, by the kernel or by FUSE. */
export const canMountExFat =
  process.getuid?.() === 0 &&
  Bun.which("mkfs.exfat") !== null &&
  (isKnownToKernel("exfat") || Bun.which("mount.exfat-fuse") !== null);

/** Taken away when disposed. */
export class Mount implements Disposable {
  readonly path: string;

  /** `command` and the folder mount it. */
  constructor(path: string, command: readonly string[]) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    run([...command, path]);
  }

  remount(options: string): void {
    run(["mount", "-o", `remount,${options}`, this.path]);
  }

  [Symbol.dispose](): void {
    run(["umount", this.path]);
  }
}

/** Holds nothing but what is in it, and so much: `options` as of mount -t tmpfs. */
export function mountTemporary(path: string, options = "size=64m"): Mount {
  return new Mount(path, ["mount", "-t", "tmpfs", "-o", options, "tmpfs"]);
}

/** `source` once more, where nothing can be written. */
export function mountReadOnly(source: string, path: string): Mount {
  return new Mount(path, ["mount", "--read-only", "--bind", source]);
}

/** A disk like those that come formatted from a shop: no links, no owners, no permissions. */
export class ExFatDisk implements Disposable {
  readonly #device: string;

  /** `image`: a file that is made, and stays. */
  constructor(image: string) {
    writeFileSync(image, "");
    truncateSync(image, EXFAT_BYTES);
    run(["mkfs.exfat", image]);
    this.#device = run(["losetup", "--find", "--show", image]).trim();
  }

  mount(path: string, access: "rw" | "ro"): Mount {
    const command = isKnownToKernel("exfat") ? ["mount", "-t", "exfat"] : ["mount.exfat-fuse"];
    return new Mount(path, [...command, "-o", access, this.#device]);
  }

  [Symbol.dispose](): void {
    run(["losetup", "--detach", this.#device]);
  }
}

function isKnownToKernel(type: string): boolean {
  return readFileSync("/proc/filesystems", "latin1").includes(`\t${type}\n`);
}

/** What it prints. */
function run(command: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command]);
  if (exitCode === 0) return stdout.toString();
  throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}
