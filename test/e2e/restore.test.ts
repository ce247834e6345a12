/** Issue 2, "regen": what goes where, what is set, and what nothing can bring about. */
import { Database } from "bun:sqlite";
import { describe, expect } from "bun:test";
import {
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
import { accessList, noise } from "../support/make-tree.ts";
import { type Outcome, Workspace, testBinary } from "../support/run-tardis.ts";
import { attributesOf, setAttribute, setModified } from "../support/system-calls.ts";

const OLD_NS = 1_000_000_000_000_000_001n;
const YOUNG_NS = 1_100_000_000_000_000_001n;

describe("regen writes", () => {
  testBinary("one file to standard output, byte by byte, of any size", () => {
    using space = new Workspace();
    for (const size of [0, 1, 70_000, 9_000_000]) {
      writeFileSync(join(space.source, `${size}`), noise(size, 1));
    }
    space.backup();
    for (const size of [0, 1, 70_000, 9_000_000]) {
      const { output, exitCode } = regen(space, [join(space.source, `${size}`)]);
      expect(exitCode).toBe(0);
      expect(Buffer.compare(output, noise(size, 1))).toBe(0);
    }
  });

  testBinary("one file to the name that -o gives it, or into the folder that it names", () => {
    using space = saved();
    mkdirSync(space.join("folder"));
    regen(space, ["-o", space.join("renamed"), join(space.source, "a")]);
    regen(space, ["-o", space.join("folder"), join(space.source, "a")]);
    expect(readFileSync(space.join("renamed"), "utf8")).toBe("a");
    expect(readFileSync(space.join("folder", "a"), "utf8")).toBe("a");
  });

  testBinary("several paths, and trees recursively, below -o under their last names", () => {
    using space = saved();
    const paths = [join(space.source, "a"), join(space.source, "d", "e")];
    expect(regen(space, ["-o", space.join("out"), ...paths]).exitCode).toBe(0);
    expect(treeOf(space.join("out"))).toEqual(["a", "e", "e/f"]);
  });

  testBinary("only the directory itself with --no-recurse", () => {
    using space = saved();
    regen(space, ["-o", space.join("out"), "--no-recurse", join(space.source, "d")]);
    expect(treeOf(space.join("out"))).toEqual(["d"]);
  });

  testBinary("what is gone from the disk, named from any folder and through symlinks", () => {
    using space = saved();
    symlinkSync(space.source, space.join("link"));
    rmSync(join(space.source, "d"), { recursive: true });
    const options = { cwd: space.source };
    const relative = space.expectExit(["regen", "-R", space.base, "d/e/f"], options);
    expect(relative.stdout).toBe("f");
    expect(regen(space, [join(space.join("link"), "d", "e", "f")]).stdout).toBe("f");
  });

  testBinary("nothing where a path is not in the set, and says so", () => {
    using space = saved();
    const { exitCode, stdout, stderr } = regen(space, ["-o", space.join("out"), "/nowhere"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^tardis: \/nowhere is not in the backup set .+\n.+\n$/);
    expect(existsSync(space.join("out"))).toBe(false);
  });

  testBinary("no tree to standard output", () => {
    using space = saved();
    expect(regen(space, [space.source])).toMatchObject({ exitCode: 2, stdout: "" });
  });
});

describe("what is there already", () => {
  for (const [policy, kept] of [
    ["never", ["old", "young"]],
    ["always", []],
    ["newer", ["young"]],
    ["older", ["old"]],
  ] as const) {
    testBinary(`with --overwrite ${policy}: ${kept.join(" and ") || "nothing"} stays`, () => {
      using space = new Workspace();
      for (const name of ["old", "young", "missing"]) {
        writeFileSync(join(space.source, name), "saved");
        setModified(join(space.source, name), (OLD_NS + YOUNG_NS) / 2n);
      }
      space.backup();
      const out = space.join("out");
      mkdirSync(join(out, "source"), { recursive: true });
      writeFileSync(join(out, "source", "old"), "there");
      setModified(join(out, "source", "old"), OLD_NS);
      writeFileSync(join(out, "source", "young"), "there");
      setModified(join(out, "source", "young"), YOUNG_NS);
      const { exitCode, stdout } = regen(space, ["--json", "-o", out, "-O", policy, space.source]);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ counts: { kept: kept.length } });
      for (const name of ["old", "young"] as const) {
        const text = readFileSync(join(out, "source", name), "utf8");
        expect(text).toBe((kept as readonly string[]).includes(name) ? "there" : "saved");
      }
      expect(readFileSync(join(out, "source", "missing"), "utf8")).toBe("saved");
    });
  }

  testBinary("goes back to what it was with --overwrite always", () => {
    using space = saved();
    const before = stateOf(space.source);
    writeFileSync(join(space.source, "a"), "changed");
    rmSync(join(space.source, "d"), { recursive: true });
    writeFileSync(join(space.source, "d"), "no directory any more");
    rmSync(join(space.source, "l"));
    writeFileSync(join(space.source, "l"), "no link any more");
    const args = ["-o", space.join("."), "--overwrite", "always", space.source];
    const { exitCode, stderr } = regen(space, args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(differences(before, stateOf(space.source))).toEqual([]);
  });

  testBinary("is never a whole directory that makes room for a file", () => {
    using space = saved();
    rmSync(join(space.source, "a"));
    mkdirSync(join(space.source, "a"));
    writeFileSync(join(space.source, "a", "new"), "kept");
    const args = ["-o", space.join("."), "--overwrite", "always", space.source];
    const { exitCode, stderr } = regen(space, args);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: "tardis: source/a: is a directory\n",
    });
    expect(readFileSync(join(space.source, "a", "new"), "utf8")).toBe("kept");
  });
});

describe("what is set can be left:", () => {
  testBinary("times, permissions, attributes, access lists, hard links", () => {
    using space = new Workspace();
    const file = join(space.source, "file");
    writeFileSync(file, "text", { mode: 0o600 });
    linkSync(file, join(space.source, "link"));
    setAttribute(file, "user.text", "value");
    setAttribute(file, "system.posix_acl_access", accessList(12_345));
    setModified(file, OLD_NS);
    space.backup();
    const look = (option: string) => {
      const restored = join(space.regen([option]), "file");
      const { mtimeNs, mode, nlink } = lstatSync(restored, { bigint: true });
      const names = Object.keys(attributesOf(restored)).map((name) => name.split(/[._]/).at(-1));
      return { isOld: mtimeNs === OLD_NS, mode: (Number(mode) & 0o777).toString(8), nlink, names };
    };
    const all = { isOld: true, mode: "770", nlink: 2n, names: ["access", "text"] };
    expect(look("--set-times")).toEqual(all);
    expect(look("--no-set-times")).toEqual({ ...all, isOld: false });
    expect(look("--no-set-attrs")).toEqual({ ...all, names: ["access"] });
    expect(look("--no-set-acl")).toEqual({ ...all, mode: "700", names: ["text"] });
    expect(look("--no-hardlinks")).toEqual({ ...all, nlink: 1n });
    const unset = look("--no-set-perms");
    expect(unset).toEqual({ ...all, mode: unset.mode });
  });
});

describe("nothing is ever written outside the output folder", () => {
  testBinary("through a symlink that stands where a directory belongs", () => {
    using space = saved();
    const outside = space.join("outside");
    mkdirSync(join(outside, "e"), { recursive: true });
    mkdirSync(space.join("out", "source"), { recursive: true });
    symlinkSync(outside, space.join("out", "source", "d"));
    for (const policy of ["never", "newer"]) {
      const args = ["-o", space.join("out"), "-O", policy, space.source];
      const { exitCode, stderr } = regen(space, args);
      expect(exitCode).toBe(3);
      expect(stderr).toContain("source/d");
    }
    expect(treeOf(outside)).toEqual(["e"]);
    expect(readFileSync(space.join("out", "source", "a"), "utf8")).toBe("a");
  });

  testBinary("nor through one that stands where a file belongs", () => {
    using space = saved();
    const victim = space.join("victim");
    writeFileSync(victim, "untouched");
    mkdirSync(space.join("out", "source"), { recursive: true });
    symlinkSync(victim, space.join("out", "source", "a"));
    for (const policy of ["never", "always"])
      regen(space, ["-o", space.join("out"), "-O", policy, space.source]);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
    expect(lstatSync(space.join("out", "source", "a")).isFile()).toBe(true);
  });

  testBinary("nor where symlinks of the backup itself lead", () => {
    using space = new Workspace();
    const outside = space.join("outside");
    mkdirSync(outside);
    mkdirSync(join(space.source, "d"));
    writeFileSync(join(space.source, "d", "file"), "text");
    space.backup(["-n", "folder"]);
    rmSync(join(space.source, "d"), { recursive: true });
    symlinkSync(outside, join(space.source, "d"));
    space.backup(["-n", "link"]);
    for (const set of ["link", "folder"])
      regen(space, ["-o", space.join("out"), "-b", set, "-O", "never", space.source]);
    expect(readdirSync(outside)).toEqual([]);
  });

  for (const name of ["..", "../evil", "/evil", "", "nul\0byte"]) {
    testBinary(`nor by a name like ${JSON.stringify(name)} in the catalog`, () => {
      using space = saved();
      renameInCatalog(space, "f", name);
      renameInCatalog(space, "a", `${name} `);
      const before = stateOf(space.join("."));
      mkdirSync(space.join("x", "out"), { recursive: true });
      const { exitCode } = regen(space, ["-o", space.join("x", "out"), space.source]);
      expect(exitCode).not.toBe(0);
      rmSync(space.join("x"), { recursive: true });
      const about = { except: ["mtimeNs"] };
      expect(differences(before, stateOf(space.join(".")), about)).toEqual([]);
    });
  }
});

/** A file, directories, a symlink. */
function saved(): Workspace {
  const space = new Workspace();
  mkdirSync(join(space.source, "d", "e"), { recursive: true });
  writeFileSync(join(space.source, "a"), "a");
  writeFileSync(join(space.source, "d", "e", "f"), "f");
  symlinkSync("a", join(space.source, "l"));
  space.backup();
  return space;
}

function regen(space: Workspace, args: readonly string[]): Outcome {
  return space.run(["regen", "-R", space.base, ...args]);
}

function treeOf(folder: string): string[] {
  return [...stateOf(folder).keys()].filter((path) => path !== "").toSorted();
}

/** As an attacker would who can write to the repository: without a seal the catalog is believed. */
function renameInCatalog(space: Workspace, from: string, to: string): void {
  rmSync(join(space.repository, "tardis.db.sum"), { force: true });
  using catalog = new Database(join(space.repository, "tardis.db"));
  catalog.run("UPDATE name SET bytes = ? WHERE bytes = ?", [Buffer.from(to), Buffer.from(from)]);
}
