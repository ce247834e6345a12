/** Where a setting comes from: option, environment, --config file, defaults file, built-in. */
import { describe, expect, test } from "bun:test";
import { type World, runCli } from "../../support/run-cli.ts";

const CONFIG = "/etc/job.ini";
const DEFAULTS = "/etc/tardis/system.defaults";

describe("a setting", () => {
  test("is what the first of option, environment, job, defaults and built-in says", async () => {
    const option = ["--skip-file-name", ".option"];
    const job = ["--config", CONFIG, "--job", "home"];
    const env = { TARDIS_SKIPFILE: ".env" };
    const files = {
      [CONFIG]: "[home]\nSkipFileName = .job\n",
      [DEFAULTS]: "[Tardis]\nTARDIS_SKIPFILE = .defaults\n",
    };
    expect(await skipFile([...option, ...job], { env, files })).toBe(".option");
    expect(await skipFile(job, { env, files })).toBe(".env");
    expect(await skipFile(job, { files })).toBe(".job");
    expect(await skipFile([], { files })).toBe(".defaults");
    expect(await skipFile([], {})).toBe(".tardis-skip");
  });

  test("may go by its own name in the defaults file, which TARDIS_DEFAULTS can name", async () => {
    const files = { "/x": "[Tardis]\nskipfilename = .own\nTARDIS_PORT = 1\n" };
    expect(await skipFile([], { files, env: { TARDIS_DEFAULTS: "/x" } })).toBe(".own");
  });

  test("that is empty in the environment is not set", async () => {
    expect(await skipFile([], { env: { TARDIS_SKIPFILE: "" } })).toBe(".tardis-skip");
  });

  test("that is a list adds the command line's to the file's", async () => {
    const files = { [CONFIG]: "[Tardis]\nExcludePatterns = *.o\n  *.a\n" };
    const { backups } = await runCli(["backup", "--config", CONFIG, "-x", "b", "."], { files });
    const patterns = backups[0]?.selection.patterns.map(({ text }) => String(text));
    expect(patterns).toEqual(["*.o", "*.a", "b"]);
  });

  test("that is a switch is yes or no in a file, and --no-name on the command line", async () => {
    const files = { [CONFIG]: "[Tardis]\nXattr = off\nCrossDevice = Yes\nDirectories = /home\n" };
    const { backups } = await runCli(["backup", "--config", CONFIG, "--no-acl"], { files });
    expect(backups[0]?.walk).toMatchObject({
      extendedAttributes: "leave-out",
      accessLists: "leave-out",
      fileSystems: "all",
    });
    expect(backups[0]?.roots.map(({ path }) => String(path))).toEqual(["/home"]);
  });
});

describe("a wrong setting", () => {
  const cases: readonly (readonly [string, readonly string[], World, string])[] = [
    [
      "on the command line is told with its option",
      ["--deltathreshold", "101"],
      {},
      '--deltathreshold: "101" is not what it takes\nGive a whole number from 0 to 100.',
    ],
    [
      "in the environment is told with its variable",
      [],
      { env: { TARDIS_SKIPFILE: "a/b" } },
      'TARDIS_SKIPFILE: "a/b" is no file name\nGive a name without a slash.',
    ],
    [
      "in a file is told with file and line",
      ["--config", CONFIG],
      { files: { [CONFIG]: "[Tardis]\n\nFull = perhaps\n" } },
      '/etc/job.ini, line 3: "perhaps" is neither yes nor no\nWrite yes or no.',
    ],
    [
      "by a name that there is not is an error",
      ["--config", CONFIG],
      { files: { [CONFIG]: "[Tardis]\nFull = no\nFool = yes\n" } },
      '/etc/job.ini, line 3: there is no setting "Fool"\n' +
        "docs/settings.md lists the names that settings have in files.",
    ],
    [
      "of a choice names the choices",
      ["--report", "some"],
      {},
      '--report: "some" is not one of the choices\nChoose one of all, dirs, none.',
    ],
    [
      "without its value among short options is an error",
      ["-vn"],
      {},
      "--name needs a value\nWrite --name NAME, apart from other short options.",
    ],
    [
      "file that is not there is an error",
      ["--config", "/none"],
      {},
      "there is no file /none\nGive --config a file that exists.",
    ],
    [
      "section that is not there names those that are",
      ["--config", CONFIG, "--job", "c"],
      { files: { [CONFIG]: "[a]\n[b]\n" } },
      "/etc/job.ini has no section [c]\n--job takes one of: a, b.",
    ],
  ];
  for (const [name, args, world, message] of cases)
    test(name, async () => {
      const { code, stderr, backups } = await runCli(["backup", ...args, "."], world);
      expect(stderr).toBe(`tardis: ${message}\n`);
      expect([code, backups]).toEqual([2, []]);
    });
});

async function skipFile(args: readonly string[], world: World): Promise<string | undefined> {
  const { backups, stderr } = await runCli(["backup", ...args, "."], world);
  expect(stderr).toBe("");
  return backups[0]?.selection.fileNames.skip;
}
