/** `tardis backup`: what is asked of the engine, and what is told of its answer. */
import { describe, expect, test } from "bun:test";
import { NO_COUNTS } from "../../../src/core/backup-set.ts";
import { type FilePath, byteStringOfText } from "../../../src/core/byte-string.ts";
import { EXIT, RepositoryLocked } from "../../../src/core/errors.ts";
import { DAILY_SET, type World, runCli } from "../../support/run-cli.ts";

const TREE = { "/home/u/a": "directory", "/home/u/b": "text", "/data": "directory" };

describe("what to back up", () => {
  test("is named by paths, made absolute, each once, none inside another", async () => {
    expect(await roots(["a", "/home/u/a/", "./b", "/data", "/home/u/../../data"])).toEqual([
      ["/data", "/data"],
      ["/home/u/a", "/home/u/a"],
      ["/home/u/b", "/home/u/b"],
    ]);
    expect(await roots(["/", "a"])).toEqual([["", ""]]);
  });

  test("is taken by its real path, but a symlink to a file as it is", async () => {
    const files = { ...TREE, "/link": "-> /home/u", "/home/u/l": "-> /home/u/b" };
    expect(await roots(["/link", "/link/l"], { files })).toEqual([["/home/u", "/home/u"]]);
    expect(await roots(["/link/a", "/link/l"], { files })).toEqual([
      ["/home/u/a", "/home/u/a"],
      ["/home/u/l", "/home/u/l"],
    ]);
  });

  test("is recorded by its last name, or without what all share, when told", async () => {
    expect(await roots(["a", "b", "--basepath", "none"])).toEqual([
      ["/home/u/a", "/a"],
      ["/home/u/b", "/b"],
    ]);
    expect(await roots(["a", "/home", "/data", "--basepath=common"])).toEqual([
      ["/data", "/data"],
      ["/home", "/home"],
    ]);
    expect(await roots(["a", "b", "--basepath=common"])).toEqual([
      ["/home/u/a", "/a"],
      ["/home/u/b", "/b"],
    ]);
  });

  test("must not come to lie on one another", async () => {
    const files = { ...TREE, "/data/a": "directory" };
    const { code, stderr } = await runCli(["backup", "--basepath=none", "a", "/data/a"], { files });
    expect([code, stderr]).toEqual([
      2,
      "tardis: /data/a and /home/u/a would both be /a\nUse --basepath common or full.\n",
    ]);
  });

  test("must be there, all of it, or nothing is done", async () => {
    const { code, stderr, backups } = await runCli(["backup", "a", "x", "y"], { files: TREE });
    expect(stderr).toBe(
      "tardis: there is no x and no y\n" +
        "Nothing was backed up. Check the paths; leave out those that are gone.\n",
    );
    expect([code, backups]).toEqual([2, []]);
  });

  test("must be something", async () => {
    const { code, stderr } = await runCli(["backup", "--local"]);
    expect([code, stderr]).toEqual([
      2,
      "tardis: nothing to back up was named\nName files or directories: tardis backup ~\n",
    ]);
  });

  test("may have a name that is not UTF-8", async () => {
    const { backups } = await runCli(["backup", "/\udcff"], { files: { "/\u00ff": "" } });
    expect(backups[0]?.roots[0]?.path).toBe("/\u00ff" as FilePath);
  });
});

describe("the options of the original", () => {
  test("without any, are what they were, but compressed", async () => {
    const { backups } = await runCli(["backup", "."]);
    expect(backups[0]).toMatchObject({
      walk: {
        fileSystems: "one",
        depthMax: undefined,
        unreadable: "report",
        extendedAttributes: "save",
        accessLists: "save",
      },
      data: {
        compression: { algorithm: "zstd", level: "by-amount" },
        compressSizeBytesMin: 4096,
        delta: { chainLengthMax: 5, changePercentMax: 50, existing: "keep" },
        deltaPercentMax: 66,
      },
      set: {
        name: undefined,
        schedule: "automatic",
        priority: undefined,
        tags: [],
        takenTags: "keep",
      },
      takeover: "never",
      mode: "save",
      clientVersion: "1.2.3",
      configuration: undefined,
    });
  });

  test("say how contents are stored", async () => {
    const files = { "/types": "# sound\naudio/mpeg\n\n*.ISO\n" };
    const args = [
      "-Z",
      "none",
      "--compress-min=1",
      "-z",
      "image/jpeg",
      "--nocompress-types=/types",
    ];
    const { backups } = await runCli(["backup", ...args, "--save-full", "."], { files });
    expect(backups[0]?.data).toMatchObject({
      compression: { algorithm: "none" },
      compressSizeBytesMin: 1,
      uncompressedExtensions: new Set(["jpg", "jpeg", "mp3", "iso"]),
      delta: { chainLengthMax: 0, existing: "keep" },
    });
    const plain = await runCli(["backup", "--no-compress-data", "--full", "."]);
    expect(plain.backups[0]?.data).toMatchObject({
      compression: { algorithm: "none" },
      delta: { chainLengthMax: 0, existing: "replace" },
    });
  });

  test("say what the set is called", async () => {
    const args = ["-n", "mine", "--priority", "5", "-t", "a", "-t", "b", "-t", "a", "--movetag"];
    const { backups } = await runCli(["backup", ...args, "-H", "--force", "--dry-run", "."]);
    expect(backups[0]).toMatchObject({
      set: { name: "mine", schedule: "hourly", priority: 5, tags: ["a", "b"], takenTags: "move" },
      takeover: "force",
      mode: "dry-run",
    });
  });

  test("say what is left out", async () => {
    const files = { "/list": "*.o\n", "/etc/tardis/excludes": "core\n", ...TREE };
    const args = ["-X", "/list", "-x", "é", "--exclude-dir", "a", "--cvs-ignore", "--skip-caches"];
    const { backups } = await runCli(["backup", ...args, "."], { files });
    expect(backups[0]?.selection).toMatchObject({
      globalPatterns: [{ origin: "/etc/tardis/excludes", form: "file", text: "core\n" }],
      patterns: [
        { origin: "/list", form: "file", text: "*.o\n", base: "" },
        { origin: "--exclude", form: "option", text: byteStringOfText("é"), base: "/home/u" },
      ],
      excludedDirectories: ["/home/u/a"],
      cvs: "ignore",
      caches: "skip",
    });
    const none = await runCli(["backup", "--ignore-global-excludes", "."], { files });
    expect(none.backups[0]?.selection.globalPatterns).toEqual([]);
  });

  test("that only say how it is anyway are accepted", async () => {
    const { code } = await runCli(["backup", "--local", "--create", "--exclusive", "-A", "."]);
    expect(code).toBe(0);
  });

  test("are kept in the set with --send-config", async () => {
    const { backups } = await runCli(["backup", "--send-config", "--maxdepth", "3", "."]);
    const kept = JSON.parse(new TextDecoder().decode(backups[0]?.configuration)) as object;
    expect(kept).toMatchObject({ MaxDepth: 3, SendClientConfig: true, DeltaThreshold: 66 });
  });
});

describe("options that cannot be", () => {
  const name = "A name has 1 to 255 characters, no slash, is no number and not Current.";
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["-H", "--daily"], "hourly and daily cannot both be the schedule\nGive one of them."],
    [["-n", "12"], `"12" cannot be the name of a set\n${name}`],
    [["-t", "Current"], `"Current" cannot be the name of a tag\n${name}`],
    [["--movetag"], "--movetag without a tag\nSay which with --tag NAME."],
    [["--no-local"], "a backup to a server is not possible yet\nLeave --no-local out."],
    [["--no-exclusive"], "one backup at a time is all there is\nLeave --no-exclusive out."],
    [["-X", "/none"], "there is no file /none\nGive --exclude-file a file that exists."],
    [
      ["-Z", "zstd:20"],
      '--compress-data: "zstd:20" has no such level\n' +
        "Give zstd, zstd:LEVEL with a level from 1 to 19, or none.",
    ],
    [
      ["-z", "image/none"],
      '--nocompress: "image/none" is a type whose file names are not known\n' +
        "Give the names instead, as *.iso. docs/commands.md lists the types.",
    ],
    [
      ["--foo"],
      'unsupported option name ("--foo")\n' +
        "tardis --help lists the commands, tardis COMMAND --help their options.",
    ],
  ];
  for (const [args, message] of cases)
    test(`${args.join(" ")} end in exit code 2`, async () => {
      const { code, stderr, stdout, backups } = await runCli(["backup", ...args, "."]);
      expect(stderr).toBe(`tardis: ${message}\n`);
      expect([code, stdout, backups]).toEqual([2, "", []]);
    });
});

const COUNTS = {
  ...NO_COUNTS,
  files: 66_000,
  directories: 4321,
  others: 12,
  bytes: 1_610_612_736,
  changed: 17,
  storedFull: 11,
  storedDelta: 3,
  bytesRead: 5_242_880,
  bytesStored: 1_048_576,
};

describe("a result", () => {
  test("is told in two lines", async () => {
    const { stdout, stderr } = await runCli(["backup", "."], {
      onBackup: () => ({ counts: COUNTS }),
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(
      "Backup set Daily-2026-11-23 (number 7): " +
        "66,000 files, 4,321 directories, 12 other, 1.5 GiB\n" +
        "17 new or changed, 5.0 MiB read, 1.0 MiB stored, in 0.5 s\n",
    );
  });

  test("of a dry run tells what would be", async () => {
    const dry = await runCli(["backup", "--dry-run", "."], {
      onBackup: () => ({ set: undefined, repository: "created" }),
    });
    expect(dry.stdout).toBe(
      "A repository would be made: /srv/tardis/box\n" +
        "Would be saved: 0 files, 0 directories, 0 bytes\n" +
        "0 new or changed, 0 bytes read, in 0.5 s\n",
    );
  });

  test("has a table with --stats", async () => {
    const { stdout } = await runCli(["backup", "--stats", "."], {
      onBackup: () => ({ counts: COUNTS }),
    });
    expect(stdout.split("\n").slice(2)).toEqual([
      "  Files                        66,000",
      "  Directories                   4,321",
      "  Other entries                    12",
      "  Size of the files           1.5 GiB",
      "  New or changed entries           17",
      "  Read                        5.0 MiB",
      "  Contents stored whole            11",
      "  Contents stored as deltas         3",
      "  Stored                      1.0 MiB",
      "  Read for each byte stored      5.00",
      "  Problems                          0",
      "  Duration                      0.5 s",
      "  Read in a second           10.4 MiB",
      "",
    ]);
  });

  test("is one JSON object with --json, and nothing else on standard output", async () => {
    const { stdout, code } = await runCli(["backup", "--json", "--report=all", "."], {
      onBackup: (_, reporter) => {
        reporter.saved({ path: "/a" as FilePath, sizeBytes: 1, storedAs: "full" });
        return { counts: COUNTS, repository: "created" };
      },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      command: "backup",
      mode: "save",
      repository: { folder: "/srv/tardis/box", client: "box", created: true },
      set: {
        number: 7,
        name: "Daily-2026-11-23",
        state: "complete",
        priority: 10,
        tags: [],
        startedMs: DAILY_SET.startedMs,
        endedMs: DAILY_SET.endedMs ?? 0,
      },
      counts: COUNTS,
      durationMs: 480,
      problems: { total: 0, listed: [] },
      damaged: 0,
      exitCode: 0,
    });
  });

  test("with problems names each and ends in exit code 3", async () => {
    const problem = { path: byteStringOfText("/ü\n"), what: "permission denied" };
    const world: World = {
      onBackup: (_, reporter) => {
        reporter.problem(problem);
        return { problems: { listed: [problem], total: 1 }, exitCode: EXIT.incomplete };
      },
    };
    const { stdout, stderr, code } = await runCli(["backup", "."], world);
    expect(stderr).toBe("tardis: /ü\\x0a: permission denied\n");
    expect(stdout).toEndWith("\n1 entry could not be saved whole (exit code 3).\n");
    expect(code).toBe(3);
    const json = await runCli(["backup", "--json", "."], world);
    expect(JSON.parse(json.stdout)).toMatchObject({
      problems: { total: 1, listed: [{ path: "/ü\\x0a", what: "permission denied" }] },
      exitCode: 3,
    });
  });
});

describe("damage that a backup met", () => {
  test("is summed up, and ends in exit code 13", async () => {
    const world: World = { onBackup: () => ({ damageCount: 2, exitCode: EXIT.corrupt }) };
    const { stdout, code } = await runCli(["backup", "."], world);
    expect(stdout).toEndWith(
      "\n2 stored contents are damaged (exit code 13): " +
        "what was new or changed is saved whole, but older versions may not be.\n",
    );
    expect(code).toBe(13);
    const json = await runCli(["backup", "--json", "."], world);
    expect(JSON.parse(json.stdout)).toMatchObject({ damaged: 2, exitCode: 13 });
  });
});

describe("a failure", () => {
  test("is told with what to do, and its exit code", async () => {
    const world: World = {
      onBackup: () => {
        throw new RepositoryLocked("/srv/tardis/box", "process 42 on box");
      },
    };
    const { code, stderr, stdout } = await runCli(["backup", "."], world);
    expect(stderr).toBe(
      "tardis: /srv/tardis/box is in use by process 42 on box\n" +
        "Wait for that run to finish. If it has died on another machine, use --force.\n",
    );
    expect([code, stdout]).toEqual([11, ""]);
    const json = await runCli(["backup", "--json", "."], world);
    expect(JSON.parse(json.stdout)).toEqual({
      error: {
        message: "/srv/tardis/box is in use by process 42 on box",
        hint: "Wait for that run to finish. If it has died on another machine, use --force.",
      },
      exitCode: 11,
    });
  });

  test("that nobody foresaw shows its stack and asks to report it", async () => {
    const { code, stderr } = await runCli(["backup", "."], {
      onBackup: () => {
        throw new RangeError("out of it");
      },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^RangeError: out of it\n +at /);
    expect(stderr).toEndWith(
      "This is a bug in tardis. Please report it with all that is shown above; " +
        "nothing saved is lost.\n",
    );
  });
});

async function roots(
  args: readonly string[],
  world: World = { files: TREE },
): Promise<readonly (readonly [string, string])[]> {
  const { backups, stderr } = await runCli(["backup", ...args], world);
  expect(stderr).toBe("");
  return (backups[0]?.roots ?? []).map(({ path, recordedAs }) => [path, recordedAs] as const);
}
