/** Issue 2: a repository on a read-only medium, on exFAT, moved, copied. */
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TreeState, differences, stateOf } from "../support/compare-tree.ts";
import { makeNames, noise } from "../support/make-tree.ts";
import { ExFatDisk, canMountExFat, mountReadOnly } from "../support/mount.ts";
import {
  type Running,
  Workspace,
  isBinaryGiven,
  testBinary,
  testBinaryAsNobody,
  testBinaryAsRoot,
} from "../support/run-tardis.ts";

const MIB = 1024 * 1024;

describe("a repository on a read-only medium", () => {
  testBinaryAsRoot("is listed and restored from, and a backup into it says what is wrong", () => {
    using space = filled();
    space.backup();
    const before = stateOf(space.source);
    const { base } = space;
    const untouched = stateOf(base);
    using mount = mountReadOnly(base, space.join("medium"));
    space.base = mount.path;
    expect(space.list()).toHaveLength(1);
    expect(differences(before, stateOf(space.regen()))).toEqual([]);
    const { exitCode, stderr } = space.run(["backup", "-R", mount.path, space.source]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tardis: .+ cannot be written: .*read-only file system.*\n.+\n$/im);
    expect(differences(untouched, stateOf(base))).toEqual([]);
  });

  testBinaryAsRoot("also where a backup died there and left its log", async () => {
    using space = filled();
    space.backup(["-n", "first"]);
    const before = stateOf(space.source);
    writeFileSync(join(space.source, "new"), "new");
    await killWhileWriting(space);
    expect(existsSync(join(space.repository, "tardis.db-wal"))).toBe(true);
    using mount = mountReadOnly(space.base, space.join("medium"));
    space.base = mount.path;
    expect(space.list()[0]).toMatchObject({ name: "first", state: "complete" });
    expect(differences(before, stateOf(space.regen(["-b", "first"])))).toEqual([]);
  });

  testBinaryAsNobody("or that the user may only read", () => {
    using space = filled();
    mkdirSync(space.repository, { recursive: true });
    space.backup();
    const before = stateOf(space.source);
    const options = { as: "nobody" } as const;
    expect(space.list(options)).toHaveLength(1);
    const except = { except: ["owner"] };
    const restored = space.regen(["--owners", "none"], options);
    expect(differences(before, stateOf(restored), except)).toEqual([]);
    const command = ["backup", "-R", space.base, space.source];
    const { exitCode, stderr } = space.run(command, options);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tardis: .+ cannot be written: .*permission denied/im);
  });
});

describe("a repository on exFAT", () => {
  test.skipIf(!isBinaryGiven || !canMountExFat)(
    "takes backups, is listed and restored from, also read-only",
    () => {
      using space = filled();
      using disk = new ExFatDisk(space.join("image"));
      const states: TreeState[] = [];
      {
        using mount = disk.mount(space.join("stick"), "rw");
        space.base = mount.path;
        for (const name of ["first", "second"]) {
          writeFileSync(join(space.source, "changing"), name);
          states.push(stateOf(space.source));
          space.backup(["-n", name]);
        }
        expect(space.backup(["-n", "third"]).counts.bytesStored).toBe(0);
      }
      for (const access of ["rw", "ro"] as const) {
        using _mount = disk.mount(space.join("stick"), access);
        expect(space.list()).toHaveLength(3);
        for (const [index, state] of states.entries()) {
          const restored = space.regen(["-b", String(index + 1)]);
          expect(differences(state, stateOf(restored))).toEqual([]);
        }
      }
    },
  );
});

describe("a repository that was", () => {
  testBinary("moved, renamed or copied is used as before, for reading and for writing", () => {
    using space = filled();
    space.backup();
    renameSync(space.repository, space.join("moved"));
    space.base = space.join("moved");
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
    expect(space.backup().counts).toMatchObject({ bytesStored: 0 });
    cpSync(space.base, space.join("copied"), { recursive: true });
    rmSync(space.base, { recursive: true });
    space.base = space.join("copied");
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
    expect(space.backup().counts).toMatchObject({ bytesStored: 0 });
    expect(space.list()).toHaveLength(3);
  });

  testBinary("copied to where its folders have other rights is still read", () => {
    using space = filled();
    space.backup();
    chmodSync(space.repository, 0o755);
    rmSync(join(space.repository, "tmp"), { recursive: true });
    rmSync(join(space.repository, "README.txt"));
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
    expect(space.backup().set.state).toBe("complete");
  });
});

function filled(): Workspace {
  const space = new Workspace();
  mkdirSync(join(space.source, "names"));
  makeNames(join(space.source, "names"));
  for (const size of [0, 1, 100_000, 2 * MIB, 9 * MIB])
    writeFileSync(join(space.source, `${size}`), noise(size, size));
  return space;
}

/** With the set and perhaps more in SQLite's log, and the lock left behind. */
async function killWhileWriting(space: Workspace): Promise<void> {
  const running: Running = space.start(["backup", "-R", space.base, space.source]);
  while (!existsSync(join(space.repository, "tardis.db-wal"))) {
    if (running.exitCode !== null) throw new Error("it has ended before it could be killed");
    await new Promise((resolve) => setImmediate(resolve));
  }
  running.kill("SIGKILL");
  await running.exited;
}
