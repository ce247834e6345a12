/**
 * Golden files freeze a format: what a release has written must be read, and written, for ever.
 * `TARDIS_WRITE_GOLDEN=1 bun test` creates missing files; it never overwrites one.
 */
import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FILES = join(import.meta.dir, "..", "golden", "files");

/** Expects `actual` to be the bytes of test/golden/files/`name`. */
export function expectGolden(name: string, actual: Uint8Array): void {
  const path = join(FILES, name);
  if (!existsSync(path)) {
    if (process.env["TARDIS_WRITE_GOLDEN"] !== "1")
      throw new Error(`no golden file ${name}; TARDIS_WRITE_GOLDEN=1 makes it`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  expect(hex(actual)).toBe(hex(readFileSync(path)));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
