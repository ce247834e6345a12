/** A folder that is gone when the test that made it ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `using folder = new TempDir()`: a new, empty folder, removed with all it holds at the end. */
export class TempDir implements Disposable {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), "tardis-test-"));
  }

  /** The path of `names` below the folder. */
  join(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
