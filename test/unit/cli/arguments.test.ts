/** @FILE, the names of the original's programs, and options with a value that may be left out. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { splitWords, withBoundValues } from "../../../src/cli/arguments.ts";
import { runCli } from "../../support/run-cli.ts";

describe("@FILE", () => {
  test("stands for the arguments in the file, anywhere on the command line", async () => {
    const files = {
      "/home/u/a b": "directory",
      "/home/u/job": '# what\nbackup --exclude \'*.o\' -x "a \\"b\\"" # and where\n\n"a b"\n',
    };
    const { backups, code } = await runCli(["@job", "--full"], { files });
    expect(code).toBe(0);
    const [options] = backups;
    expect(options?.roots.map(({ path }) => String(path))).toEqual(["/home/u/a b"]);
    expect(options?.selection.patterns.map(({ text }) => String(text))).toEqual(["*.o", 'a "b"']);
    expect(options?.data.delta.existing).toBe("replace");
  });

  test("may name further files, relative to itself", async () => {
    const files = { "/etc/jobs/a": "@b ~", "/etc/jobs/b": "--stats", "/home/u": "directory" };
    const { code, backups } = await runCli(["backup", "@/etc/jobs/a"], { files });
    expect(code).toBe(0);
    expect(backups).toHaveLength(1);
  });

  test("that is not there is an error that tells how a path with @ is written", async () => {
    const { code, stderr } = await runCli(["backup", "@home"]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      "tardis: there is no file home to read arguments from\n" +
        "To back up something whose name begins with @, write ./@home.\n",
    );
  });

  test("that names itself is an error", async () => {
    const { code, stderr } = await runCli(["@a"], { files: { "/home/u/a": "@a" } });
    expect([code, stderr]).toEqual([
      2,
      "tardis: a: files of arguments name one another\nTake one @ out.\n",
    ]);
  });

  test("with an open quote is an error that names the line", async () => {
    const { code, stderr } = await runCli(["@a"], { files: { "/home/u/a": "backup\n 'b\nc\n" } });
    expect([code, stderr]).toEqual([
      2,
      "tardis: a, line 2: a quote is opened and not closed\n" +
        "Close it, or write \\ before it to mean the character itself.\n",
    ]);
  });

  test("gives back any words that were quoted", () => {
    const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitWords(words.map(quote).join("\n"), "file")).toEqual(words);
      }),
    );
  });
});

describe("the name the program is called by", () => {
  test("regenerate is tardis regen, and sonic tardis admin", async () => {
    const regen = await runCli(["-o", "out", "x"], { invokedAs: "/usr/local/bin/regenerate" });
    expect(regen.restores).toHaveLength(1);
    const list = await runCli(["list"], { invokedAs: "./sonic" });
    expect([list.code, list.opened.length]).toEqual([0, 1]);
  });

  test("of a program that is not here yet is an error", async () => {
    const { code, stderr } = await runCli(["x"], { invokedAs: "tardisd" });
    expect([code, stderr]).toEqual([
      2,
      "tardis: tardisd is not here yet: it will be tardis serve\n" +
        "tardis --help lists what there is.\n",
    ]);
  });
});

const FLAGS = ["-o,--output", "-x,--exclude", "-Z,--compress-data", "-v,--verbose", "-d,--dirinfo"];

describe("a value", () => {
  test("may be attached to a short option", () => {
    expect(withBoundValues(["-o.", "-x*.o", "-vH", "-vv"], FLAGS)).toEqual([
      "--output=.",
      "--exclude=*.o",
      "-vH",
      "-vv",
    ]);
  });

  test("is none where a letter is another command's option", () => {
    expect(withBoundValues(["-dl"], FLAGS)).toEqual(["-dl"]);
    expect(withBoundValues(["-d3 days ago"], ["-d,--date"])).toEqual(["--date=3 days ago"]);
  });

  test("of -Z is an algorithm, never a path", () => {
    expect(withBoundValues(["-Z", "zstd:5", "x"], FLAGS)).toEqual(["--compress-data=zstd:5", "x"]);
    expect(withBoundValues(["-Z", "x"], FLAGS)).toEqual(["-Z", "x"]);
    expect(withBoundValues(["--", "-Z", "zstd"], FLAGS)).toEqual(["--", "-Z", "zstd"]);
  });
});
