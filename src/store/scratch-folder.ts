/** A folder outside of any repository, for a catalog that must be mended before it is read. */
import { constants, copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { writingTo } from "./files.ts";

export class ScratchFolder implements Disposable {
  readonly path: string;

  /** Throws StorageFailed. */
  constructor() {
    this.path = writingTo(tmpdir(), () => mkdtempSync(join(tmpdir(), "tardis-")));
  }

  join(name: string): string {
    return join(this.path, name);
  }

  /** Copies those of `paths` that exist, and returns the new path of the first. */
  copy(paths: readonly [string, ...string[]]): string {
    for (const path of paths) {
      if (!existsSync(path)) continue;
      const copy = this.join(basename(path));
      writingTo(copy, () => copyFileSync(path, copy, constants.COPYFILE_FICLONE));
    }
    return this.join(basename(paths[0]));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
