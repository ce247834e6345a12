/** Issue 4, diff: between sets and the disk, in all its forms, with the exit codes of diff(1). */
import { describe, expect } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Outcome, Workspace, testBinary, testBinaryAsNobody } from "../support/run-tardis.ts";
import { setAttribute } from "../support/system-calls.ts";

const LINES = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`);

describe("diff of a file", () => {
  testBinary("with the disk is what patch(1) makes the one of the other with", () => {
    using space = withSet();
    const file = join(space.source, "text");
    const old = readFileSync(file);
    writeFileSync(file, LINES.with(3, "changed\n").toSpliced(20, 2).join(""));
    for (const form of ["-u", "-c"]) {
      const { stdout, exitCode } = diff(space, [form, file]);
      expect(exitCode).toBe(1);
      writeFileSync(space.join("old"), old);
      const patched = Bun.spawnSync(["patch", "-s", space.join("old")], {
        stdin: Buffer.from(stdout),
      });
      expect(patched.exitCode).toBe(0);
      expect(readFileSync(space.join("old"), "utf8")).toBe(readFileSync(file, "utf8"));
    }
  });

  testBinary("exits with 0 where nothing differs, 1 where something does, 2 in trouble", () => {
    using space = withSet();
    const file = join(space.source, "text");
    expect(diff(space, [file])).toMatchObject({ exitCode: 0, stdout: "" });
    writeFileSync(file, "other");
    expect(diff(space, ["--list", file])).toMatchObject({
      exitCode: 1,
      stdout: `changed   ${file}\n`,
    });
    for (const args of [
      [join(space.source, "never")],
      ["-b", "none", file],
      ["-d", "soon", file],
    ]) {
      const { exitCode, stderr } = diff(space, args);
      expect({ args, exitCode }).toEqual({ args, exitCode: 2 });
      expect(stderr).toMatch(/^tardis: [^\n]+\n[A-Z"][^\n]+\n$/);
    }
    expect(space.run(["diff", "-R", space.join("nowhere"), file]).exitCode).toBe(2);
    const near = diff(space, [join(space.source, "tetx")]).stderr;
    expect(near).toContain(`There are: ${space.source}/text`);
  });

  testBinary("between two sets reads no disk", () => {
    using space = withSet();
    const file = join(space.source, "text");
    writeFileSync(file, "second\n");
    space.backup(["-n", "two"]);
    rmSync(file);
    const { stdout } = diff(space, ["-b", "one", "-b", "two", "-u0", file]);
    expect(stdout).toContain("@@ -1,30 +1 @@\n-line 1\n");
    expect(stdout).toEndWith("\n+second\n");
    expect(diff(space, ["-b", "two", "-b", "one", "--stat", file]).stdout).toEndWith(
      " 1 change, 30 insertions(+), 1 deletion(-)\n",
    );
  });

  testBinary("of other bytes is summarised", () => {
    using space = withSet();
    const file = join(space.source, "binary");
    writeFileSync(file, Buffer.from([1, 0, 2, 3]));
    expect(diff(space, [file]).stdout).toBe(
      `changed   ${file}\nBinary file ${file} differs: 3 and 4 bytes\n`,
    );
  });
});

describe("diff --recurse", () => {
  testBinary("tells what was added, removed, renamed, changed, retyped, or said otherwise", () => {
    using space = withSet();
    change(space.source);
    const expected = statuses(space.source);
    expect(listed(space, [])).toEqual(expected);
    space.backup(["-n", "two"]);
    expect(listed(space, ["-b", "one", "-b", "two"])).toEqual(expected);
    expect(diff(space, ["--recurse", space.source])).toMatchObject({ exitCode: 0, stdout: "" });
  });

  testBinary("is left out of folders within folders unless it is asked for", () => {
    using space = withSet();
    writeFileSync(join(space.source, "folder/inside"), "changed");
    writeFileSync(join(space.source, "new"), "");
    expect(diff(space, ["--list", space.source]).stdout).toBe(`added     ${space.source}/new\n`);
  });

  testBinary("tells the same as objects", () => {
    using space = withSet();
    change(space.source);
    const lines = diff(space, ["--json", "--recurse", space.source]).stdout.trimEnd().split("\n");
    const changes = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(changes.find(({ status }) => status === "renamed")).toMatchObject({
      path: `${space.source}/moved`,
      oldPath: `${space.source}/folder`,
    });
    expect(changes.find(({ status }) => status === "metadata")).toMatchObject({
      metadata: [
        { field: "mode", old: "0644", new: "0600" },
        { field: "attribute user.colour", old: "none", new: "set" },
      ],
    });
  });
});

describe("diff as an ordinary user", () => {
  testBinaryAsNobody("names what cannot be read, compares the rest, and exits with 2", () => {
    using space = withSet();
    writeFileSync(join(space.source, "text"), "changed\n");
    chmodSync(join(space.source, "folder"), 0o700);
    writeFileSync(join(space.source, "mode"), "of mo\u0064e");
    chmodSync(join(space.source, "mode"), 0o600);
    Bun.spawnSync(["chmod", "-R", "a+rX", space.base]);
    const args = ["diff", "-R", space.base, "--recurse", "--list", space.source];
    const { exitCode, stdout, stderr } = space.run(args, { as: "nobody" });
    expect(exitCode).toBe(2);
    expect(stdout).toContain(`changed   ${space.source}/text\n`);
    expect(stderr).toContain(`tardis: ${space.source}/folder: permission denied`);
    expect(stderr).toContain(`tardis: ${space.source}/mode: permission denied`);
  });
});

/** One of each: the folder is renamed, a file in it changed. */
function change(source: string): void {
  renameSync(join(source, "folder"), join(source, "moved"));
  writeFileSync(join(source, "moved/inside"), "changed");
  renameSync(join(source, "name"), join(source, "other name"));
  writeFileSync(join(source, "text"), "changed\n");
  rmSync(join(source, "gone"));
  writeFileSync(join(source, "new"), "new");
  rmSync(join(source, "link"));
  mkdirSync(join(source, "link"));
  chmodSync(join(source, "mode"), 0o600);
  setAttribute(join(source, "mode"), "user.colour", "red");
}

function statuses(source: string): readonly string[] {
  return [
    `removed   ${source}/gone`,
    `retyped   ${source}/link (symlink -> directory)`,
    `metadata  ${source}/mode (mode 0644 -> 0600, attribute user.colour none -> set)`,
    `renamed   ${source}/folder -> ${source}/moved/`,
    `changed   ${source}/folder/inside -> ${source}/moved/inside`,
    `added     ${source}/new`,
    `renamed   ${source}/name -> ${source}/other name`,
    `changed   ${source}/text`,
  ];
}

function listed(space: Workspace, args: readonly string[]): readonly string[] {
  const { stdout } = diff(space, [...args, "--recurse", "--list", space.source]);
  return stdout.trimEnd().split("\n");
}

function withSet(): Workspace {
  const space = new Workspace();
  const { source } = space;
  writeFileSync(join(source, "text"), LINES.join(""));
  writeFileSync(join(source, "binary"), Buffer.from([1, 0, 2]));
  for (const name of ["name", "gone", "mode"]) writeFileSync(join(source, name), `of ${name}`);
  chmodSync(join(source, "mode"), 0o644);
  mkdirSync(join(source, "folder"));
  writeFileSync(join(source, "folder/inside"), "first");
  writeFileSync(join(source, "folder/kept"), "kept");
  symlinkSync("text", join(source, "link"));
  space.backup(["-n", "one"]);
  return space;
}

function diff(space: Workspace, args: readonly string[]): Outcome {
  return space.run(["diff", "-R", space.base, ...args]);
}
