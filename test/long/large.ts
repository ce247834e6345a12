/**
 * `npm run test:large -- [GIB] [FILES]`: one file of so many GiB (6), beyond what 32 bits count,
 * and a directory of so many files (200,000). Saved, changed a little, saved again, both restored.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { noise, prose } from "../support/make-tree.ts";
import { Workspace } from "../support/run-tardis.ts";

const MIB = 1024 * 1024;
const [gib = "6", files = "200000"] = process.argv.slice(2);

using space = new Workspace();
const large = join(space.source, "large");
const many = join(space.source, "many");
step("made", makeSource);
const first = step("looked at", () => stateOf(space.source));
step("saved", () => tell(space.backup(["--name", "first"]).counts));
step("changed", changeSource);
const second = step("looked at", () => stateOf(space.source));
step("saved again", () => tell(space.backup(["--name", "second"]).counts));
for (const [name, state] of Object.entries({ first, second })) {
  const restored = step(`restored ${name}`, () => space.regen(["--backup", name]));
  const found = step("compared", () => differences(state, stateOf(restored)));
  if (found.length > 0) throw new Error(found.join("\n"));
}
process.stdout.write("both are the same to the last bit\n");

/** Half of the file is text, half noise, and a hole is in the middle. */
function makeSource(): void {
  const pieces = [prose(MIB, 1), noise(MIB, 2)];
  const file = openSync(large, "w");
  const end = Number(gib) * 1024 * MIB;
  for (let position = 0; position < end; position += MIB) {
    const piece = pieces[(position / MIB) % 2] ?? Buffer.alloc(0);
    piece.writeBigUInt64LE(BigInt(position), 0); // no two are the same
    if (position !== end / 2) writeSync(file, piece, 0, MIB, position);
  }
  closeSync(file);
  mkdirSync(many);
  for (let index = 0; index < Number(files); index += 1)
    writeFileSync(join(many, `file ${index}`), `the text of file ${index}`);
}

function changeSource(): void {
  const file = openSync(large, "r+");
  for (let place = 1; place < 20; place += 1) {
    const bytes = noise(1000, place);
    writeSync(file, bytes, 0, bytes.length, Math.floor((Number(gib) * 1024 * MIB * place) / 20));
  }
  closeSync(file);
  writeFileSync(join(many, "file 17"), "another text");
}

function tell({ bytesRead, bytesStored }: { bytesRead: number; bytesStored: number }): void {
  const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
  process.stdout.write(`  ${mib(bytesRead)} read, ${mib(bytesStored)} stored\n`);
}

function step<T>(what: string, work: () => T): T {
  const startedMs = performance.now();
  const result = work();
  process.stdout.write(`${what} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  return result;
}
