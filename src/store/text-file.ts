/** Small files of text that matter: keys, and what was seen. Read whole, replaced durably. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { StorageUnreadable } from "../core/errors.ts";
import { errorCodeOf, replaceFile, writingTo } from "./files.ts";

/** In it lies what not everybody may read. */
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** Cut by the umask. */
const SHARED_FILE = 0o666;

export class TextFile {
  readonly path: string;
  readonly #mode: number;

  /** "shared": for whoever may read its folder; else for its owner alone. */
  constructor(path: string, readers: "owner" | "shared" = "owner") {
    this.path = path;
    this.#mode = readers === "shared" ? SHARED_FILE : PRIVATE_FILE;
  }

  /** undefined: there is none. Throws StorageUnreadable. */
  read(): string | undefined {
    try {
      return readFileSync(this.path, "utf8");
    } catch (cause) {
      if (["ENOENT", "ENOTDIR"].includes(errorCodeOf(cause) ?? "")) return undefined;
      throw new StorageUnreadable(this.path, cause);
    }
  }

  /** Makes the folder it is to lie in. After a crash it is the old file or the new one. */
  write(text: string): void {
    const folder = dirname(this.path);
    writingTo(folder, () => mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER }));
    replaceFile(this.path, text, this.#mode);
  }
}
