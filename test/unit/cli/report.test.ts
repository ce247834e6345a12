/** What is printed while a command works, and where. */
import { describe, expect, test } from "bun:test";
import { ProgressLine, progressFacts } from "../../../src/cli/progress-line.ts";
import { NO_COUNTS } from "../../../src/core/backup-set.ts";
import type { FilePath } from "../../../src/core/byte-string.ts";
import type { Progress, Reporter } from "../../../src/core/progress.ts";
import { runCli } from "../../support/run-cli.ts";

const PROGRESS: Progress = {
  phase: "save",
  directories: 10,
  files: 1234,
  bytes: 50_000_000,
  bytesMoved: 40_000_000,
  problems: 0,
  path: "/home/u/some/where/deep/down/file.txt" as FilePath,
  expected: undefined,
};

describe("--report", () => {
  const save = (reporter: Reporter) => {
    const entries = [
      ["/a/b", 1536, "full"],
      ["/a/c", 10, "delta"],
      ["/d/e", 0, "metadata"],
    ] as const;
    for (const [path, sizeBytes, storedAs] of entries)
      reporter.saved({ path: path as FilePath, sizeBytes, storedAs });
    return {};
  };
  const onBackup = (_: unknown, reporter: Reporter) => save(reporter);

  test("all lists every entry, with its size and how it is stored", async () => {
    const { stdout } = await runCli(["backup", "--report", "all", "."], { onBackup });
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "full         1.5 KiB  /a/b",
      "delta       10 bytes  /a/c",
      "metadata     0 bytes  /d/e",
    ]);
  });

  test("dirs lists each directory with its sums", async () => {
    const { stdout } = await runCli(["backup", "--report", "dirs", "."], { onBackup });
    expect(stdout.split("\n").slice(0, 2)).toEqual([
      "     2 entries     1.5 KiB  /a",
      "       1 entry     0 bytes  /d",
    ]);
  });

  test("none asks the engine for nothing", async () => {
    let wants = "";
    await runCli(["backup", "."], {
      onBackup: (_, reporter) => {
        wants = reporter.wants;
        return {};
      },
    });
    expect(wants).toBe("summary");
  });
});

describe("messages", () => {
  const onBackup = (_: unknown, reporter: Reporter) => {
    reporter.notice("notice", "one");
    reporter.notice("detail", "two");
    reporter.notice("trace", "three");
    return { counts: NO_COUNTS };
  };

  test("are the more the more often -v is given", async () => {
    const shown = async (...args: string[]) =>
      (await runCli(["backup", ...args, "."], { onBackup })).stderr;
    expect(await shown()).toBe("one\n");
    expect(await shown("-v")).toBe("one\ntwo\n");
    expect(await shown("-vv")).toBe("one\ntwo\nthree\n");
  });

  test("go to every log file, with the time", async () => {
    const { logs } = await runCli(["backup", "--log", "/a", "--log", "/b", "."], { onBackup });
    const lines = [
      "one",
      "Backup set Daily-2026-11-23 (number 7): 0 files, 0 directories, 0 bytes",
      "0 new or changed, 0 bytes read, 0 bytes stored, in 0.5 s",
    ].map((line) => `2026-11-23T14:30:05.123Z ${line}`);
    expect(logs).toEqual({ "/a": lines, "/b": lines });
  });

  test("are the same in every log file, though time goes on between them", async () => {
    let nowMs = 0;
    const now = () => (nowMs += 1);
    const { logs } = await runCli(["backup", "--log", "/a", "--log", "/b", "."], { onBackup, now });
    expect(logs["/b"]).toEqual(logs["/a"]!);
  });
});

describe("the progress line", () => {
  test("is drawn on a terminal only, and not with --no-progress", async () => {
    const onBackup = (_: unknown, reporter: Reporter) => {
      reporter.progress(PROGRESS);
      reporter.notice("notice", "hello");
      return {};
    };
    const shown = async (columns: number | undefined, ...args: string[]) => {
      const world = columns === undefined ? { onBackup } : { onBackup, columns };
      return (await runCli(["backup", ...args, "."], world)).stderr;
    };
    expect(await shown(undefined)).toBe("hello\n");
    expect(await shown(80, "--no-progress")).toBe("hello\n");
    expect(await shown(80)).toBe(
      "\r\u001b[Ksave: 1,234 files, 47.7 MiB  /home/u/some/where/deep/down/file.txt" +
        "\r\u001b[Khello\n",
    );
  });

  test("is never wider than the terminal, and drawn ten times a second at most", () => {
    const drawn: string[] = [];
    let now = 1000;
    const write = (text: string) => void drawn.push(text);
    const line = new ProgressLine({ write, columns: () => 50, now: () => now });
    for (let step = 0; step < 1000; step += 1) {
      now += 1;
      line.update({ ...PROGRESS, bytesMoved: step * 10_000 });
    }
    expect(drawn.length).toBeWithin(9, 12);
    for (const text of drawn) expect(Bun.stringWidth(text.replace(/^.*\[K/, ""))).toBeLessThan(50);
    expect(drawn.at(-1)).toBe("\r\u001b[Ksave: 1,234 files, 47.7 MiB, 9.5 MiB/s  …file.txt");
  });

  test("tells the rate, the problems and the time left", () => {
    const expected = { files: 2468, bytes: 100_000_000 };
    const pace = { elapsedMs: 65_000, bytesPerSecond: 2_000_000 };
    expect(progressFacts({ ...PROGRESS, problems: 1, expected }, pace)).toBe(
      "save: 1,234 files, 47.7 MiB, 1.9 MiB/s, 1 problem, 1:05 min left",
    );
  });
});
