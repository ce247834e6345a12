/** Folders of a restore that get their names later (staging.ts, new-folders.ts). */
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { OverwritePolicy } from "../../../src/core/restore-options.ts";
import { SourceFailed } from "../../../src/source/problem.ts";
import { RestoreTarget } from "../../../src/source/restore-target.ts";
import { type FolderState, newStagingMark } from "../../../src/source/staging.ts";
import { processUmask } from "../../../src/source/umask.ts";
import { ALL_ATTRIBUTES, filePath, versionWith } from "../../support/source-paths.ts";
import { TempDir } from "../../support/temp-dir.ts";

const LATER = { above: "any", name: "later", birth: undefined } as const;
const INSIDE = { above: "staged", name: "later", birth: undefined } as const;

describe("a folder that gets its name later", () => {
  test("is not seen under it before, and has in it what was made meanwhile", () => {
    using scene = new Scene();
    const { target } = scene;
    expect(target.makeDirectory(filePath("a"), LATER)).toMatchObject({ state: "staged" });
    scene.restore("a/file", "hello", "staged");
    expect(scene.names("")).toEqual([expect.stringMatching(/^\.tardis-[0-9a-f]{12}-a$/)]);
    target.nameDirectory(filePath("a"));
    expect(scene.names("")).toEqual(["a"]);
    expect(scene.names("a")).toEqual(["file"]);
    expect(scene.text("a/file")).toBe("hello");
  });

  test("is found at its path all the time, by any thread that knows the mark", () => {
    using scene = new Scene();
    const { target } = scene;
    using other = scene.another();
    target.makeDirectory(filePath("a"), LATER);
    target.makeDirectory(filePath("a/b"), INSIDE);
    scene.restore("a/b/1", "one", "staged", other);
    target.nameDirectory(filePath("a"));
    scene.restore("a/b/2", "two", "staged", other);
    target.nameDirectory(filePath("a/b"));
    using late = scene.another();
    scene.restore("a/b/3", "three", "any", late);
    expect(target.link(filePath("a/b/1"), filePath("a/b/4"))).toBe("linked");
    expect(target.finishDirectory(filePath("a"), folderOf(0o500))).toEqual([]);
    expect(scene.names("a/b")).toEqual(["1", "2", "3", "4"]);
    expect(scene.text("a/b/4")).toBe("one");
  });

  test("loses what was not finished", () => {
    using scene = new Scene();
    scene.target.makeDirectory(filePath("a"), LATER);
    scene.restore("a/whole", "hello", "staged");
    {
      using half = scene.target.createFile(filePath("a/half"), 10, plain(), "staged");
      half.write(Buffer.from("he"), 0);
    }
    scene.target.nameDirectory(filePath("a"));
    expect(scene.names("a")).toEqual(["whole"]);
  });

  test("keeps the other one, and says so, where something took its own meanwhile", () => {
    using scene = new Scene("always");
    scene.target.makeDirectory(filePath("a"), LATER);
    scene.restore("a/file", "hello", "staged");
    mkdirSync(scene.folder.join("out/a"));
    writeFileSync(scene.folder.join("out/a/mine"), "");
    expect(() => scene.target.nameDirectory(filePath("a"))).toThrow(
      /stays \.tardis-[0-9a-f]{12}-a, which it was restored under: file exists/,
    );
    expect(scene.names("a")).toEqual(["mine"]);
    // What comes to that path from now on comes to the one that was restored.
    scene.restore("a/more", "", "any");
    expect(scene.names("")).toHaveLength(2);
    expect(scene.names("a")).toEqual(["mine"]);
  });

  test("has it from the start where the other would be too long", () => {
    using scene = new Scene();
    const name = "x".repeat(250);
    expect(scene.target.makeDirectory(filePath(name), LATER)).toMatchObject({ state: "new" });
    scene.restore(`${name}/file`, "hello", "new");
    expect(scene.text(`${name}/file`)).toBe("hello");
  });

  test("is not made twice when two paths lead to it", () => {
    using scene = new Scene();
    const { target } = scene;
    target.makeDirectory(filePath("a"), LATER);
    expect(target.makeDirectory(filePath("a"), LATER)).toMatchObject({ state: "any" });
    expect(target.makeDirectory(filePath("a"))).toMatchObject({ state: "any" });
    expect(scene.names("")).toHaveLength(1);
    target.nameDirectory(filePath("a"));
    expect(target.makeDirectory(filePath("a"), LATER)).toMatchObject({ state: "any" });
    expect(scene.names("")).toEqual(["a"]);
  });

  test("takes each name once", () => {
    using scene = new Scene("always");
    scene.target.makeDirectory(filePath("a"), LATER);
    scene.restore("a/file", "hello", "staged");
    expect(() => scene.restore("a/file", "again", "staged")).toThrow(SourceFailed);
    scene.target.nameDirectory(filePath("a"));
    expect(scene.text("a/file")).toBe("hello");
  });
});

describe("a folder is born as it is to be", () => {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const making = { above: "any", name: "now" } as const;
  const born = (scene: Scene, mode: number, owner = own) =>
    scene.target.makeDirectory(filePath("out/a"), { ...making, birth: { ...owner, mode } });

  test("where that is what it gets by itself", () => {
    using scene = new Scene();
    scene.target.makeDirectory(filePath("out"));
    expect(born(scene, 0o700)).toMatchObject({ state: "new", isBorn: true });
    expect(statSync(scene.folder.join("out/out/a")).mode & 0o7777).toBe(0o700);
    expect(scene.target.finishDirectory(filePath("out/a"), folderOf(0o700), true)).toEqual([]);
    expect(statSync(scene.folder.join("out/out/a")).mode & 0o7777).toBe(0o700);
  });

  test("not where the umask, its owner or the folder above say otherwise", () => {
    using scene = new Scene();
    scene.target.makeDirectory(filePath("out"));
    expect(born(scene, 0o777 & ~processUmask())).toMatchObject({ isBorn: true });
    rmdirSync(scene.folder.join("out/out/a"));
    expect(born(scene, 0o777)).toMatchObject({ isBorn: processUmask() === 0 });
    rmdirSync(scene.folder.join("out/out/a"));
    expect(born(scene, 0o700, { ...own, gid: own.gid + 1 })).toMatchObject({ isBorn: false });
    rmdirSync(scene.folder.join("out/out/a"));
    chmodSync(scene.folder.join("out/out"), 0o2755);
    expect(born(scene, 0o700)).toMatchObject({ isBorn: false });
  });

  test("and has its times set by its name, or the one that it goes by until then", () => {
    using scene = new Scene();
    const folder = folderOf(0o700);
    const { mtimeNs } = folder.version;
    scene.target.makeDirectory(filePath("out"));
    born(scene, 0o700);
    expect(scene.target.finishDirectory(filePath("out/a"), folder, true)).toEqual([]);
    expect(mtimeOf(scene, "out/a")).toBe(mtimeNs);

    const birth = { ...own, mode: 0o700 };
    scene.target.makeDirectory(filePath("b"), { ...LATER, birth });
    expect(scene.target.finishDirectory(filePath("b"), folder, true)).toEqual([]);
    const [staged = ""] = scene.names("").filter((name) => name.endsWith("b"));
    expect(mtimeOf(scene, staged)).toBe(mtimeNs);
  });

  test("and sets none of a symlink's target that has taken its place", () => {
    using scene = new Scene();
    scene.target.makeDirectory(filePath("out"));
    born(scene, 0o700);
    mkdirSync(scene.folder.join("other"));
    const before = statSync(scene.folder.join("other"), { bigint: true }).mtimeNs;
    rmdirSync(scene.folder.join("out/out/a"));
    symlinkSync(scene.folder.join("other"), scene.folder.join("out/out/a"));
    scene.target.finishDirectory(filePath("out/a"), folderOf(0o700), true);
    expect(statSync(scene.folder.join("other"), { bigint: true }).mtimeNs).toBe(before);
  });

  test("not where nobody could put anything into it, or it is there", () => {
    using scene = new Scene();
    scene.target.makeDirectory(filePath("out"));
    expect(born(scene, 0o500)).toMatchObject({ isBorn: false });
    expect(statSync(scene.folder.join("out/out/a")).mode & 0o7777).toBe(0o700);
    expect(born(scene, 0o700)).toMatchObject({ state: "any", isBorn: false });
  });
});

describe("a folder that is there", () => {
  test("keeps its name and what is in it", () => {
    using scene = new Scene();
    mkdirSync(scene.folder.join("out/a"));
    writeFileSync(scene.folder.join("out/a/mine"), "");
    expect(scene.target.makeDirectory(filePath("a"), LATER)).toMatchObject({ state: "any" });
    expect(scene.names("a")).toEqual(["mine"]);
  });

  for (const existing of ["never", "always"] as const) {
    test(`as a file is replaced only by "always" (${existing})`, () => {
      using scene = new Scene(existing);
      writeFileSync(scene.folder.join("out/a"), "");
      const made = scene.target.makeDirectory(filePath("a"), LATER);
      if (existing === "never") expect(made.problem).toBe("a file is in its place");
      else expect(made).toMatchObject({ state: "staged" });
    });
  }
});

/** A folder to restore to, and a target for it. */
class Scene implements Disposable {
  readonly folder = new TempDir();
  readonly target: RestoreTarget;
  readonly #existing: OverwritePolicy;
  readonly #staging = newStagingMark();

  constructor(existing: OverwritePolicy = "never") {
    this.#existing = existing;
    this.target = this.another();
  }

  /** As another thread has it. */
  another(): RestoreTarget {
    return RestoreTarget.open(filePath(this.folder.join("out")), {
      existing: this.#existing,
      attributes: ALL_ATTRIBUTES,
      staging: this.#staging,
    });
  }

  restore(path: string, text: string, state: FolderState, target = this.target): void {
    using file = target.createFile(filePath(path), text.length, plain(), state);
    file.write(Buffer.from(text), 0);
    expect(target.finish(file, plain())).toEqual([]);
  }

  names(path: string): string[] {
    return readdirSync(this.folder.join("out", path)).toSorted();
  }

  text(path: string): string {
    return readFileSync(this.folder.join("out", path), "utf8");
  }

  [Symbol.dispose](): void {
    this.target[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

function mtimeOf(scene: Scene, path: string): bigint {
  return statSync(scene.folder.join("out", path), { bigint: true }).mtimeNs;
}

function plain() {
  return { version: versionWith({}), attributes: undefined };
}

function folderOf(permissions: number) {
  return { version: versionWith({ kind: "directory", permissions }), attributes: undefined };
}
