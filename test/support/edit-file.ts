/** Changes to files that are there, as programs make them. */
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";

/** What follows moves on. */
export function insertInto(file: string, position: number, inserted: string | Buffer): void {
  const before = readFileSync(file);
  const bytes = typeof inserted === "string" ? Buffer.from(inserted) : inserted;
  const parts = [before.subarray(0, position), bytes, before.subarray(position)];
  writeFileSync(file, Buffer.concat(parts));
}

export function overwriteIn(file: string, position: number, bytes: Buffer): void {
  const open = openSync(file, "r+");
  writeSync(open, bytes, 0, bytes.length, position);
  closeSync(open);
}

export function flipByte(file: string, position: number): void {
  const open = openSync(file, "r+");
  const byte = Buffer.alloc(1);
  readSync(open, byte, 0, 1, position);
  writeSync(open, Buffer.of((byte[0] ?? 0) ^ 0xff), 0, 1, position);
  closeSync(open);
}
