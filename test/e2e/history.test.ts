/** Issue 4, ls and find: what became of things from set to set, as a user sees it. */
import { describe, expect } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Workspace, testBinary } from "../support/run-tardis.ts";

/** What happened, in one line that names the program; what to do, in another. */
const MESSAGE_AND_HINT = /^tardis: [^\n]+\n[A-Z"][^\n]+\n$/;

describe("ls", () => {
  testBinary("shows each version with its sets, and where it was gone", () => {
    using space = withHistory();
    expect(ls(space, ["docs/a"])).toBe("a\n    one\n    two\n    (three – five (3 sets))\n");
    expect(ls(space, [join(space.source, "docs/keep")])).toBe(
      "keep\n    one – four (4 sets)\n    (five)\n",
    );
  });

  testBinary("shows what a folder had, in the current folder without a path", () => {
    using space = withHistory();
    const cwd = join(space.source, "papers");
    const { stdout } = space.expectExit(["ls", "-R", space.base, "-V", "none"], { cwd });
    expect(stdout).toBe("b\nkeep\n");
    expect(ls(space, ["docs", "-V", "none"])).toBe("a\nb\nkeep\n");
    expect(ls(space, ["docs", "-V", "none", "--range", "one"])).toBe("a\nkeep\n");
    expect(ls(space, ["-d", "docs", "-O", "--no-deletions"])).toBe("");
  });

  testBinary("follows a file through renames, its own and its folder's", () => {
    using space = withHistory();
    const docs = join(space.source, "docs");
    expect(ls(space, ["--follow", "papers/b"])).toBe(
      `b\n    one  ${docs}/a\n    two  ${docs}/a\n    three – four (2 sets)  ${docs}/b\n    five\n`,
    );
    expect(ls(space, ["--follow", "docs/a"])).toContain(`${space.source}/papers/b`);
  });

  testBinary("takes globs, ranges of sets, and symlinks of today", () => {
    using space = withHistory();
    symlinkSync(join(space.source, "papers"), join(space.source, "link"));
    expect(ls(space, ["link/b", "-O"])).toBe("b  five\n");
    const found = ls(space, ["--glob", "*/[ab]", "-V", "last", "-O", "--range", "two:three"]);
    expect(found).toBe(`${space.source}/docs/a  two\n${space.source}/docs/b  three\n`);
  });

  testBinary("tells all of a version: as text, and as an object a line", () => {
    using space = withHistory();
    expect(ls(space, ["-licL", "docs/keep"])).toMatch(
      /^keep\n +\d+ 0 -rw-r--r-- 1 \S+ \S+ 4 \d{4}-\d\d-\d\d [\d:]{8} [0-9a-f]{64} {2}one – four/,
    );
    const [line = ""] = ls(space, ["--json", "docs/a"]).split("\n");
    expect(JSON.parse(line)).toMatchObject({
      path: join(space.source, "docs/a"),
      versions: [
        { sets: { first: { name: "one" } }, size: 5, chainLength: 0 },
        { sets: { first: { name: "two" } }, size: 6 },
        { sets: { first: { name: "three" }, last: { name: "five" }, count: 3 }, gone: true },
      ],
    });
  });

  testBinary("names what is like a path that is in no set", () => {
    using space = withHistory();
    const { exitCode, stderr, stdout } = run(space, ["docs/kep"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(MESSAGE_AND_HINT);
    expect(stderr).toContain(`There are: ${space.source}/docs/keep.`);
    expect(run(space, ["--glob", "*/zzz*"])).toMatchObject({ exitCode: 1 });
    expect(run(space, ["--range", "sex:"])).toMatchObject({ exitCode: 2 });
    expect(run(space, ["--dates", ":2001-01-01"])).toMatchObject({ exitCode: 2 });
  });

  testBinary("answers to the name of the original's program", () => {
    using space = withHistory();
    const binary = process.env["TARDIS_BINARY"] ?? "";
    symlinkSync(binary, space.join("lstardis"));
    const { stdout } = Bun.spawnSync(
      [space.join("lstardis"), "-R", space.base, "-O", join(space.source, "papers/b")],
      { env: space.environment() },
    );
    expect(stdout.toString()).toBe("b  five\n");
  });
});

describe("ls --find", () => {
  testBinary("finds all that ever had such a name, wherever it was", () => {
    using space = withHistory();
    const { source } = space;
    expect(ls(space, ["--find", "[ab]", "-V", "last", "-O"])).toBe(
      `${source}/docs/a  two\n${source}/docs/b  three – four (2 sets)\n${source}/papers/b  five\n`,
    );
    expect(ls(space, ["--find", "keep", "--range", "five", "-O"])).toBe(
      `${source}/papers/keep  five\n`,
    );
    expect(ls(space, ["--find", "a", "--dates", "1 hour ago:", "-O"])).toContain("/docs/a");
  });

  testBinary("says that there is nothing", () => {
    using space = withHistory();
    const { exitCode, stderr } = run(space, ["--find", "nowhere"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(MESSAGE_AND_HINT);
    expect(run(space, ["--find", "[a"])).toMatchObject({ exitCode: 2 });
  });
});

/** docs/a in one, changed in two, b from three on; docs is papers in five. */
function withHistory(): Workspace {
  const space = new Workspace();
  const { source } = space;
  mkdirSync(join(source, "docs"));
  writeFileSync(join(source, "docs/a"), "text\n");
  writeFileSync(join(source, "docs/keep"), "kept");
  space.backup(["-n", "one"]);
  writeFileSync(join(source, "docs/a"), "text 2");
  space.backup(["-n", "two"]);
  renameSync(join(source, "docs/a"), join(source, "docs/b"));
  space.backup(["-n", "three"]);
  space.backup(["-n", "four"]);
  renameSync(join(source, "docs"), join(source, "papers"));
  rmSync(join(source, "docs"), { force: true });
  space.backup(["-n", "five"]);
  return space;
}

function run(space: Workspace, args: readonly string[]) {
  return space.run(["ls", "-R", space.base, ...args], { cwd: space.source });
}

function ls(space: Workspace, args: readonly string[]): string {
  const { stdout } = space.expectExit(["ls", "-R", space.base, ...args], { cwd: space.source });
  return stdout;
}
