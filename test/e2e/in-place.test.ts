/** Issue 4, "Undoable in-place restore": the plan, what it does, and the way back. */
import { describe, expect } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { makeEverything } from "../support/make-tree.ts";
import { mountTemporary } from "../support/mount.ts";
import {
  type Outcome,
  Workspace,
  testBinary,
  testBinaryAsNobody,
  testBinaryAsRoot,
} from "../support/run-tardis.ts";
import { setAttribute } from "../support/system-calls.ts";

const MESSAGE_AND_HINT = /^tardis: [^\n]+\n[A-Z"][^\n]+\n$/;

describe("regen --in-place", () => {
  testBinary("shows a plan, makes it so, and --undo makes it what it was", () => {
    using space = changed();
    const before = stateOf(space.source);
    const planned = inPlace(space, ["--dry-run", "--delete"]);
    expect(planned).toMatchObject({ exitCode: 0, stderr: "" });
    expect(planned.stdout).toStartWith("From one:\n");
    for (const line of [
      /^create +9 bytes {2}.*\/gone$/m,
      /^replace +3 bytes {2}.*\/file$/m,
      /^metadata +7 bytes {2}.*\/mode$/m,
      /^delete +5 bytes {2}.*\/extra$/m,
      /^replace +symlink {2}.*\/link$/m,
      /\d+ changes: .* to create, .* to replace, .* with other metadata only, 2 to delete; /,
      /\nNothing was written\.\n$/,
    ])
      expect(planned.stdout).toMatch(line);
    expect(differences(before, stateOf(space.source))).toEqual([]);
    const done = inPlace(space, ["--delete"]);
    expect(done).toMatchObject({ exitCode: 0, stderr: "" });
    expect(done.stdout).toMatch(/\nWhat was there is kept in \S+\/\.tardis-undo-\S+; tardis regen/);
    expect(space.run(["diff", "-R", space.base, "--recurse", space.source]).stdout).toBe("");
    expect(inPlace(space, ["--delete"]).stdout).toBe("From one:\nNothing differs.\n");
    expect(undo(space)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(differences(before, stateOf(space.source))).toEqual([]);
    expect(readdirSync(space.join(".")).filter((name) => name.startsWith(".tardis"))).toEqual([]);
    const again = undo(space);
    expect(again).toMatchObject({ exitCode: 2, stdout: "" });
    expect(again.stderr).toMatch(MESSAGE_AND_HINT);
  });

  testBinary("brings back one of everything, exactly, whatever became of it", () => {
    using space = new Workspace();
    makeEverything(space.source);
    space.backup();
    const saved = stateOf(space.source);
    for (const name of ["contents", "kinds", "links", "holes", "times", "attributes"])
      rmSync(join(space.source, name), { recursive: true });
    writeFileSync(join(space.source, "kinds"), "a file now");
    const before = stateOf(space.source);
    expect(inPlace(space, [])).toMatchObject({ exitCode: 0 });
    expect(differences(saved, stateOf(space.source))).toEqual([]);
    expect(undo(space)).toMatchObject({ exitCode: 0 });
    expect(differences(before, stateOf(space.source))).toEqual([]);
  });

  testBinary("leaves what is not in the set, unless --delete says otherwise", () => {
    using space = changed();
    expect(inPlace(space, []).exitCode).toBe(0);
    expect(readFileSync(join(space.source, "extra"), "utf8")).toBe("extra");
    expect(existsSync(join(space.source, "new folder", "inside"))).toBe(true);
  });

  testBinary("brings back single files and folders that are gone, with those above them", () => {
    using space = changed();
    rmSync(join(space.source, "folder"), { recursive: true });
    const deep = join(space.source, "folder", "within", "deep");
    const { exitCode } = space.run(["regen", "--in-place", "-R", space.base, deep]);
    expect(exitCode).toBe(0);
    expect(readFileSync(deep, "utf8")).toBe("deep down");
    expect(lstatSync(join(space.source, "folder")).mode & 0o777).toBe(0o750);
    expect(readFileSync(join(space.source, "file"), "utf8")).toBe("changed");
    expect(undo(space).exitCode).toBe(0);
    expect(existsSync(join(space.source, "folder"))).toBe(false);
  });

  testBinary("never deletes the repository, nor the records for undoing", () => {
    using space = changed();
    space.base = join(space.source, "backups");
    mkdirSync(join(space.source, "new folder", "more"));
    const env = { TARDIS_UNDO: join(space.source, "state", "undo") };
    space.expectExit(["backup", "-R", space.base, space.source], { env });
    writeFileSync(join(space.source, "file"), "changed again");
    writeFileSync(join(space.source, "also new"), "");
    const restore = ["regen", "--in-place", "--delete", "-R", space.base, space.source];
    for (let run = 0; run < 2; run += 1) {
      expect(space.expectExit(restore, { env }).stdout).not.toMatch(
        /^delete .*\/(?:backups|state)/m,
      );
      expect(existsSync(join(space.source, "also new"))).toBe(false);
      space.expectExit(["regen", "--undo"], { env });
      expect(readFileSync(join(space.source, "file"), "utf8")).toBe("changed again");
      expect(existsSync(join(space.source, "also new"))).toBe(true);
    }
  });

  testBinary("can be undone one after the other, the last first", () => {
    using space = changed();
    const first = stateOf(space.source);
    inPlace(space, ["--delete"]);
    writeFileSync(join(space.source, "later"), "added later");
    const second = stateOf(space.source);
    inPlace(space, ["--delete"]);
    expect(existsSync(join(space.source, "later"))).toBe(false);
    expect(undo(space).exitCode).toBe(0);
    expect(differences(second, stateOf(space.source))).toEqual([]);
    rmSync(join(space.source, "later"));
    expect(undo(space).exitCode).toBe(0);
    expect(differences(first, stateOf(space.source))).toEqual([]);
  });

  testBinary("is not undone where somebody has changed something since", () => {
    using space = changed();
    inPlace(space, ["--delete"]);
    writeFileSync(join(space.source, "file"), "work of today");
    writeFileSync(join(space.source, "extra"), "another");
    const { exitCode, stderr } = undo(space);
    expect(exitCode).toBe(3);
    for (const name of ["file", "extra"])
      expect(stderr).toContain(`${space.source}/${name}: was changed after the restore`);
    expect(readFileSync(join(space.source, "file"), "utf8")).toBe("work of today");
    // The restore had linked the two again, so that both were changed.
    for (const name of ["file", "linked", "extra"]) rmSync(join(space.source, name));
    expect(undo(space)).toMatchObject({ stderr: "", exitCode: 0 });
    expect(readFileSync(join(space.source, "file"), "utf8")).toBe("changed");
    expect(readFileSync(join(space.source, "extra"), "utf8")).toBe("extra");
  });

  testBinary("tells the same as an object", () => {
    using space = changed();
    const { stdout } = inPlace(space, ["--json", "--delete"]);
    expect(JSON.parse(stdout)).toMatchObject({
      command: "regen --in-place",
      set: { name: "one" },
      plan: { counts: { delete: 2 } },
      problems: { total: 0 },
      exitCode: 0,
    });
    expect(JSON.parse(undo(space, ["--json"]).stdout)).toMatchObject({ exitCode: 0 });
  });

  testBinary("refuses what makes no sense, and does nothing", () => {
    using space = changed();
    const before = stateOf(space.source);
    for (const args of [
      ["--in-place", "-o", space.join("out"), space.source],
      ["--in-place", "-O", "newer", space.source],
      ["--in-place", "--last", space.source],
      ["--in-place", "/"],
      ["--in-place"],
      ["--delete", space.source],
      ["--undo", space.source],
      ["--in-place", "-b", "none", space.source],
    ]) {
      const { exitCode, stderr } = space.run(["regen", "-R", space.base, ...args]);
      expect({ args, exitCode }).toEqual({ args, exitCode: 2 });
      expect(stderr).toMatch(MESSAGE_AND_HINT);
    }
    expect(differences(before, stateOf(space.source))).toEqual([]);
  });

  testBinary("leaves alone a place that a symlink leads elsewhere from", () => {
    using space = changed();
    rmSync(join(space.source, "folder"), { recursive: true });
    mkdirSync(space.join("elsewhere"));
    symlinkSync(space.join("elsewhere"), join(space.source, "folder"));
    expect(inPlace(space, []).exitCode).toBe(0);
    expect(readdirSync(space.join("elsewhere"))).toEqual([]);
    expect(lstatSync(join(space.source, "folder")).isDirectory()).toBe(true);
  });

  testBinaryAsRoot("leaves alone what another file system has that is not in the set", () => {
    using space = new Workspace();
    writeFileSync(join(space.source, "file"), "old");
    const mounted = join(space.source, "mounted");
    mkdirSync(mounted);
    using _mount = mountTemporary(mounted);
    writeFileSync(join(mounted, "elsewhere"), "not saved");
    space.backup();
    writeFileSync(join(space.source, "file"), "new");
    expect(space.run(["diff", "-R", space.base, "--recurse", "--list", space.source]).stdout).toBe(
      `changed   ${space.source}/file\n`,
    );
    expect(inPlace(space, ["--delete"]).exitCode).toBe(0);
    expect(readFileSync(join(mounted, "elsewhere"), "utf8")).toBe("not saved");
    expect(readFileSync(join(space.source, "file"), "utf8")).toBe("old");
  });

  testBinaryAsNobody("keeps what it replaces where an ordinary user may write", () => {
    using space = new Workspace();
    const home = join(space.source, "home");
    mkdirSync(home);
    chmodSync(space.source, 0o755);
    chownSync(home, 65_534, 65_534);
    const asNobody = {
      as: "nobody",
      env: { HOME: home, TARDIS_UNDO: join(home, "undo") },
    } as const;
    const make = `echo old > ${home}/file`;
    Bun.spawnSync([
      "setpriv",
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      "sh",
      "-c",
      make,
    ]);
    chmodSync(space.join("."), 0o777);
    space.expectExit(["backup", "-R", space.base, home], asNobody);
    writeFileSync(join(home, "file"), "new");
    const restore = ["regen", "--in-place", "-R", space.base, join(home, "file")];
    expect(space.expectExit(restore, asNobody).stdout).toContain(`kept in ${home}/.tardis-undo-`);
    expect(readFileSync(join(home, "file"), "utf8")).toBe("old\n");
    space.expectExit(["regen", "--undo"], asNobody);
    expect(readFileSync(join(home, "file"), "utf8")).toBe("new");
  });
});

/** A set, and afterwards a change of every kind. */
function changed(): Workspace {
  const space = new Workspace();
  const { source } = space;
  writeFileSync(join(source, "file"), "old");
  writeFileSync(join(source, "gone"), "is needed");
  writeFileSync(join(source, "mode"), "of mode");
  linkSync(join(source, "file"), join(source, "linked"));
  symlinkSync("file", join(source, "link"));
  mkdirSync(join(source, "folder", "within"), { recursive: true, mode: 0o750 });
  writeFileSync(join(source, "folder", "within", "deep"), "deep down");
  setAttribute(join(source, "folder"), "user.saved", "yes");
  space.backup(["-n", "one"]);
  rmSync(join(source, "file"));
  writeFileSync(join(source, "file"), "changed");
  rmSync(join(source, "gone"));
  rmSync(join(source, "link"));
  mkdirSync(join(source, "link"));
  writeFileSync(join(source, "link", "in the way"), "of a link");
  chmodSync(join(source, "mode"), 0o600);
  setAttribute(join(source, "folder"), "user.new", "yes");
  rmSync(join(source, "folder", "within"), { recursive: true });
  writeFileSync(join(source, "folder", "within"), "a file");
  writeFileSync(join(source, "extra"), "extra");
  mkdirSync(join(source, "new folder"));
  writeFileSync(join(source, "new folder", "inside"), "");
  return space;
}

function inPlace(space: Workspace, args: readonly string[]): Outcome {
  return space.run(["regen", "--in-place", "-R", space.base, ...args, space.source]);
}

function undo(space: Workspace, args: readonly string[] = []): Outcome {
  return space.run(["regen", "--undo", ...args]);
}
