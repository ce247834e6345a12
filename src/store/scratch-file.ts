/**
 * A file that nobody else sees, for a content that is too large for memory while it is regenerated.
 * Synchronous, because the workers that need it are. Gone when it is disposed.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { StorageFailed } from "../core/errors.ts";

export class ScratchFile implements Disposable {
  readonly #path: string;
  #descriptor: number | undefined;
  #sizeBytes = 0;

  /** Throws StorageFailed when `folder` cannot be written. */
  constructor(folder: string) {
    const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
    this.#path = join(folder, `tardis-scratch-${random}`);
    try {
      this.#descriptor = openSync(this.#path, "wx+", 0o600);
      // Without its name at once, so that a killed process leaves nothing behind.
      unlinkSync(this.#path);
    } catch (cause) {
      throw new StorageFailed(this.#path, cause);
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(bytes: Uint8Array): void {
    try {
      for (let written = 0; written < bytes.length;) {
        const rest = bytes.length - written;
        written += writeSync(this.#open(), bytes, written, rest, this.#sizeBytes + written);
      }
    } catch (cause) {
      throw new StorageFailed(this.#path, cause);
    }
    this.#sizeBytes += bytes.length;
  }

  /** Fills `target`. Throws RangeError past the end. */
  readInto(position: number, target: Uint8Array): void {
    const { length } = target;
    if (position + length > this.#sizeBytes) {
      throw new RangeError(`${position}+${length} is past the end, ${this.#sizeBytes}`);
    }
    for (let filled = 0; filled < length;) {
      const count = readSync(this.#open(), target, filled, length - filled, position + filled);
      if (count === 0) throw new StorageFailed(this.#path, new Error("it was cut off"));
      filled += count;
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): number {
    if (this.#descriptor === undefined) throw new RangeError("the scratch file is closed");
    return this.#descriptor;
  }
}
