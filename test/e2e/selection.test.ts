/** Issue 2, "backup": what is left out, and why. docs/patterns.md is the specification. */
import { describe, expect } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stateOf } from "../support/compare-tree.ts";
import { accessList } from "../support/make-tree.ts";
import { mountTemporary } from "../support/mount.ts";
import { Workspace, testBinary, testBinaryAsRoot } from "../support/run-tardis.ts";
import { attributesOf, setAttribute } from "../support/system-calls.ts";

const CACHE_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# a cache";

describe("patterns leave out", () => {
  testBinary("names anywhere, paths, and directories only", () => {
    using space = new Workspace();
    make(space, ["a.o", "keep.c", "deep/down/b.o", "build/x", "deep/build", "deep/path/y"]);
    const paths = join(space.source, "deep", "p*");
    const args = ["-x", "*.o", "--exclude", "build/", "--exclude", paths];
    expect(saved(space, args)).toEqual(["deep", "deep/build", "deep/down", "keep.c"]);
  });

  testBinary("what a file of them says, and take in again what a later one says", () => {
    using space = new Workspace();
    make(space, ["a.o", "keep.o", "a/b/z", "a/z", "a/y"]);
    writeFileSync(space.join("patterns"), "# of objects\n\n*.o\n!keep.o\na/**/z\n");
    expect(saved(space, ["-X", space.join("patterns")])).toEqual(["a", "a/b", "a/y", "keep.o"]);
  });

  testBinary("one directory that --exclude-dir names, whatever its name means as a pattern", () => {
    using space = new Workspace();
    make(space, ["[a]*/x", "a/x", "b/[a]*/x"]);
    const args = ["--exclude-dir", join(space.source, "[a]*")];
    expect(saved(space, args)).toEqual(["a", "a/x", "b", "b/[a]*", "b/[a]*/x"]);
  });

  testBinary("what the machine's file says, unless --ignore-global-excludes", () => {
    using space = new Workspace();
    make(space, ["a.tmp", "b"]);
    writeFileSync(space.join("global"), "*.tmp\n");
    const env = { TARDIS_GLOBAL_EXCLUDES: space.join("global") };
    expect(saved(space, [], env)).toEqual(["b"]);
    expect(saved(space, ["--ignore-global-excludes"], env)).toEqual(["a.tmp", "b"]);
  });

  testBinary("never what the command line names", () => {
    using space = new Workspace();
    make(space, ["a.o"]);
    space.backup(["-x", "*.o", "-x", "source"], { paths: [join(space.source, "a.o")] });
    expect(entriesOf(space.regen())).toEqual(["a.o"]);
  });
});

describe("a file in a directory tells what to leave out there:", () => {
  testBinary(".tardis-excludes of it and all below", () => {
    using space = new Workspace();
    make(space, ["d/a.o", "d/e/a.o", "d/e/b", "a.o"], { "d/.tardis-excludes": "*.o\n" });
    const left = ["a.o", "d", "d/.tardis-excludes", "d/e", "d/e/b"];
    expect(saved(space, [])).toEqual(left);
  });

  testBinary(".tardis-local-excludes of it only", () => {
    using space = new Workspace();
    make(space, ["d/a.o", "d/e/a.o"], { "d/.tardis-local-excludes": "*.o\n" });
    expect(saved(space, [])).toEqual(["d", "d/.tardis-local-excludes", "d/e", "d/e/a.o"]);
  });

  testBinary(".tardis-skip of everything in it", () => {
    using space = new Workspace();
    make(space, ["d/a", "d/e/b", "f"], { "d/.tardis-skip": "" });
    expect(saved(space, [])).toEqual(["d", "f"]);
  });

  testBinary("and all of them may have other names", () => {
    using space = new Workspace();
    make(space, ["d/a.o", "e/a.o", "e/f/a.o", "g/x"], {
      "d/.below": "*.o\n",
      "e/.here": "*.o\n",
      "g/.none": "",
    });
    const args = ["--exclude-file-name", ".below", "--local-exclude-file-name", ".here"];
    const left = ["d", "d/.below", "e", "e/.here", "e/f", "e/f/a.o", "g"];
    expect(saved(space, [...args, "--skip-file-name", ".none"])).toEqual(left);
    const env = { TARDIS_EXCLUDES: ".below", TARDIS_LOCAL_EXCLUDES: ".here" };
    expect(saved(space, [], { ...env, TARDIS_SKIPFILE: ".none" })).toEqual(left);
  });

  testBinary("CACHEDIR.TAG, with --skip-caches, of everything but itself", () => {
    using space = new Workspace();
    make(space, ["c/a", "no/a"], { "c/CACHEDIR.TAG": CACHE_TAG, "no/CACHEDIR.TAG": "other" });
    const tags = ["no", "no/CACHEDIR.TAG", "no/a"];
    expect(saved(space, ["--skip-caches"])).toEqual(["c", "c/CACHEDIR.TAG", ...tags]);
    expect(saved(space, [])).toEqual(["c", "c/CACHEDIR.TAG", "c/a", ...tags]);
  });

  testBinary(".cvsignore, with --cvs-ignore, which also knows what CVS never keeps", () => {
    using space = new Workspace();
    make(space, ["a.o", "core", "CVS/Root", ".git/HEAD", "made here", "kept", "d/mine"], {
      ".cvsignore": "mine ours\n",
      ours: "",
    });
    const left = [".cvsignore", "d", "d/mine", "kept", "made here"];
    expect(saved(space, ["--cvs-ignore"])).toEqual(left);
  });
});

describe("how far a backup goes:", () => {
  testBinary("--maxdepth levels of directories below the paths", () => {
    using space = new Workspace();
    make(space, ["a/b/c/d"]);
    expect(saved(space, ["--maxdepth", "2"])).toEqual(["a", "a/b", "a/b/c"]);
    expect(saved(space, ["--maxdepth", "0"])).toEqual(["a"]);
    expect(saved(space, [])).toEqual(["a", "a/b", "a/b/c", "a/b/c/d"]);
  });

  testBinaryAsRoot("not into other file systems, unless --crossdevice", () => {
    using space = new Workspace();
    make(space, ["here"]);
    using _mount = mountTemporary(join(space.source, "mounted"));
    writeFileSync(join(space.source, "mounted", "there"), "");
    expect(saved(space, [])).toEqual(["here", "mounted"]);
    expect(saved(space, ["--crossdevice"])).toEqual(["here", "mounted", "mounted/there"]);
    expect(saved(space, [])).toEqual(["here", "mounted"]);
  });

  testBinary("never into its own repository", () => {
    using space = new Workspace();
    make(space, ["file"]);
    space.base = join(space.source, "backups");
    space.backup();
    writeFileSync(join(space.source, "backups", "mine"), "");
    space.backup();
    const found = entriesOf(space.regen());
    expect(found).toEqual(["backups", "backups/machine", "backups/mine", "file"]);
  });

  testBinary("to the folder a symlink on the command line leads to, and no other symlink", () => {
    using space = new Workspace();
    make(space, ["real/file"]);
    symlinkSync("real", join(space.source, "link"));
    symlinkSync("real/file", join(space.source, "link to file"));
    const paths = [join(space.source, "link"), join(space.source, "link to file")];
    space.backup([], { paths });
    expect(entriesOf(space.regen())).toEqual(["link to file", "real", "real/file"]);
  });

  testBinary("and where in the set it puts what it finds: --basepath", () => {
    using space = new Workspace();
    make(space, ["x/one/a", "y/two/b"]);
    const paths = [join(space.source, "x", "one"), join(space.source, "y", "two")];
    for (const [base, found] of Object.entries({
      none: ["one", "one/a", "two", "two/b"],
      common: ["x", "x/one", "x/one/a", "y", "y/two", "y/two/b"],
    })) {
      space.backup(["--basepath", base], { paths });
      expect(entriesOf(space.regen([], { path: "/" }))).toEqual(found);
    }
  });
});

describe("of attributes", () => {
  testBinary("--no-xattr leaves out the extended ones, --no-acl the access lists", () => {
    for (const [option, left] of [
      ["--no-xattr", ["system.posix_acl_access"]],
      ["--no-acl", ["user.text"]],
      ["--xattr", ["system.posix_acl_access", "user.text"]],
    ] as const) {
      using space = new Workspace();
      const file = join(space.source, "file");
      writeFileSync(file, "");
      setAttribute(file, "user.text", "value");
      setAttribute(file, "system.posix_acl_access", accessList(12_345));
      space.backup([option]);
      expect(Object.keys(attributesOf(join(space.regen(), "file")))).toEqual([...left]);
    }
  });
});

/** Empty files, and files with a text, with the folders they are in. */
function make(
  space: Workspace,
  empty: readonly string[],
  texts: Readonly<Record<string, string>> = {},
): void {
  const all = { ...Object.fromEntries(empty.map((path) => [path, ""])), ...texts };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(space.source, path)), { recursive: true });
    writeFileSync(join(space.source, path), text);
  }
}

/** What a backup with these arguments has of the source folder. */
function saved(
  space: Workspace,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string[] {
  expect(space.backup(args, { env }).problems.total).toBe(0);
  return entriesOf(space.regen());
}

function entriesOf(folder: string): string[] {
  return [...stateOf(folder).keys()].filter((path) => path !== "").toSorted();
}
