/** Small files of text that matter: keys, and what was seen. Read whole, replaced durably. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { StorageUnreadable } from "../core/errors.ts";
import { errorCodeOf, replaceFile, writingTo } from "./files.ts";

/** In it lies what not everybody may read. */
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

export class TextFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
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
    replaceFile(this.path, text, PRIVATE_FILE);
  }
}
