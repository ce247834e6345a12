/** Issue 2, "Deltas": what a later run stores of files too large to be held in memory. */
import { describe, expect } from "bun:test";
import { appendFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { flipByte, insertInto, overwriteIn } from "../support/edit-file.ts";
import { noise } from "../support/make-tree.ts";
import { Workspace, testBinary } from "../support/run-tardis.ts";
import { setModified } from "../support/system-calls.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

describe("of a large file", () => {
  testBinary("what changed in place is stored, round after round", () => {
    using space = new Workspace();
    const file = join(space.source, "database");
    writeFileSync(file, noise(20 * MIB, 1));
    space.backup();
    for (let round = 1; round <= 4; round += 1) {
      for (let page = 0; page < 100; page += 1) {
        overwriteIn(file, page * 200 * KIB + round * 5000, noise(40, round * 100 + page));
      }
      appendFileSync(file, noise(10 * KIB, round));
      const { counts } = space.backup();
      expect(counts).toMatchObject({ storedFull: 0, storedDelta: 1 });
      expect(counts.bytesStored).toBeLessThan(32 * KIB);
      expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
    }
  });

  testBinary("what moved is found where it was", () => {
    using space = new Workspace();
    const file = join(space.source, "archive");
    writeFileSync(file, noise(20 * MIB, 1));
    space.backup();
    insertInto(file, 0, noise(MIB, 2));
    const { counts } = space.backup();
    expect(counts).toMatchObject({ storedFull: 0, storedDelta: 1 });
    expect(counts.bytesStored).toBeLessThan(1.1 * MIB);
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });

  testBinary("nothing is stored where only its times changed, or it is what it was once", () => {
    using space = new Workspace();
    const file = join(space.source, "database");
    writeFileSync(file, noise(20 * MIB, 1));
    space.backup();
    setModified(file, 1_000_000_000n);
    expect(space.backup().counts).toMatchObject({ storedFull: 0, storedDelta: 0, bytesStored: 0 });
    overwriteIn(file, 5 * MIB, noise(100, 2));
    expect(space.backup().counts).toMatchObject({ storedFull: 0, storedDelta: 1 });
    writeFileSync(file, noise(20 * MIB, 1));
    expect(space.backup().counts).toMatchObject({ storedFull: 0, storedDelta: 0, bytesStored: 0 });
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });

  testBinary("all is stored where its last version is damaged, which is told", () => {
    using space = new Workspace();
    const file = join(space.source, "database");
    writeFileSync(file, noise(20 * MIB, 1));
    space.backup();
    flipByte(largestPack(space.repository), 10 * MIB);
    overwriteIn(file, 5 * MIB, noise(100, 2));
    const backup = ["backup", "--local", "-R", space.base, "--json", space.source];
    const { stdout, stderr } = space.expectExit(backup, { exitCode: 13 });
    expect(stderr).toContain("does not give back its checksum");
    expect(JSON.parse(stdout)).toMatchObject({ damaged: 1, exitCode: 13 });
    expect(space.backup()).toMatchObject({ damaged: 0, exitCode: 0 });
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });
});

function largestPack(repository: string): string {
  const packs = readdirSync(join(repository, "packs"), { recursive: true, encoding: "utf8" })
    .map((name) => join(repository, "packs", name))
    .filter((path) => statSync(path).isFile());
  const [largest] = packs.toSorted((a, b) => statSync(b).size - statSync(a).size);
  if (largest === undefined) throw new Error("there is no pack");
  return largest;
}
