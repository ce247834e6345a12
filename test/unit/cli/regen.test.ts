/** `tardis regen` and `tardis admin list`: what is asked for, and what is told. */
import { describe, expect, test } from "bun:test";
import type { FilePath } from "../../../src/core/byte-string.ts";
import type { ContentId } from "../../../src/core/ids.ts";
import { EXIT } from "../../../src/core/errors.ts";
import { DAILY_SET, runCli } from "../../support/run-cli.ts";

describe("tardis regen", () => {
  test("restores below a folder, everything set, nothing overwritten", async () => {
    const { restores, stdout, code } = await runCli(["regen", "-o", "out", "a", "/b/../c"]);
    expect(restores[0]).toMatchObject({
      set: { kind: "named", text: "Current" },
      wanted: { kind: "paths", paths: [{ path: "/home/u/a" }, { path: "/c" }] },
      mode: "restore",
      output: { kind: "folder", path: "/home/u/out" },
      existing: "never",
      attributes: {
        times: "set",
        permissions: "set",
        extendedAttributes: "set",
        accessLists: "set",
        owners: "by-name",
      },
      hardLinks: "link",
      directories: "recurse",
    });
    expect(stdout).toBe(
      "Restored from Daily-2026-11-23: 2 files, 1 directory, 1.5 KiB, in 1.3 s\n",
    );
    expect(code).toBe(0);
  });

  test("takes the options of the original", async () => {
    const args = ["-b", "7", "-O", "newer", "--no-set-times", "--no-set-perms", "--no-set-attrs"];
    const more = ["--no-set-acl", "--no-hardlinks", "--no-recurse", "--owners", "none"];
    const { restores } = await runCli(["regen", ...args, ...more, "-o/o", "a"]);
    expect(restores[0]).toMatchObject({
      output: { kind: "folder", path: "/o" },
      set: { kind: "named", text: "7" },
      existing: "newer",
      attributes: {
        times: "leave",
        permissions: "leave",
        extendedAttributes: "leave",
        accessLists: "leave",
        owners: "none",
      },
      hardLinks: "copy",
      directories: "only",
    });
  });

  test("writes one file to standard output, and nothing else there", async () => {
    const { restores, stdout } = await runCli(["regen", "a"]);
    expect(restores[0]?.output.kind).toBe("stream");
    expect(stdout).toBe("");
  });

  test("looks under today's real path, too", async () => {
    const files = { "/link": "-> /home/u", "/home/u/a": "text" };
    const { restores } = await runCli(["regen", "-o.", "/link/a", "a"], { files });
    expect(restores[0]?.wanted).toEqual({
      kind: "paths",
      paths: [
        { path: "/link/a" as FilePath, others: ["/home/u/a" as FilePath] },
        { path: "/home/u/a" as FilePath, others: [] },
      ],
    });
  });

  test("takes sets by date, the last that has it, or contents by their checksums", async () => {
    const dated = await runCli(["regen", "-o/o", "-d", "2014-03-15T10:00:00Z", "a"]);
    const timeMs = Date.UTC(2014, 2, 15, 10);
    expect(dated.restores[0]?.set).toEqual({ kind: "at", timeMs, said: "2014-03-15T10:00:00Z" });
    const last = await runCli(["regen", "-l", "--reduce-path=1", "a"]);
    expect(last.restores[0]).toMatchObject({
      set: { kind: "last" },
      wanted: { paths: [{ path: "/u/a" }] },
    });
    const sum = "Ab".repeat(32);
    const content = await runCli(["regen", "-c", "--recovername", "-o/o", sum]);
    expect(content.restores[0]?.wanted).toEqual({
      kind: "contents",
      contents: [sum.toLowerCase() as ContentId],
      names: "recover",
    });
  });

  test("refuses what does not go together", async () => {
    for (const args of [
      ["-l", "-b", "7"],
      ["-d", "yesterday", "-b", "7"],
      ["-d", "soon"],
      ["-c", "abc"],
      ["--recovername"],
      ["--dry-run"],
      ["--reduce-path", "9"],
    ]) {
      const { code, restores, stderr } = await runCli(["regen", ...args, "a"]);
      expect({ args, code, count: restores.length }).toEqual({ args, code: 2, count: 0 });
      expect(stderr).toMatch(/^tardis: .+\n.+\n$/);
    }
  });

  test("shows a plan with --dry-run, and its sums", async () => {
    const path = "/o/a" as FilePath;
    const listed = [{ action: "replace", path, kind: "file", sizeBytes: 2048 }] as const;
    const counts = { create: 1, replace: 1, metadata: 0, delete: 0, leave: 3 };
    const world = { onRestore: () => ({ plan: { counts, bytes: 5120, listed } }) };
    const { stdout, restores } = await runCli(["regen", "--dry-run", "-o/o", "a"], world);
    expect(restores[0]?.mode).toBe("dry-run");
    expect(stdout).toBe(
      "replace      2.0 KiB  /o/a\nand 4 more\n" +
        "5 changes: 1 to create, 1 to replace, 3 to leave; 5.0 KiB to write\n" +
        "Nothing was written; from Daily-2026-11-23\n",
    );
    const json = await runCli(["regen", "--dry-run", "--json", "-o/o", "a"], world);
    expect(JSON.parse(json.stdout)).toMatchObject({
      plan: { counts, bytes: 5120, changes: [{ action: "replace", path: "/o/a", size: 2048 }] },
    });
  });

  test("counts one thing as one", async () => {
    const counts = { files: 1, directories: 0, others: 0, bytes: 0, kept: 1 };
    const { stdout } = await runCli(["regen", "-o", "/o", "a"], { onRestore: () => ({ counts }) });
    expect(stdout).toContain("\n1 was there already and left as it is; see --overwrite\n");
  });

  test("tells what was left as it was, and what could not be restored", async () => {
    const counts = { files: 0, directories: 1, others: 1, bytes: 0, kept: 3 };
    const problem = { path: "/a" as FilePath, what: "operation not permitted" };
    const { stdout, code } = await runCli(["regen", "-o", "/o", "a"], {
      onRestore: () => ({
        counts,
        problems: { listed: [problem], total: 1 },
        exitCode: EXIT.incomplete,
      }),
    });
    expect(stdout).toBe(
      "Restored from Daily-2026-11-23: 0 files, 1 directory, 1 other, 0 bytes, in 1.3 s\n" +
        "3 were there already and left as they are; see --overwrite\n" +
        "1 entry could not be restored whole (exit code 3).\n",
    );
    expect(code).toBe(3);
  });

  test("tells the exit code of damage where there was some", async () => {
    const problem = { path: "/a" as FilePath, what: "content 0123 is damaged" };
    const problems = { listed: [problem], total: 1 };
    const { stdout, code } = await runCli(["regen", "-o", "/o", "a"], {
      onRestore: () => ({ problems, exitCode: EXIT.corrupt }),
    });
    expect(stdout).toEndWith("\n1 entry could not be restored whole (exit code 13).\n");
    expect(code).toBe(13);
  });

  test("needs to be told what, and where more than one file goes", async () => {
    const nothing = await runCli(["regen"]);
    expect([nothing.code, nothing.stderr]).toEqual([
      2,
      "tardis: nothing to restore was named\n" +
        "Name files or directories as they were: tardis regen -o /tmp/restored ~/project\n",
    ]);
    const two = await runCli(["regen", "a", "b"]);
    expect([two.code, two.stderr]).toEqual([
      2,
      "tardis: only one file can go to standard output\n" +
        "Say where to restore to: -o DIR, or -o . for the current folder.\n",
    ]);
  });
});

describe("tardis regen --in-place", () => {
  test("shows the plan, then what was done and where what was there is kept", async () => {
    const counts = { create: 0, replace: 1, metadata: 1, delete: 0, leave: 0 };
    const world = { plan: { counts, bytes: 1536, listed: [] } };
    const { inPlace, stdout, code } = await runCli(["regen", "--in-place", "a"], world);
    expect(inPlace[0]).toMatchObject({
      set: { kind: "named", text: "Current" },
      paths: [{ path: "/home/u/a" }],
      extras: "leave",
      owners: "by-name",
      mode: "restore",
      undoFolder: "/home/u/.local/state/tardis/undo",
    });
    expect(stdout).toBe(
      "From Daily-2026-11-23:\nand 2 more\n" +
        "2 changes: 1 to replace, 1 with other metadata only; 1.5 KiB to write\n" +
        "Restored in place: 2 files, 1 folder, 1.5 KiB, in 1.3 s\n" +
        "What was there is kept in /home/.tardis-undo-x; tardis regen --undo brings it back.\n",
    );
    expect(code).toBe(0);
  });

  test("deletes, keeps records elsewhere, and only plans, where that is wanted", async () => {
    const args = ["--in-place", "--delete", "--dry-run", "-d", "2014-03-15T00:00:00Z"];
    const env = { TARDIS_UNDO: "/undo" };
    const { inPlace } = await runCli(["regen", ...args, "--owners", "by-id", "a"], { env });
    expect(inPlace[0]).toMatchObject({
      set: { kind: "at" },
      extras: "delete",
      owners: "by-id",
      mode: "dry-run",
      undoFolder: "/undo",
    });
  });

  test("is undone by --undo, which takes no path", async () => {
    const { undone, stdout } = await runCli(["regen", "--undo"], {
      env: { XDG_STATE_HOME: "/state" },
    });
    expect(undone[0]?.undoFolder).toBe("/state/tardis/undo");
    expect(stdout).toBe("Undone: 2 entries brought back, 1 taken away, in 0.0 s\n");
    expect((await runCli(["regen", "--undo", "a"])).code).toBe(2);
  });
});

describe("tardis admin list", () => {
  const broken = {
    ...DAILY_SET,
    name: "Incomplete_2026-11-23",
    state: "interrupted",
    endedMs: undefined,
    isLocked: true,
    tags: ["a", "b"],
  } as const;

  test("shows a line for each set", async () => {
    const { stdout } = await runCli(["admin", "list"], { backupSets: [DAILY_SET, broken] });
    const [head, first, second] = stdout.split("\n");
    expect(head).toBe(
      "Number  Name                   State                Priority  Started" +
        "              Duration  Files     Size   Stored  Tags",
    );
    expect(first).toStartWith(
      "     7  Daily-2026-11-23       complete                   10  2026-11-2",
    );
    expect(first).toEndWith(":04     0.5 s      0  0 bytes  0 bytes");
    expect(second).toMatch(/interrupted, locked +10 .* – +0 +0 bytes +0 bytes +a, b$/);
  });

  test("is one JSON object with --json", async () => {
    const { stdout } = await runCli(["admin", "list", "--json"], { backupSets: [DAILY_SET] });
    expect(JSON.parse(stdout)).toMatchObject({
      command: "admin list",
      repository: { folder: "/home/u/.local/share/tardis/box", client: "box" },
      sets: [{ number: 7, name: "Daily-2026-11-23", state: "complete", paths: ["/home/u"] }],
      exitCode: 0,
    });
  });

  test("of a repository without sets says so", async () => {
    expect((await runCli(["admin", "list"])).stdout).toBe("There is no backup set yet.\n");
  });
});

describe("help", () => {
  test("lists the commands, and all about one of them", async () => {
    const all = await runCli([]);
    expect(all.code).toBe(0);
    expect(all.stdout).toContain("  tardis backup\n");
    expect((await runCli(["--help"])).stdout).toBe(all.stdout);
    const one = await runCli(["admin", "list", "-h"]);
    expect(one.stdout).toStartWith("Usage: tardis admin list [OPTION…]\n");
    expect((await runCli(["admin"])).stdout).toContain("  tardis admin list\n");
  });

  test("is as wide as the terminal, and no wider", async () => {
    for (const columns of [60, 120]) {
      const { stdout } = await runCli(["backup", "--help"], { columns });
      const widths = stdout.split("\n").map((line) => Bun.stringWidth(line));
      expect(Math.max(...widths)).toBeWithin(columns - 10, columns + 1);
    }
  });

  test("--version tells the version", async () => {
    expect((await runCli(["--version"])).stdout).toBe("1.2.3\n");
  });

  test("of a command that there is not is an error", async () => {
    const { code, stderr } = await runCli(["restore", "x"]);
    expect([code, stderr]).toEqual([
      2,
      "tardis: command not found\n" +
        "tardis --help lists the commands, tardis COMMAND --help their options.\n",
    ]);
  });
});
