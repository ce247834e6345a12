/** Issue 2, "Faults", bad input: a message names the thing and what to do; nothing is lost. */
import { Database } from "bun:sqlite";
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { type Outcome, Workspace, testBinary } from "../support/run-tardis.ts";

/** What happened, in one line that names the program; what to do, in another. */
const MESSAGE_AND_HINT = /^tardis: [^\n]+\n[A-Z`-][^\n]+\n$/;

describe("a path that does not exist", () => {
  testBinary("is named, and nothing is backed up, not even the others", () => {
    using space = filled();
    const { exitCode, stderr, stdout } = backup(space, ["/no/such/path", space.source]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(MESSAGE_AND_HINT);
    expect(stderr).toContain("/no/such/path");
    expect(existsSync(space.base)).toBe(false);
  });

  testBinary("is named also where it is an exclude file, a file of arguments, or a config", () => {
    using space = filled();
    for (const args of [["-X", "/no/such"], ["@/no/such"], ["--config", "/no/such"]]) {
      const { exitCode, stderr } = backup(space, [...args, space.source]);
      expect({ args, exitCode }).toEqual({ args, exitCode: 2 });
      expect(stderr).toMatch(MESSAGE_AND_HINT);
      expect(stderr).toContain("/no/such");
    }
    expect(existsSync(space.base)).toBe(false);
  });
});

describe("an empty list", () => {
  testBinary("of paths is a mistake, for backup and for regen", () => {
    using space = filled();
    for (const command of ["backup", "regen"]) {
      const { exitCode, stdout, stderr } = space.run([command, "-R", space.base]);
      expect({ command, exitCode, stdout }).toEqual({ command, exitCode: 2, stdout: "" });
      expect(stderr).toMatch(MESSAGE_AND_HINT);
    }
    expect(existsSync(space.base)).toBe(false);
  });

  testBinary("of files in a folder is a backup like any other", () => {
    using space = new Workspace();
    expect(space.backup().counts).toMatchObject({ files: 0, bytes: 0 });
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });
});

describe("a repository that is none", () => {
  for (const [what, make] of Object.entries({
    "a folder that is not there": () => {},
    "an empty folder": (folder: string) => mkdirSync(folder, { recursive: true }),
    "a folder of other things": (folder: string) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "thesis.txt"), "");
    },
    "a file": (folder: string) => {
      mkdirSync(join(folder, ".."), { recursive: true });
      writeFileSync(folder, "");
    },
  })) {
    testBinary(`but ${what} is named by list and regen, and left as it is`, () => {
      using space = filled();
      make(space.repository);
      const before = stateOf(space.join("."));
      for (const command of [
        ["admin", "list"],
        ["regen", "-o", space.join("out"), space.source],
      ]) {
        const { exitCode, stderr } = space.run([...command, "-R", space.base]);
        expect({ command, exitCode }).toEqual({ command, exitCode: 10 });
        expect(stderr).toMatch(MESSAGE_AND_HINT);
        expect(stderr).toContain(`there is no repository in ${space.repository}`);
      }
      expect(differences(before, stateOf(space.join(".")))).toEqual([]);
    });
  }

  testBinary("is not made by a backup in a folder of other things", () => {
    using space = filled();
    mkdirSync(space.repository, { recursive: true });
    writeFileSync(join(space.repository, "thesis.txt"), "");
    const before = stateOf(space.repository);
    const { exitCode, stderr } = backup(space, [space.source]);
    expect(exitCode).toBe(10);
    expect(stderr).toMatch(MESSAGE_AND_HINT);
    expect(stderr).toContain("thesis.txt");
    expect(differences(before, stateOf(space.repository))).toEqual([]);
  });
});

describe("a repository of a newer version", () => {
  testBinary("is refused, and not changed", () => {
    using space = filled();
    space.backup();
    rmSync(join(space.repository, "tardis.db.sum"));
    {
      using catalog = new Database(join(space.repository, "tardis.db"));
      catalog.run("PRAGMA user_version = 99");
    }
    const before = stateOf(space.repository);
    for (const command of [
      ["admin", "list"],
      ["backup", space.source],
      ["regen", "-o", space.join("out"), space.source],
    ]) {
      const { exitCode, stderr } = space.run([...command, "-R", space.base]);
      expect({ command, exitCode }).toEqual({ command, exitCode: 1 });
      expect(stderr).toMatch(MESSAGE_AND_HINT);
      expect(stderr).toMatch(/written by a newer tardis \(format 99, this one knows \d+\)/);
    }
    const about = { except: ["mtimeNs"] };
    expect(differences(before, stateOf(space.repository), about)).toEqual([]);
  });
});

describe("a database that is locked", () => {
  testBinary("by another program is named after ten seconds, and is whole afterwards", () => {
    using space = filled();
    space.backup();
    {
      using catalog = new Database(join(space.repository, "tardis.db"));
      catalog.run("BEGIN EXCLUSIVE");
      const { exitCode, stderr } = backup(space, [space.source]);
      expect(exitCode).toBe(11);
      expect(stderr).toMatch(MESSAGE_AND_HINT);
      expect(stderr).toContain(`${space.repository}/tardis.db is in use by another process`);
      catalog.run("ROLLBACK");
    }
    space.backup();
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });
});

describe("a name over limits", () => {
  testBinary("of a client, a set or a tag is refused before anything is done", () => {
    using space = filled();
    const long = "x".repeat(300);
    for (const args of [
      ["--client", long],
      ["--name", long],
      ["--tag", long],
      ["--name", "1/2"],
    ]) {
      const { exitCode, stderr } = backup(space, [...args, space.source]);
      expect({ args, exitCode }).toEqual({ args, exitCode: 2 });
      expect(stderr).toMatch(MESSAGE_AND_HINT);
    }
    expect(existsSync(space.base)).toBe(false);
  });

  testBinary("of a path is no path that exists", () => {
    using space = filled();
    for (const path of [`/${"x".repeat(300)}`, `/x${"/y".repeat(3000)}`]) {
      const { exitCode, stderr } = backup(space, [path]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(MESSAGE_AND_HINT);
    }
  });

  testBinary("of where to restore to is told, and nothing else is touched", () => {
    using space = filled();
    space.backup();
    const out = space.join("x".repeat(300));
    const { exitCode, stderr } = space.run(["regen", "-R", space.base, "-o", out, space.source]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^tardis: nothing can be restored to [^\n]+: file name too long\n[^\n]+/,
    );
  });
});

function filled(): Workspace {
  const space = new Workspace();
  writeFileSync(join(space.source, "file"), "text");
  return space;
}

function backup(space: Workspace, args: readonly string[]): Outcome {
  return space.run(["backup", "-R", space.base, ...args]);
}
