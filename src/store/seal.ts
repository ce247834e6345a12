/**
 * The seal of the catalog: a file beside it with its SHA-256, in the form that sha256sum writes and
 * checks (`sha256sum -c tardis.db.sum`). Removed before the catalog is written, made when it is
 * closed: a catalog with a wrong seal was damaged, one without was interrupted. docs/format.md §4.
 *
 *     # 1234567 bytes
 *     <64 hex digits>  tardis.db
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { StorageUnreadable } from "../core/errors.ts";
import { errorCodeOf, replaceFile, syncFolder, writingTo } from "./files.ts";

const READ_BYTES = 1024 * 1024;
const SEAL = /^# (\d{1,15}) bytes\n([0-9a-f]{64}) {2}[^\n]+\n$/;

/** none: it was not closed. broken: it is not what was closed; `detail` says what differs. */
export type SealState =
  { readonly kind: "whole" | "none" } | { readonly kind: "broken"; readonly detail: string };

export class Seal {
  readonly path: string;
  readonly #sealedPath: string;

  constructor(sealedPath: string) {
    this.path = `${sealedPath}.sum`;
    this.#sealedPath = sealedPath;
  }

  /** Of the file as it is now. Durable. */
  write(): void {
    const { sizeBytes, hash } = fingerprintOf(this.#sealedPath);
    replaceFile(this.path, `# ${sizeBytes} bytes\n${hash}  ${basename(this.#sealedPath)}\n`);
  }

  /** Durable: when it returns, no crash brings the seal back. */
  remove(): void {
    writingTo(this.path, () => {
      rmSync(this.path, { force: true });
      syncFolder(dirname(this.path));
    });
  }

  /** Reads all of the sealed file. Throws StorageUnreadable when it cannot. */
  verify(): SealState {
    const text = this.#text();
    if (text === undefined) return { kind: "none" };
    const [, sizeText, hash] = SEAL.exec(text) ?? [];
    if (sizeText === undefined) return { kind: "broken", detail: "its seal cannot be read" };
    const found = sizeOf(this.#sealedPath);
    if (found !== Number(sizeText)) {
      return { kind: "broken", detail: `it has ${found} bytes, not ${sizeText}` };
    }
    if (fingerprintOf(this.#sealedPath).hash === hash) return { kind: "whole" };
    return { kind: "broken", detail: "its checksum is wrong" };
  }

  /**
   * The same, for who only looks and would wait longer for the sum than for the answer: a file of
   * the right size that was not written after its seal is taken for whole, and not read.
   */
  glance(): SealState {
    const [, sizeText] = SEAL.exec(this.#text() ?? "") ?? [];
    const sealed = statSync(this.#sealedPath, { bigint: true, throwIfNoEntry: false });
    const seal = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    const isUntouched =
      sealed !== undefined &&
      seal !== undefined &&
      String(sealed.size) === sizeText &&
      sealed.mtimeNs <= seal.mtimeNs;
    return isUntouched ? { kind: "whole" } : this.verify();
  }

  #text(): string | undefined {
    try {
      return readFileSync(this.path, "latin1");
    } catch (cause) {
      if (errorCodeOf(cause) === "ENOENT") return undefined;
      throw new StorageUnreadable(this.path, cause);
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function fingerprintOf(path: string): { readonly sizeBytes: number; readonly hash: string } {
  try {
    const file = openSync(path, "r");
    try {
      return { sizeBytes: fstatSync(file).size, hash: hashOf(file) };
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new StorageUnreadable(path, cause);
  }
}

function hashOf(file: number): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const buffer = new Uint8Array(READ_BYTES);
  for (;;) {
    const count = readSync(file, buffer);
    if (count === 0) return hasher.digest("hex");
    hasher.update(buffer.subarray(0, count));
  }
}
