/** Issue 4 on an encrypted repository: the same answers, and none without the password. */
import { describe, expect } from "bun:test";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { type Outcome, Workspace, testBinary } from "../support/run-tardis.ts";

const ENV = { TARDIS_PASSWORD: "of the test" };

describe("with a password", () => {
  testBinary("ls, find and --follow tell what became of things", () => {
    using space = withSets();
    expect(run(space, ["ls", "-O", join(space.source, "a")]).stdout).toBe("a  one  (two)\n");
    const followed = run(space, ["ls", "--follow", join(space.source, "renamed")]);
    expect(followed.stdout).toBe(`renamed\n    one  ${space.source}/a\n    two\n`);
    expect(run(space, ["ls", "--find", "re*", "-O"]).stdout).toBe(`${space.source}/renamed  two\n`);
    expect(run(space, ["ls", "-L", "--dsize", "-d", space.source]).exitCode).toBe(0);
  });

  testBinary("diff compares sets and the disk by their own checksums", () => {
    using space = withSets();
    writeFileSync(join(space.source, "kept"), "kept, and more\n");
    const disk = run(space, ["diff", "--recurse", "--list", space.source]);
    expect(disk).toMatchObject({ exitCode: 1, stdout: `changed   ${space.source}/kept\n` });
    const sets = run(space, [
      "diff",
      "-b",
      "one",
      "-b",
      "two",
      "--recurse",
      "--list",
      space.source,
    ]);
    expect(sets.stdout).toBe(`renamed   ${space.source}/a -> ${space.source}/renamed\n`);
  });

  testBinary("regen brings back the last there was, and undoes what it did in place", () => {
    using space = withSets();
    expect(run(space, ["regen", "-l", join(space.source, "a")]).stdout).toBe("text\n");
    rmSync(join(space.source, "kept"));
    writeFileSync(join(space.source, "renamed"), "something else\n");
    const before = stateOf(space.source);
    expect(run(space, ["regen", "--in-place", "-b", "one", space.source]).exitCode).toBe(0);
    expect(readFileSync(join(space.source, "a"), "utf8")).toBe("text\n");
    expect(run(space, ["regen", "--undo"]).exitCode).toBe(0);
    expect(differences(before, stateOf(space.source))).toEqual([]);
  });

  testBinary("nothing is told without it", () => {
    using space = withSets();
    for (const [expected, ...command] of [
      [12, "ls", space.source],
      [12, "ls", "--find", "*"],
      [2, "diff", space.source],
    ] as const)
      for (const env of [{}, { TARDIS_PASSWORD: "another" }]) {
        const { exitCode, stdout } = space.run([...command, "-R", space.base], { env });
        expect({ command, exitCode, stdout }).toEqual({ command, exitCode: expected, stdout: "" });
      }
  });
});

function withSets(): Workspace {
  const space = new Workspace();
  writeFileSync(join(space.source, "a"), "text\n");
  writeFileSync(join(space.source, "kept"), "kept\n");
  run(space, ["backup", "-n", "one", space.source]);
  renameSync(join(space.source, "a"), join(space.source, "renamed"));
  run(space, ["backup", "-n", "two", space.source]);
  return space;
}

function run(space: Workspace, args: readonly string[]): Outcome {
  return space.run([...args, "-R", space.base], { env: ENV });
}
