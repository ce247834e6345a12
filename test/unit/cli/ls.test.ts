/** `tardis ls`: what is asked of the engine, and how it is shown. */
import { describe, expect, test } from "bun:test";
import type { BackupSet } from "../../../src/core/backup-set.ts";
import type { FileName, FilePath } from "../../../src/core/byte-string.ts";
import type { PastVersion } from "../../../src/core/history.ts";
import type { ContentId, DirectoryId } from "../../../src/core/ids.ts";
import type { EntryHistory, ListGroup } from "../../../src/core/list-options.ts";
import { colorKey, painter, wantsColors } from "../../../src/cli/colors.ts";
import { modeText } from "../../../src/cli/entry-text.ts";
import { inColumns } from "../../../src/cli/in-columns.ts";
import { DAILY_SET, runCli } from "../../support/run-cli.ts";

const SETS = ["one", "two", "three", "four"].map((name, index): BackupSet => ({
  ...DAILY_SET,
  name,
  id: (index + 1) as never,
}));
const SHA = "ab".repeat(32) as ContentId;

describe("ls asks for", () => {
  test("what is in the current folder, of all sets", async () => {
    const { lists } = await runCli(["ls"]);
    expect(lists[0]).toMatchObject({
      wanted: {
        kind: "paths",
        paths: [{ path: "/home/u", form: "literal" }],
        folders: "contents",
        hidden: "leave-out",
        renames: "ignore",
      },
      setRange: undefined,
      fromMs: undefined,
      toMs: undefined,
    });
  });

  test("paths from the current folder, globs, folders themselves, hidden names", async () => {
    const { lists } = await runCli(["ls", "-da", "--glob", "--follow", "../x/*", "y"]);
    expect(lists[0]?.wanted).toMatchObject({
      paths: [
        { path: "/home/x/*", form: "glob" },
        { path: "/home/u/y", form: "glob" },
      ],
      folders: "themselves",
      hidden: "show",
      renames: "follow",
    });
  });

  test("a part of the sets, and so much depth", async () => {
    const args = ["--range", "one:three", "--dates", "2014-03-15:", "--recurse", "--maxdepth=2"];
    const { lists } = await runCli(["ls", ...args]);
    expect(lists[0]).toMatchObject({
      wanted: { folders: "recurse", depthMax: 2 },
      setRange: "one:three",
      fromMs: new Date(2014, 2, 15).getTime(),
      toMs: undefined,
    });
  });

  test("a path without its first names, or with as few as lead to something", async () => {
    const { lists } = await runCli(["ls", "--reduce-path", "1", "a"]);
    expect(lists[0]?.wanted).toMatchObject({ paths: [{ path: "/u/a", others: [] }] });
    const found = await runCli(["ls", "--reduce-path", "a"]);
    expect(found.lists[0]?.wanted).toMatchObject({
      paths: [{ path: "/home/u/a", others: ["/u/a", "/a"] }],
    });
  });

  test("names anywhere", async () => {
    const { lists, code, stderr } = await runCli(["ls", "--find", "*.tex"]);
    expect(lists[0]?.wanted).toEqual({ kind: "names", pattern: "*.tex" });
    expect([code, stderr]).toEqual([0, ""]);
    expect((await runCli(["ls", "--find", "*.tex", "x"])).code).toBe(2);
  });

  test("nothing where a date is not understood, and says which are", async () => {
    const { lists, code, stderr } = await runCli(["ls", "--dates", "soon:"]);
    expect([lists.length, code]).toEqual([0, 2]);
    expect(stderr).toContain('the range of dates "soon:" is not understood');
  });

  test("the same as the original's lstardis", async () => {
    const { lists } = await runCli(["-a"], { invokedAs: "/usr/bin/lstardis" });
    expect(lists[0]?.wanted).toMatchObject({ hidden: "show" });
  });
});

describe("ls shows", () => {
  test("each change with its sets, and where it was gone", async () => {
    expect(await shown([])).toBe("a\n    one – two (2 sets)\n    (three)\n    four\nb\n    four\n");
  });

  test("every set, the last version only, or none", async () => {
    expect(await shown(["--versions", "all"])).toStartWith("a\n    one\n    two\n    (three)\n");
    expect(await shown(["-V", "last"])).toStartWith("a\n    four\n");
    expect(await shown(["-V", "none"])).toBe("a\nb\n");
  });

  test("names side by side, as many as there is room for", async () => {
    expect(await shown(["-V", "none", "--columns", "20"])).toBe("a  b\n");
    expect(await shown(["-V", "none", "--columns", "3"])).toBe("a\nb\n");
  });

  test("names and versions on one line", async () => {
    expect(await shown(["--oneline"])).toBe("a  one – two (2 sets)  (three)  four\nb  four\n");
  });

  test("what is there at last, without what is gone", async () => {
    const gone = entry(
      "c",
      [version("c", 1), undefined],
      [
        [0, 1],
        [2, 3],
      ],
    );
    expect(await shown(["--no-deletions"], [gone])).toBe("");
    expect(await shown([], [gone])).toBe(
      "c\n    one – two (2 sets)\n    (three – four (2 sets))\n",
    );
  });

  test("a version for new times or permissions only where these count", async () => {
    const touched = { ...version("c", 1), mtimeNs: 5n };
    const changed = { ...touched, permissions: 0o600 };
    const same = entry(
      "c",
      [version("c", 1), touched, changed],
      [
        [0, 0],
        [1, 2],
        [3, 3],
      ],
    );
    expect(await shown(["-O"], [same])).toBe("c  one – four (4 sets)\n");
    expect(await shown(["-OT"], [same])).toBe("c  one  two – four (3 sets)\n");
    expect(await shown(["-OM"], [same])).toBe("c  one  two – three (2 sets)  four\n");
  });

  test("details in cells of equal width", async () => {
    expect(await shown(["-lics", "-L", "-V", "last"])).toBe(
      `a\n    10 2 -rw-r--r-- 1 ann users    2 1970-01-01 00:00:00 ${SHA}  four\n` +
        `b\n     7 – drwxr-xr-x 1 ann users 4096 1970-01-01 00:00:00 –${" ".repeat(63)}  four\n`,
    );
    expect(await shown(["-sHf", "-V", "none", "--dsize"])).toBe("2 bytes  a\n     17  b/\n");
  });

  test("what could not be read, unless it is not wanted", async () => {
    const flags = { ...version("c", 1).flags, isUnreadable: true };
    const broken = entry("c", [{ ...version("c", 1), flags, content: undefined }], [[0, 3]]);
    expect(await shown(["-O"], [broken])).toBe("c  one – four (4 sets)  unreadable\n");
    expect(await shown(["-O", "--no-broken"], [broken])).toBe("");
  });

  test("the last name first", async () => {
    expect(await shown(["-r", "-V", "none"])).toBe("b\na\n");
  });

  test("an object a line with --json", async () => {
    const [first = ""] = (await shown(["--json"])).split("\n");
    expect(JSON.parse(first)).toMatchObject({
      path: "/home/u/a",
      kind: "file",
      versions: [
        { sets: { first: { number: 1, name: "one" }, last: { name: "two" }, count: 2 }, size: 1 },
        { sets: { first: { name: "three" } }, gone: true },
        { sets: { count: 1 }, size: 2, permissions: "0644", checksum: SHA, chainLength: 2 },
      ],
    });
  });

  test("colours where they are wanted", async () => {
    const env = { TARDIS_LS_COLORS: "*a=35:gone=7" };
    const { stdout } = await runCli(["ls", "-O", "--colors"], { listed: [group()], env });
    expect(stdout).toContain("\u001b[01;34mb\u001b[0m");
    expect(stdout).toContain("\u001b[7m(three)\u001b[0m");
    expect(await shown(["-O"])).not.toContain("\u001b");
  });

  test("what is not there, and exits with 1", async () => {
    const missing = [{ message: "/x is in none", hint: "There is /y." }];
    const { stderr, code } = await runCli(["ls", "x"], { missing });
    expect([stderr, code]).toEqual(["tardis: /x is in none\nThere is /y.\n", 1]);
  });
});

describe("colours", () => {
  test("are used on a terminal, unless NO_COLOR says no or the option says otherwise", () => {
    expect(wantsColors(undefined, {}, true)).toBe(true);
    expect(wantsColors(undefined, {}, false)).toBe(false);
    expect(wantsColors(undefined, { NO_COLOR: "1" }, true)).toBe(false);
    expect(wantsColors(undefined, { NO_COLOR: "" }, true)).toBe(true);
    expect(wantsColors(true, { NO_COLOR: "1" }, false)).toBe(true);
  });

  test("are those of the longest ending that has one, of the kind, or none", () => {
    const paint = painter("*.gz=31:*.tar.gz=32:fi=0:nonsense:*.x=oops");
    const of = (name: string, mode = 0o644) => paint(name, colorKey(name, "file", mode));
    expect(of("a.gz")).toBe("\u001b[31ma.gz\u001b[0m");
    expect(of("a.tar.gz")).toBe("\u001b[32ma.tar.gz\u001b[0m");
    expect(of("a.x")).toBe("a.x");
    expect(of("a.gz", 0o755)).toBe("\u001b[01;32ma.gz\u001b[0m");
  });
});

test("permissions are written as ls(1) writes them", () => {
  expect(modeText("file", 0o644)).toBe("-rw-r--r--");
  expect(modeText("directory", 0o1777)).toBe("drwxrwxrwt");
  expect(modeText("file", 0o6750)).toBe("-rwsr-s---");
  expect(modeText("file", 0o7644)).toBe("-rwSr-Sr-T");
});

test("columns are filled downwards, and no line is too long", () => {
  const texts = ["aaa", "b", "cc", "dddddd", "e"];
  expect(inColumns(texts, 16, "")).toEqual(["aaa  cc      e", "b    dddddd"]);
  expect(inColumns(texts, 5, "  ")).toEqual(texts.map((text) => `  ${text}`));
  for (let width = 8; width < 40; width += 1)
    for (const line of inColumns(texts, width, " ")) expect(line.length).toBeLessThanOrEqual(width);
});

async function shown(args: readonly string[], entries?: readonly EntryHistory[]): Promise<string> {
  const { stdout, stderr } = await runCli(["ls", ...args], { listed: [group(entries)] });
  expect(stderr).toBe("");
  return stdout;
}

function group(entries: readonly EntryHistory[] = [fileA(), folderB()]): ListGroup {
  return {
    folder: "/home/u" as FilePath,
    entries,
    chainLengths: new Map([[SHA, 2]]),
    entryCounts: new Map([[9 as DirectoryId, 17]]),
  };
}

function fileA(): EntryHistory {
  const newest = { ...version("a", 2), content: SHA };
  return entry(
    "a",
    [version("a", 1), undefined, newest],
    [
      [0, 1],
      [2, 2],
      [3, 3],
    ],
  );
}

function folderB(): EntryHistory {
  const folder = { kind: "directory", permissions: 0o755, inode: 7n, sizeBytes: 4096 } as const;
  const child = 9 as DirectoryId;
  return entry("b", [{ ...version("b", 1), ...folder, child, content: undefined }], [[3, 3]]);
}

function entry(
  name: string,
  versions: readonly (PastVersion | undefined)[],
  ranges: readonly (readonly [number, number])[],
): EntryHistory {
  const path = `/home/u/${name}` as FilePath;
  const states = versions.map((each, index) => {
    const [from, to] = ranges[index] ?? [0, 0];
    return { path, version: each, from, to };
  });
  return { path, name: name as FileName, sets: SETS, states };
}

function version(name: string, sizeBytes: number): PastVersion {
  return {
    name: name as FileName,
    kind: "file",
    permissions: 0o644,
    owner: { uid: 1, gid: 2, userName: "ann", groupName: "users" },
    sizeBytes,
    mtimeNs: 0n,
    ctimeNs: 0n,
    inode: 10n,
    fileSystem: 1,
    links: 1,
    deviceNumber: 0,
    flags: { isRacy: false, isTorn: false, isUnreadable: false, leftOut: [] },
    content: `${sizeBytes}`.repeat(64) as ContentId,
    attributes: undefined,
    child: undefined,
    directory: 2 as DirectoryId,
    firstSet: 1 as never,
    lastSet: undefined,
  };
}
