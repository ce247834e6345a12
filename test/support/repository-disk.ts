/** A repository in a folder of its own, which tests let die, spoil and open again. */
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type LocalRepository, openLocalRepository } from "../../src/engine/local-repository.ts";
import { RepositoryFolder } from "../../src/store/repository-folder.ts";
import { FIRST_RUN_MS } from "./local-repository.ts";
import { TempDir } from "./temp-dir.ts";

export class RepositoryDisk implements Disposable {
  readonly #folder = new TempDir();
  readonly notices: string[] = [];
  stepMs = 1000;
  #nowMs = FIRST_RUN_MS;

  /** Milliseconds since 1970; goes on by `stepMs`. */
  readonly now = (): number => (this.#nowMs += this.stepMs);

  get path(): string {
    return this.#folder.join("repository");
  }

  file(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  /** `encryption`: the id of its keys. */
  open(access: "read" | "write" = "write", encryption?: string): Promise<LocalRepository> {
    const folder =
      access === "write"
        ? RepositoryFolder.create(this.path, "test")
        : RepositoryFolder.open(this.path);
    return openLocalRepository(folder, {
      access,
      command: "test",
      takeover: "refuse",
      copyCount: 2,
      encryption,
      now: this.now,
      notice: (text) => this.notices.push(text),
    });
  }

  /** What a power failure now would leave, without the lock of a process that is gone. */
  crashed(): RepositoryDisk {
    const copy = new RepositoryDisk();
    cpSync(this.path, copy.path, { recursive: true });
    rmSync(copy.file("tardis.lock"), { force: true });
    return copy;
  }

  packs(): string[] {
    return readdirSync(this.file("packs"), { recursive: true })
      .map(String)
      .filter((found) => found.endsWith(".pack"));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
