/** Issue 2, "Faults", a disk that fills up: told, nothing lost, and on it goes with room. */
import { describe, expect } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { noise } from "../support/make-tree.ts";
import { type Mount, mountTemporary } from "../support/mount.ts";
import { Workspace, testBinary, testBinaryAsRoot } from "../support/run-tardis.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const NO_SPACE =
  /^tardis: [^\n]+ cannot be written: .*(no space left on device|disk is full).*\n[A-Z].+\n$/im;

describe("a full disk", () => {
  testBinaryAsRoot("ends a first backup with a message; with room it goes on", () => {
    using space = filled(8);
    using disk = mounted(space, "size=4m");
    expectFull(space);
    expect(space.list()).toMatchObject([{ state: "interrupted" }]);
    disk.remount("size=64m");
    const { counts } = space.backup();
    expect(counts.bytesStored).toBeLessThan(8 * MIB);
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });

  testBinaryAsRoot("leaves every set that was complete, whatever it was that did not fit", () => {
    using space = filled(2);
    using disk = mounted(space, "size=64m");
    space.backup(["-n", "first"]);
    const first = stateOf(space.source);
    // From not enough for the catalog's log to almost enough for everything.
    for (const roomKib of [0, 4, 40, 200, 1000, 2000]) {
      for (let file = 0; file < 3; file += 1)
        writeFileSync(join(space.source, `${roomKib} ${file}`), noise(MIB, roomKib + file));
      disk.remount(`size=${Math.ceil(usedBytes(disk) / KIB) + roomKib}k`);
      expectFull(space);
      expect(differences(first, stateOf(space.regen(["-b", "first"])))).toEqual([]);
    }
    disk.remount("size=128m");
    space.backup();
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
    expect(differences(first, stateOf(space.regen(["-b", "first"])))).toEqual([]);
  });

  testBinaryAsRoot("without room for one more file is told and got over in the same way", () => {
    using space = filled(1);
    let inodes = 2;
    for (let hasRoom = false; !hasRoom; inodes += 1) {
      using _disk = mounted(space, `size=64m,nr_inodes=${inodes}`);
      const { exitCode, stderr } = space.run(["backup", "-R", space.base, space.source]);
      hasRoom = exitCode === 0;
      if (hasRoom) continue;
      expect({ inodes, exitCode }).toEqual({ inodes, exitCode: 1 });
      // Of the reason SQLite says nothing but that a file could not be opened.
      expect(stderr).toMatch(/^tardis: [^\n]+ cannot be written: [^\n]+\n[A-Z][^\n]+\n$/m);
    }
    expect(inodes).toBeGreaterThan(8);
  });

  testBinaryAsRoot(
    "ends a restore of what does not fit, which names it and leaves no halves",
    () => {
      using space = filled(8);
      space.backup();
      using disk = mountTemporary(space.join("small"), "size=4m");
      const command = ["regen", "-R", space.base, "-o", disk.path, space.source];
      const { exitCode, stderr } = space.run(command);
      expect([1, 3]).toContain(exitCode);
      expect(stderr).toMatch(/no space left on device/i);
      for (const name of readdirSync(join(disk.path, "source"))) expect(name).toMatch(/^\d$/);
      disk.remount("size=64m");
      space.expectExit(command);
      expect(differences(stateOf(space.source), stateOf(join(disk.path, "source")))).toEqual([]);
    },
  );
});

describe("where no file may be larger than a limit", () => {
  testBinary("whichever write fails, nothing is lost and the next run completes it", () => {
    using space = filled(2);
    space.backup(["-n", "first"]);
    const first = stateOf(space.source);
    for (const limitKib of [0, 1, 8, 40, 130, 300, 900]) {
      writeFileSync(join(space.source, "new"), noise(MIB, limitKib));
      const { exitCode, stderr } = runLimited(space, limitKib);
      expect({ limitKib, exitCode }).toEqual({ limitKib, exitCode: 1 });
      expect(stderr).toMatch(/^tardis: [^\n]+\n[A-Z][^\n]+\n$/m);
      expect(stderr).not.toContain("bug in tardis");
      expect(differences(first, stateOf(space.regen(["-b", "first"])))).toEqual([]);
    }
    space.backup();
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });
});

/** Files of one MiB that do not compress. */
function filled(files: number): Workspace {
  const space = new Workspace();
  for (let file = 0; file < files; file += 1)
    writeFileSync(join(space.source, `${file}`), noise(MIB, file));
  return space;
}

/** The folder of repositories, on a disk of its own. */
function mounted(space: Workspace, options: string): Mount {
  space.base = space.join("disk");
  return mountTemporary(space.base, options);
}

function expectFull(space: Workspace): void {
  const { exitCode, stderr } = space.run(["backup", "-R", space.base, space.source]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
  expect(stderr).toMatch(NO_SPACE);
}

function usedBytes({ path }: Mount): number {
  const { stdout } = Bun.spawnSync(["df", "--output=used", "--block-size=1", path]);
  return Number(stdout.toString().split("\n")[1]);
}

/** With the signal ignored that the system would end it with, writes beyond the limit fail. */
function runLimited(space: Workspace, limitKib: number): { exitCode: number; stderr: string } {
  const script = `trap '' XFSZ; ulimit -f ${limitKib * 2}; exec "$0" "$@"`;
  const program = process.env["TARDIS_BINARY"] ?? "";
  const command = ["sh", "-c", script, program, "backup", "-R", space.base, space.source];
  const { exitCode, stderr } = Bun.spawnSync(command, { env: space.environment() });
  return { exitCode, stderr: stderr.toString() };
}
