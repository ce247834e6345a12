/** `tardis admin encrypt`: all sets of a repository that was not, whatever interrupts it. */
import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/core/errors.ts";
import { ChangingTree } from "../support/changing-tree.ts";
import { type TreeState, differences, stateOf } from "../support/compare-tree.ts";
import { Mount, mountTemporary } from "../support/mount.ts";
import { Workspace, isBinaryGiven } from "../support/run-tardis.ts";

const ENV = { TARDIS_PASSWORD: "a password" };
const isRoot = process.getuid?.() === 0;
const SETS = ["first", "second", "third"];

describe.skipIf(!isBinaryGiven)("a repository that becomes encrypted", () => {
  test("holds the same sets, and nothing of it shows", () => {
    using space = new Workspace();
    const states = fill(space);
    const encrypt = ["admin", "encrypt", "-R", space.base];
    expect(space.expectExit(encrypt, { env: ENV }).stdout).toContain("3 backup sets");
    expectSets(space, states);
    const names = readdirSync(space.base);
    expect(names).toEqual(["machine"]);
    for (const path of readdirSync(space.repository, { recursive: true }).map(String)) {
      if (path === "README.txt" || !path.includes(".")) continue;
      const bytes = readFileSync(join(space.repository, path), "latin1");
      for (const marker of ["PLANTED", "a text of some length", space.source, "--name"]) {
        expect({ path, marker, isFound: bytes.includes(marker) }).toMatchObject({ isFound: false });
      }
    }
    expect(space.run(encrypt, { env: ENV }).stderr).toContain("encrypted already");

    // The next backup finds everything as it was, and the journal has it all.
    const { counts } = space.backup(["--name", "fourth"], { env: ENV });
    expect(counts.bytesRead).toBe(0);
    for (const name of ["tardis.db", "tardis.db.sum"]) rmSync(join(space.repository, name));
    expectSets(space, new Map([...states, ["fourth", states.get("third") ?? new Map()]]));
  });

  test("is the old one or the new one, whenever it is interrupted, and goes on", async () => {
    using space = new Workspace();
    const states = fill(space);
    const args = ["admin", "encrypt", "-R", space.base];
    let kills = 0;
    // On a busy machine it takes many times as long.
    for (let waitMs = 300; ; waitMs *= 1.15) {
      const run = space.start(args, { env: ENV });
      await Bun.sleep(waitMs);
      run.kill("SIGKILL");
      await run.exited;
      const isEncrypted = existsSync(join(space.repository, "tardis.keys"));
      const env = isEncrypted ? ENV : {};
      expectSets(space, new Map([...states].slice(-1)), env);
      if (isEncrypted) break;
      kills += 1;
      if (kills > 40) throw new Error("it never comes to an end");
    }
    expect(kills).toBeGreaterThan(2);
    // What is left of the old one goes with the next run, which has nothing else to do.
    space.run(args, { env: ENV });
    expect(readdirSync(space.base)).toEqual(["machine"]);
    expectSets(space, states);
    space.backup([], { env: ENV });
  });

  test("begins anew after a backup, and finishes what a crash left at the very end", () => {
    using space = new Workspace();
    const states = fill(space);
    const args = ["admin", "encrypt", "-R", space.base];
    cpSync(space.repository, space.join("plain"), { recursive: true });
    space.expectExit(args, { env: ENV });
    cpSync(space.repository, space.join("encrypted"), { recursive: true });

    // A backup was made while it was interrupted: what was converted is not all any more.
    rmSync(space.base, { recursive: true });
    cpSync(space.join("plain"), space.repository, { recursive: true });
    cpSync(space.join("encrypted"), `${space.repository}.encrypting`, { recursive: true });
    appendFileSync(join(space.source, "PLANTED"), "more");
    space.backup(["--name", "fourth"]);
    states.set("fourth", stateOf(space.source));
    space.expectExit(args, { env: ENV });
    expectSets(space, states);

    // Between the two renames.
    rmSync(space.base, { recursive: true });
    cpSync(space.join("encrypted"), `${space.repository}.encrypting`, { recursive: true });
    cpSync(space.join("plain"), `${space.repository}.unencrypted`, { recursive: true });
    space.expectExit(args, { env: ENV });
    expect(readdirSync(space.base)).toEqual(["machine"]);
    states.delete("fourth");
    expectSets(space, states);
  });

  test("begins anew where a crash left its catalog empty or cut off", () => {
    using space = new Workspace();
    const states = fill(space);
    cpSync(space.repository, space.join("plain"), { recursive: true });
    const args = ["admin", "encrypt", "-R", space.base];
    space.expectExit(args, { env: ENV });
    cpSync(space.repository, space.join("encrypted"), { recursive: true });
    for (const sizeBytes of [0, 1000, 8192]) {
      rmSync(space.base, { recursive: true });
      cpSync(space.join("plain"), space.repository, { recursive: true });
      cpSync(space.join("encrypted"), `${space.repository}.encrypting`, { recursive: true });
      truncateSync(join(`${space.repository}.encrypting`, "tardis.db"), sizeBytes);
      space.expectExit(args, { env: ENV });
      expect(readdirSync(space.base)).toEqual(["machine"]);
      expectSets(space, states);
    }
  });

  test("is found where a symlink leads to, and nothing of it stays there", () => {
    using space = new Workspace();
    writeFileSync(join(space.source, "file"), "a text");
    space.backup();
    const elsewhere = space.join("elsewhere");
    renameSync(space.repository, elsewhere);
    symlinkSync(elsewhere, space.repository);
    const encrypt = ["admin", "encrypt", "-R", space.base];
    space.expectExit(encrypt, { env: ENV });
    expect(existsSync(join(elsewhere, "tardis.keys"))).toBe(true);
    expect(readdirSync(space.base)).toEqual(["machine"]);
    expectSets(space, new Map([["Current", stateOf(space.source)]]));

    // Between the two renames the symlink leads nowhere.
    renameSync(elsewhere, `${elsewhere}.encrypting`);
    mkdirSync(`${elsewhere}.unencrypted`);
    expect(space.expectExit(encrypt, { env: ENV }).stdout).toContain("is encrypted");
    expect(existsSync(`${elsewhere}.unencrypted`)).toBe(false);
    expectSets(space, new Map([["Current", stateOf(space.source)]]));
  });

  test.skipIf(!isRoot)("is refused before any work where a file system is mounted", () => {
    for (const kind of ["of its own", "once more"] as const) {
      using space = new Workspace();
      using _mount = mountAt(space, kind);
      writeFileSync(join(space.source, "file"), "a text");
      space.backup();
      const { exitCode, stderr } = space.run(["admin", "encrypt", "-R", space.base], { env: ENV });
      expect(exitCode).toBe(EXIT.failed);
      expect(stderr).toContain("is where something is mounted");
      expect(stderr).toContain("Nothing was done");
      expect(readdirSync(space.base)).toEqual(["machine"]);
      space.backup();
    }
  });
});

/** The place of the repository: a file system in memory, or a folder that is mounted there. */
function mountAt(space: Workspace, kind: "of its own" | "once more"): Mount {
  if (kind === "of its own") return mountTemporary(space.repository);
  const folder = space.join("a folder");
  mkdirSync(folder);
  return new Mount(space.repository, ["mount", "--bind", folder]);
}

/** Three sets with deltas, a large file, links, and an interrupted one's leftovers. */
function fill(space: Workspace): Map<string, TreeState> {
  const tree = new ChangingTree(space.source, 5, 25);
  const path = (name: string): string => join(space.source, name);
  const bytes = new Uint8Array(9 * 1024 * 1024);
  for (let start = 0; start < bytes.length; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65_536));
  }
  writeFileSync(path("large"), bytes);
  writeFileSync(path("PLANTED"), "a text of some length\n".repeat(1000));
  linkSync(path("PLANTED"), path("linked"));
  const states = new Map<string, TreeState>();
  for (const name of SETS) {
    space.backup(["--name", name, "--send-config"]);
    states.set(name, stateOf(space.source));
    if (name === SETS.at(-1)) break;
    tree.change(15);
    appendFileSync(path("PLANTED"), `a line for ${name}\n`);
    bytes[5_000_000] = (bytes[5_000_000] ?? 0) ^ 1;
    writeFileSync(path("large"), bytes);
  }
  return states;
}

function expectSets(
  space: Workspace,
  states: ReadonlyMap<string, TreeState>,
  env: Readonly<Record<string, string>> = ENV,
): void {
  for (const [name, state] of states) {
    const restored = space.regen(["--backup", name], { env });
    expect({ name, found: differences(state, stateOf(restored)) }).toEqual({ name, found: [] });
    rmSync(restored, { recursive: true });
  }
}
