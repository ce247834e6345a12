/** `tardis diff`: what is compared, how it is shown, and what the exit code says. */
import { describe, expect, test } from "bun:test";
import type { FilePath } from "../../../src/core/byte-string.ts";
import type { DiffChange, DiffContents, DiffEntry } from "../../../src/core/diff-options.ts";
import {
  Interrupted,
  NoRepository,
  RepositoryCorrupt,
  RepositoryLocked,
  StorageUnreadable,
  UsageError,
  WrongPassword,
} from "../../../src/core/errors.ts";
import { runCli } from "../../support/run-cli.ts";

const CURRENT = { kind: "named", text: "Current" } as const;

describe("diff compares", () => {
  test("the newest set with the disk", async () => {
    const { diffs, code, stdout } = await runCli(["diff", "a", "../x"]);
    expect(diffs[0]).toMatchObject({
      old: CURRENT,
      new: { kind: "disk" },
      paths: [{ path: "/home/u/a" }, { path: "/home/x" }],
      folders: "only",
    });
    expect([code, stdout]).toEqual([0, ""]);
  });

  test("a set with the disk, or two sets, by name or by time", async () => {
    const one = await runCli(["diff", "-b", "7", "--recurse", "a"]);
    expect(one.diffs[0]).toMatchObject({
      old: { text: "7" },
      new: { kind: "disk" },
      folders: "recurse",
    });
    const two = await runCli(["diff", "-b7", "--backup=good", "a"]);
    expect(two.diffs[0]).toMatchObject({ old: { text: "7" }, new: { text: "good" } });
    const dated = await runCli(["diff", "-d", "2014-03-15T00:00:00Z", "-b", "good", "a"]);
    expect(dated.diffs[0]).toMatchObject({
      old: { kind: "at", timeMs: Date.UTC(2014, 2, 15) },
      new: { text: "good" },
    });
  });

  test("nothing where that makes no sense", async () => {
    for (const args of [
      ["diff"],
      ["diff", "-b1", "-b2", "-b3", "a"],
      ["diff", "-u", "-n", "a"],
      ["diff", "-u3", "-c2", "a"],
      ["diff", "--unified=x", "a"],
      ["diff", "-d", "soon", "a"],
    ]) {
      const { code, diffs, stderr } = await runCli(args);
      expect({ args, code, count: diffs.length }).toEqual({ args, code: 2, count: 0 });
      expect(stderr).toMatch(/^tardis: .+\n.+\n$/);
    }
  });

  test("as the original's tardiff", async () => {
    const { diffs } = await runCli(["a"], { invokedAs: "/usr/bin/tardiff" });
    expect(diffs).toHaveLength(1);
  });
});

describe("diff shows", () => {
  test("a unified diff, unless told otherwise; the exit code is 1", async () => {
    const { stdout, code } = await shown([]);
    expect(stdout).toBe(
      "--- /a\t1970-01-01 00:00:00\n+++ /a\t1970-01-01 00:00:01\n" +
        "@@ -1,5 +1,5 @@\n 1\n 2\n 3\n-4\n+four\n 5\n\\ No newline at end of file\n",
    );
    expect(code).toBe(1);
  });

  test("as many lines of context as are wanted", async () => {
    expect((await shown(["-u0"])).stdout).toEndWith("@@ -4 +4 @@\n-4\n+four\n");
    expect((await shown(["-u", "1"])).stdout).toContain("@@ -3,3 +3,3 @@\n 3\n-4\n");
    expect((await shown(["--unified"])).stdout).toContain("@@ -1,5 +1,5 @@\n");
  });

  test("a context diff", async () => {
    expect((await shown(["-c", "1"])).stdout).toBe(
      "*** /a\t1970-01-01 00:00:00\n--- /a\t1970-01-01 00:00:01\n***************\n" +
        "*** 3,5 ****\n  3\n! 4\n  5\n\\ No newline at end of file\n" +
        "--- 3,5 ----\n  3\n! four\n  5\n\\ No newline at end of file\n",
    );
  });

  test("an ndiff, which points at what changed in a line", async () => {
    const contents = textsOf("a word here\nkept\n", "a sword there\nkept\n");
    expect((await shown(["-n"], [[changed(), contents]])).stdout).toEndWith(
      "- a word here\n+ a sword there\n?   +     +\n  kept\n",
    );
  });

  test("in one line what has no lines: binaries, metadata, what came and went", async () => {
    const binary = textsOf("a\0b", "a\0\u0001b");
    const times = { field: "mtime", old: "0", new: "1000000000" };
    const mode = { field: "mode", old: "0644", new: "0600" };
    const { stdout } = await shown(
      [],
      [
        [changed(), binary],
        [changed({ status: "metadata", content: "same", metadata: [mode, times] }), undefined],
        [changed({ status: "added", old: undefined }), undefined],
        [changed({ status: "removed", new: undefined }), undefined],
        [
          changed({ status: "renamed", content: "same", metadata: [], oldPath: path("/b") }),
          undefined,
        ],
        [changed({ status: "retyped", new: { ...entry(1n), kind: "directory" } }), undefined],
      ],
    );
    expect(stdout).toBe(
      "changed   /a\nBinary file /a differs: 5 and 5 bytes\n" +
        "metadata  /a (mode 0644 -> 0600, mtime 1970-01-01 00:00:00 -> 1970-01-01 00:00:01)\n" +
        "added     /a\nremoved   /a\nrenamed   /b -> /a\nretyped   /a (file -> directory)\n",
    );
    const forced = await shown(["--binary"], [[changed(), binary]]);
    expect(forced.stdout).toContain("@@ -1 +1 @@\n-a\0b\n");
  });

  test("names only, or sums", async () => {
    expect((await shown(["--list"])).stdout).toBe("changed   /a\n");
    const added = changed({ status: "added", old: undefined, path: path("/longer") });
    expect(
      (
        await shown(
          ["--stat"],
          [
            [changed(), texts()],
            [added, undefined],
          ],
        )
      ).stdout,
    ).toBe(" /a      | 2 +-\n /longer | added\n 2 changes, 1 insertion(+), 1 deletion(-)\n");
  });

  test("an object a line with --json", async () => {
    const { stdout, code } = await shown(["--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "changed",
      path: "/a",
      old: { kind: "file", size: 5, permissions: "0644" },
      insertions: 1,
      deletions: 1,
    });
    expect(code).toBe(1);
  });

  test("colours where they are wanted, bytes that are no text as they are", async () => {
    const { stdout } = await shown(["--color", "-u0"]);
    expect(stdout).toContain("\u001b[31m-4\u001b[0m\n\u001b[32m+four\u001b[0m\n");
    const stray = await shown(["-u0"], [[changed(), textsOf("\u00e9\n", "e\n")]]);
    expect(stray.stdout).not.toContain("\u001b");
  });
});

describe("diff ends", () => {
  test("with 2 in trouble of any kind, as diff(1) does", async () => {
    for (const diffFailure of [
      new NoRepository("/b/c", "There is no such folder."),
      new RepositoryLocked("/b/c", "another process"),
      new WrongPassword("/b/c"),
      new RepositoryCorrupt("tardis.db", "it is torn"),
      new StorageUnreadable("/b/c", new Error("an I/O error")),
      new UsageError("there is no such set", "Name another."),
      new Error("a bug"),
    ]) {
      const { code, stderr } = await runCli(["diff", "a"], { diffFailure });
      expect({ stderr, code }).toEqual({ stderr, code: 2 });
      expect(stderr).toContain(diffFailure.message);
    }
  });

  test("with 130 after Ctrl-C, and says the same in JSON", async () => {
    const diffFailure = new Interrupted("the comparison");
    expect((await runCli(["diff", "a"], { diffFailure })).code).toBe(130);
    const { stdout } = await runCli(["diff", "--json", "a"], {
      diffFailure: new WrongPassword("/b/c"),
    });
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 2 });
  });
});

async function shown(
  args: readonly string[],
  differing: readonly (readonly [DiffChange, DiffContents | undefined])[] = [[changed(), texts()]],
) {
  return await runCli(["diff", ...args, "a"], { differing });
}

function texts(): DiffContents {
  return textsOf("1\n2\n3\n4\n5", "1\n2\n3\nfour\n5");
}

function textsOf(old: string, now: string): DiffContents {
  return { old: Buffer.from(old), new: Buffer.from(now) };
}

function changed(part: Partial<DiffChange> = {}): DiffChange {
  return {
    status: "changed",
    path: path("/a"),
    oldPath: part.path ?? path("/a"),
    old: entry(0n),
    new: entry(1n),
    content: "changed",
    metadata: [{ field: "mtime", old: "0", new: "1000000000" }],
    ...part,
  };
}

function entry(seconds: bigint): DiffEntry {
  return {
    kind: "file",
    permissions: 0o644,
    owner: { uid: 1, gid: 2, userName: "ann", groupName: "users" },
    sizeBytes: 5,
    mtimeNs: seconds * 1_000_000_000n,
    deviceNumber: 0,
  };
}

function path(text: string): FilePath {
  return text as FilePath;
}
