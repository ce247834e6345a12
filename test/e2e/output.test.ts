/** Issue 2, "Output" options: reports, statistics, progress, logs, JSON, dry runs. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { noise } from "../support/make-tree.ts";
import { Workspace, isBinaryGiven, testBinary } from "../support/run-tardis.ts";

const CLEAR_LINE = "\r\u001b[K";

describe("a backup tells", () => {
  testBinary("in two lines what it did", () => {
    using space = filled();
    const { stdout, stderr } = backup(space, []);
    expect(stdout).toMatch(
      /^Backup set Monthly-.* \(number 1\): 3 files, \d+ directories, .*KiB\n/,
    );
    expect(stdout).toMatch(/\n\d+ new or changed, .* read, .* stored, in .* s\n$/);
    expect(stderr).toBe(`made a new repository in ${space.repository}\n`);
  });

  testBinary("every file, or each directory with its sums, with --report", () => {
    using space = filled();
    const all = backup(space, ["--report", "all"]).stdout;
    expect(all).toMatch(new RegExp(`^full +100 KiB +${space.source}/a$`, "m"));
    expect(all).toMatch(new RegExp(`^full +1 byte +${space.source}/d/b$`, "m"));
    writeFileSync(join(space.source, "d", "b"), "more");
    writeFileSync(join(space.source, "d", "e"), "new");
    const dirs = backup(space, ["--report", "dirs"]).stdout;
    expect(dirs).toMatch(new RegExp(`2 entries +7 bytes +${space.source}/d$`, "m"));
    expect(dirs).not.toContain("/d/b");
    expect(backup(space, ["--report", "none"]).stdout.split("\n")).toHaveLength(3);
  });

  testBinary("a table of numbers with --stats", () => {
    using space = filled();
    const { stdout } = backup(space, ["--stats"]);
    expect(stdout).toMatch(/^ +Files +3$/m);
    expect(stdout).toMatch(/^ +Contents stored whole +3$/m);
    expect(stdout).toMatch(/^ +Stored +\d+/m);
  });

  testBinary("one JSON object and nothing else on standard output with --json", () => {
    using space = filled();
    const { stdout } = backup(space, ["--json", "--stats", "--report", "all", "--progress"]);
    expect(JSON.parse(stdout)).toMatchObject({
      command: "backup",
      mode: "save",
      set: { number: 1, state: "complete" },
      counts: { files: 3, problems: 0 },
      exitCode: 0,
    });
  });

  testBinary("why it failed, as JSON too", () => {
    using space = filled();
    const { stdout, exitCode } = space.run(["regen", "--json", "-R", space.base, "-o", "x", "/y"]);
    expect(exitCode).toBe(10);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        message: expect.stringContaining("there is no repository"),
        hint: expect.any(String),
      },
      exitCode: 10,
    });
  });

  testBinary("all of it with the time in every --log file, beside what is there", () => {
    using space = filled();
    const logs = [space.join("one.log"), space.join("two.log")] as const;
    writeFileSync(logs[0], "before\n");
    backup(space, ["--log", logs[0], "--log", logs[1], "--report", "all"]);
    const [one, two] = logs.map((log) => readFileSync(log, "utf8"));
    expect(one).toBe(`before\n${two}`);
    for (const line of two!.trimEnd().split("\n")) expect(line).toMatch(/^\d{4}-\d\d-\d\dT.*Z \S/);
    expect(two).toContain("made a new repository");
    expect(two).toContain(join(space.source, "a"));
    expect(two).toContain("Backup set Monthly-");
  });

  testBinary("no progress in a pipe, asked for or not", () => {
    using space = filled();
    for (const args of [["--progress"], []]) {
      const { stderr, stdout } = backup(space, args);
      expect(stderr + stdout).not.toContain("\r");
    }
  });

  test.skipIf(!isBinaryGiven || Bun.which("script") === null)(
    "a live line with counts on a terminal, gone at the end, and none with --no-progress",
    () => {
      using space = filled();
      const live = onTerminal(space, ["backup", "-R", space.base, space.source]);
      expect(live).toContain(`${CLEAR_LINE}save: 3 files, 100 KiB  ${space.source}`);
      expect(live.split(CLEAR_LINE).at(-1)).toMatch(/^Backup set /);
      const silent = onTerminal(space, ["backup", "-R", space.base, "--no-progress", space.source]);
      expect(silent).not.toContain(CLEAR_LINE);
    },
  );
});

describe("a dry run", () => {
  testBinary("makes no repository", () => {
    using space = filled();
    const before = stateOf(space.join("."));
    const { stdout } = backup(space, ["--dry-run"]);
    expect(stdout).toContain(`A repository would be made: ${space.repository}`);
    expect(stdout).toMatch(/Would be saved: 3 files/);
    expect(differences(before, stateOf(space.join(".")))).toEqual([]);
  });

  testBinary("writes nothing into one, and says what a run would save", () => {
    using space = filled();
    backup(space, []);
    writeFileSync(join(space.source, "a"), noise(5000, 9));
    writeFileSync(join(space.source, "new"), "new");
    const before = stateOf(space.repository);
    const { stdout } = backup(space, ["--dry-run", "--report", "all"]);
    expect(differences(before, stateOf(space.repository))).toEqual([]);
    expect(stdout).toContain(join(space.source, "a"));
    expect(stdout).toContain(join(space.source, "new"));
    expect(stdout).not.toContain(join(space.source, "d", "b"));
    expect(space.list()).toHaveLength(1);
  });

  testBinary("as JSON has the counts and no set", () => {
    using space = filled();
    backup(space, []);
    writeFileSync(join(space.source, "new"), "new");
    const summary = JSON.parse(backup(space, ["--dry-run", "--json"]).stdout);
    expect(summary).toMatchObject({ mode: "dry-run", counts: { files: 4 }, exitCode: 0 });
    expect(summary.set).toBeUndefined();
  });

  testBinary("is possible while another run writes, and where nothing can be written", () => {
    using space = filled();
    backup(space, []);
    writeFileSync(join(space.repository, "tardis.lock"), "another");
    expect(backup(space, ["--dry-run"]).stdout).toContain("Would be saved");
  });
});

describe("settings come", () => {
  testBinary("from a file of arguments, and from an INI file", () => {
    using space = filled();
    writeFileSync(space.join("arguments"), `-R "${space.base}" # where\n--name 'from a file'\n`);
    space.expectExit(["backup", `@${space.join("arguments")}`, space.source]);
    const ini = ["[home]", `Repository = ${space.base}`, "Name = from ini"];
    writeFileSync(space.join("ini"), [...ini, `Directories = ${space.source}`, ""].join("\n"));
    space.expectExit(["backup", "--config", space.join("ini"), "--job", "home"]);
    expect(space.list().map(({ name }) => name)).toEqual(["from a file", "from ini"]);
  });

  testBinary("wrong ones do nothing but tell what is wrong, exit code 2", () => {
    using space = filled();
    for (const args of [["--nosuch"], ["--priority", "x"], ["--report", "some"], ["-x", "[a"]]) {
      const { exitCode, stdout, stderr } = space.run(["backup", "-R", space.base, ...args, "/"]);
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 2, stdout: "" });
      expect(stderr).toMatch(/^tardis: .+\n.+\n$/);
    }
  });
});

/** Three files: 100 KiB, one byte, none. */
function filled(): Workspace {
  const space = new Workspace();
  mkdirSync(join(space.source, "d"));
  writeFileSync(join(space.source, "a"), noise(100 * 1024, 1));
  writeFileSync(join(space.source, "d", "b"), "b");
  writeFileSync(join(space.source, "d", "c"), "");
  return space;
}

function backup(space: Workspace, args: readonly string[]): { stdout: string; stderr: string } {
  return space.expectExit(["backup", "-R", space.base, ...args, space.source]);
}

/** All that the program writes when a terminal is what it writes to. */
function onTerminal(space: Workspace, args: readonly string[]): string {
  const words = [process.env["TARDIS_BINARY"] ?? "", ...args].map((word) => `'${word}'`);
  const command = ["script", "--quiet", "--return", "--command", words.join(" "), "/dev/null"];
  const { stdout } = Bun.spawnSync(command, { env: space.environment({ TERM: "xterm" }) });
  return stdout.toString();
}
