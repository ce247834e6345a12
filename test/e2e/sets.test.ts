/** Issue 2, "Set" options and `admin list`: names, priorities, tags, states. */
import { describe, expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Workspace, testBinary } from "../support/run-tardis.ts";

const TODAY = /\d{4}-\d\d-\d\d/;

describe("sets get their names and priorities", () => {
  testBinary(
    "by themselves: the month's first, the week's first, the day's first, and others",
    () => {
      using space = withOneFile();
      for (let run = 0; run < 4; run += 1) space.backup();
      expect(space.list()).toMatchObject([
        { number: 1, name: expect.stringMatching(/^Monthly-\d{4}-\d\d$/), priority: 40 },
        { number: 2, name: expect.stringMatching(/^Weekly-\d{4}-\d\d$/), priority: 20 },
        { number: 3, name: expect.stringMatching(/^Daily-\d{4}-\d\d-\d\d$/), priority: 10 },
        { number: 4, name: expect.stringMatching(/^Backup_.{10}_.{8}$/), priority: 0 },
      ]);
    },
  );

  testBinary("by the schedule that is given", () => {
    using space = withOneFile();
    expect(space.backup(["--daily"]).set.name).toMatch(/^Daily-/);
    expect(space.backup(["--weekly"]).set.name).toMatch(/^Weekly-/);
    expect(space.backup(["-H"]).set.name).toMatch(/^Monthly-/);
    expect(space.backup(["--hourly"]).set.name).toMatch(/^Hourly-.*-\d\d$/);
  });

  testBinary("as the user says, but no name is given twice", () => {
    using space = withOneFile();
    expect(space.backup(["-n", "before the move", "--priority", "77"]).set).toMatchObject({
      name: "before the move",
      priority: 77,
    });
    const again = ["backup", "-R", space.base, "-n", "before the move", space.source];
    const { exitCode, stderr } = space.run(again);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2 });
    expect(stderr).toContain("before the move");
  });
});

describe("tags", () => {
  testBinary("name a set for regen, and move only when that is asked for", () => {
    using space = withOneFile();
    space.backup(["-t", "good", "--tag", "old"]);
    expect(space.list()[0]?.tags).toEqual(["good", "old"]);
    const again = ["backup", "-R", space.base, "-t", "good", space.source];
    expect(space.run(again)).toMatchObject({ exitCode: 2 });
    writeFileSync(join(space.source, "file"), "new");
    space.backup(["-t", "good", "--movetag"]);
    expect(space.list().filter(({ state }) => state === "complete")).toMatchObject([
      { tags: ["old"] },
      { tags: ["good"] },
    ]);
    expect(read(space, "good")).toBe("new");
    expect(read(space, "old")).toBe("text");
  });
});

describe("a set is named", () => {
  testBinary("by its name, number or tag; Current is the newest complete one", () => {
    using space = withOneFile();
    space.backup(["-n", "first", "-t", "tagged"]);
    writeFileSync(join(space.source, "file"), "new");
    space.backup(["-n", "second"]);
    for (const [set, text] of [
      ["first", "text"],
      ["1", "text"],
      ["tagged", "text"],
      ["Current", "new"],
      ["2", "new"],
    ] as const) {
      expect(read(space, set)).toBe(text);
    }
    const unknown = space.run([
      "regen",
      "-R",
      space.base,
      "-b",
      "third",
      join(space.source, "file"),
    ]);
    expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
    expect(unknown.stderr).toContain("third");
  });
});

describe("admin list", () => {
  testBinary("shows number, name, priority, state, times, counts and bytes", () => {
    using space = withOneFile();
    space.backup(["-n", "one", "-t", "tag"]);
    const { stdout } = space.expectExit(["admin", "list", "-R", space.base]);
    const [head, line] = stdout.split("\n");
    expect(head?.split(/ {2,}/)).toEqual(
      "Number,Name,State,Priority,Started,Duration,Files,Size,Stored,Tags".split(","),
    );
    expect(line).toMatch(/^ *1 +one +complete +0 +/);
    expect(line).toMatch(TODAY);
    expect(line).toMatch(/4 bytes +\d+ bytes +tag$/);
  });

  testBinary("as JSON has all of it for scripts", () => {
    using space = withOneFile();
    const { counts } = space.backup(["-n", "one"]);
    expect(space.list()).toEqual([
      expect.objectContaining({
        number: 1,
        name: "one",
        state: "complete",
        paths: [space.source],
        error: null,
        counts,
      }),
    ]);
  });
});

describe("where the repository is:", () => {
  testBinary("a folder of the client's name in --database, TARDIS_DB, or -R as a file: URL", () => {
    using space = withOneFile();
    const { source } = space;
    const [a, b, c] = [space.join("a"), space.join("b b"), space.join("c")];
    const folderOf = (args: readonly string[], env = {}): string => {
      const { stdout } = space.expectExit(["backup", "--json", ...args, source], { env });
      return (JSON.parse(stdout) as { repository: { folder: string } }).repository.folder;
    };
    expect(folderOf(["--database", a])).toBe(join(a, "machine"));
    expect(folderOf(["-D", a, "--client", "other"])).toBe(join(a, "other"));
    expect(folderOf(["-R", `file://${b.replace(" ", "%20")}`])).toBe(join(b, "machine"));
    expect(folderOf([], { TARDIS_DB: c })).toBe(join(c, "machine"));
    expect(folderOf(["-R", join(c, "machine")])).toBe(join(c, "machine"));
  });

  testBinary("the machine's name is the client's, where none is given", () => {
    using space = withOneFile();
    const env = { TARDIS_CLIENT: hostname().split(".")[0] ?? "" };
    const named = space.expectExit(["backup", "--json", "-D", space.base, space.source], { env });
    expect(JSON.parse(named.stdout)).toMatchObject({
      repository: { client: env.TARDIS_CLIENT, created: true },
    });
  });

  testBinary("the first backup makes it and says so", () => {
    using space = withOneFile();
    const command = ["backup", "-R", space.base, space.source];
    expect(space.expectExit(command).stderr).toContain(`made a new repository in ${space.base}`);
    expect(space.expectExit(command).stderr).toBe("");
  });
});

function withOneFile(): Workspace {
  const space = new Workspace();
  mkdirSync(space.source, { recursive: true });
  writeFileSync(join(space.source, "file"), "text");
  return space;
}

/** The file's text in a set, from standard output. */
function read(space: Workspace, set: string): string {
  const file = join(space.source, "file");
  return space.expectExit(["regen", "-R", space.base, "--backup", set, file]).stdout;
}
