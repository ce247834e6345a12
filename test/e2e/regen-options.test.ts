/** Issue 4, "regen complete": by date, by checksum, the last there was, and what it would do. */
import { describe, expect } from "bun:test";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { type Outcome, Workspace, testBinary } from "../support/run-tardis.ts";

const MESSAGE_AND_HINT = /^tardis: [^\n]+\n[A-Z"][^\n]+\n$/;

describe("regen takes a set", () => {
  testBinary("by a date as people say it, and tells with -v what it understood", () => {
    using space = withTwoSets();
    const { stdout, stderr } = regen(space, ["-v", "-d", "now", join(space.source, "a")]);
    expect(stdout).toBe("new");
    expect(stderr).toContain('the date "now" is taken for 20');
    expect(stderr).toContain("from the backup set two");
  });

  testBinary("by a beginning of its name that no other has", () => {
    using space = withTwoSets();
    expect(regen(space, ["-b", "on", join(space.source, "a")]).stdout).toBe("old");
  });

  testBinary("but none from before the first, or of no such name", () => {
    using space = withTwoSets();
    for (const [args, text] of [
      [["-d", "2 weeks ago"], "no backup set from"],
      [["-d", "whenever"], 'the date "whenever" is not understood'],
      [["-b", "tow"], "Did you mean two?"],
    ] as const) {
      const { exitCode, stderr, stdout } = regen(space, [...args, join(space.source, "a")]);
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 2, stdout: "" });
      expect(stderr).toMatch(MESSAGE_AND_HINT);
      expect(stderr).toContain(text);
    }
  });

  testBinary("and of a path that is not in it names what is like it", () => {
    using space = withTwoSets();
    const { exitCode, stderr } = regen(space, [join(space.source, "aa")]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(MESSAGE_AND_HINT);
    expect(stderr).toContain(`There are: ${space.source}/a`);
  });
});

describe("regen --last", () => {
  testBinary("brings back what is gone, each path from the newest set that has it", () => {
    using space = withTwoSets();
    const paths = ["a", "gone", "folder"].map((name) => join(space.source, name));
    const { exitCode, stdout } = regen(space, ["-l", "-o", space.join("out"), ...paths]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Restored from two, one:");
    expect(readFileSync(space.join("out", "a"), "utf8")).toBe("new");
    expect(readFileSync(space.join("out", "gone"), "utf8")).toBe("was here");
    expect(readFileSync(space.join("out", "folder", "inside"), "utf8")).toBe("in it");
    const never = regen(space, ["-l", join(space.source, "never")]);
    expect(never.exitCode).toBe(1);
    expect(never.stderr).toMatch(MESSAGE_AND_HINT);
  });
});

describe("regen --checksum", () => {
  testBinary("brings back a content under its checksum, or under its last name as it was", () => {
    using space = withTwoSets();
    const question = ["ls", "-R", space.base, "--json", join(space.source, "gone")];
    const { stdout } = space.expectExit(question);
    type Line = { readonly versions: readonly { readonly checksum: string }[] };
    const [version] = (JSON.parse(stdout) as Line).versions;
    const checksum = version?.checksum ?? "";
    expect(regen(space, ["-c", checksum]).stdout).toBe("was here");
    const out = space.join("out");
    mkdirSync(out);
    expect(regen(space, ["-c", "-o", out, checksum]).exitCode).toBe(0);
    expect(regen(space, ["-c", "--recovername", "-o", out, checksum]).exitCode).toBe(0);
    expect(readdirSync(out).toSorted()).toEqual([checksum, "gone"].toSorted());
    expect(readFileSync(join(out, "gone"), "utf8")).toBe("was here");
    expect(lstatSync(join(out, "gone")).mtimeMs).toBe(1_234_567_890_123);
    const unknown = regen(space, ["-c", "0".repeat(64)]);
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toMatch(MESSAGE_AND_HINT);
  });
});

describe("regen --reduce-path", () => {
  testBinary("finds what lies elsewhere now", () => {
    using space = withTwoSets();
    const moved = `/mnt/new${space.source}/a`;
    expect(regen(space, ["--reduce-path=2", moved]).stdout).toBe("new");
    expect(regen(space, ["--reduce-path", moved]).stdout).toBe("new");
    expect(regen(space, [moved]).exitCode).toBe(1);
  });
});

describe("regen of several paths", () => {
  testBinary("links again what was linked across them", () => {
    using space = new Workspace();
    for (const folder of ["one", "two"]) mkdirSync(join(space.source, folder));
    writeFileSync(join(space.source, "one", "a"), "of two names");
    linkSync(join(space.source, "one", "a"), join(space.source, "two", "b"));
    space.backup();
    const out = space.join("out");
    const paths = ["one", "two"].map((folder) => join(space.source, folder));
    expect(regen(space, ["-o", out, ...paths]).exitCode).toBe(0);
    const [a, b] = [lstatSync(join(out, "one", "a")), lstatSync(join(out, "two", "b"))];
    expect([a.nlink, a.ino]).toEqual([2, b.ino]);
  });
});

describe("regen --dry-run", () => {
  testBinary("says what would be created, replaced and left, and does none of it", () => {
    using space = withTwoSets();
    const out = space.join("out");
    mkdirSync(join(out, "source"), { recursive: true });
    writeFileSync(join(out, "source", "a"), "mine");
    const before = stateOf(out);
    const never = regen(space, ["--dry-run", "-o", out, space.source]);
    expect(never.exitCode).toBe(0);
    expect(never.stdout).toMatch(/^leave +3 bytes {2}.*\/out\/source\/a$/m);
    expect(never.stdout).toMatch(/^create +3 bytes {2}.*\/out\/source\/b$/m);
    expect(never.stdout).toContain("2 changes: 1 to create, 1 to leave; 3 bytes to write\n");
    const always = regen(space, ["--dry-run", "--json", "-O", "always", "-o", out, space.source]);
    expect(JSON.parse(always.stdout)).toMatchObject({ plan: { counts: { replace: 1 } } });
    expect(differences(before, stateOf(out))).toEqual([]);
    rmSync(out, { recursive: true });
    expect(regen(space, ["--dry-run", "-o", out, space.source]).exitCode).toBe(0);
    expect(existsSync(out)).toBe(false);
  });
});

/** one: a is old, with gone and a folder; two: a is new, b, and the others are gone. */
function withTwoSets(): Workspace {
  const space = new Workspace();
  const { source } = space;
  writeFileSync(join(source, "a"), "old");
  writeFileSync(join(source, "gone"), "was here");
  Bun.spawnSync(["touch", "-d", "@1234567890.123", join(source, "gone")]);
  mkdirSync(join(source, "folder"));
  writeFileSync(join(source, "folder", "inside"), "in it");
  space.backup(["-n", "one"]);
  rmSync(join(source, "folder"), { recursive: true });
  rmSync(join(source, "gone"));
  writeFileSync(join(source, "a"), "new");
  writeFileSync(join(source, "b"), "new");
  space.backup(["-n", "two"]);
  return space;
}

function regen(space: Workspace, args: readonly string[]): Outcome {
  return space.run(["regen", "-R", space.base, ...args]);
}
