/** Which folder a backup goes to, and which a restore comes from. */
import { describe, expect, test } from "bun:test";
import { type World, runCli } from "../../support/run-cli.ts";

describe("a backup goes to", () => {
  const cases: readonly (readonly [string, readonly string[], World, string])[] = [
    ["/srv/tardis and the short host name", [], {}, "/srv/tardis/box"],
    ["the user's data folder", [], { writable: [] }, "/home/u/.local/share/tardis/box"],
    [
      "XDG_DATA_HOME where that is set",
      [],
      { writable: [], env: { XDG_DATA_HOME: "/data" } },
      "/data/tardis/box",
    ],
    ["TARDIS_DB", ["-C", "me"], { env: { TARDIS_DB: "/b", TARDIS_CLIENT: "you" } }, "/b/me"],
    [
      "--database before the environment",
      ["-D", "b"],
      { env: { TARDIS_DB: "/c" } },
      "/home/u/b/box",
    ],
    ["--repository", ["-R", "../b"], { env: { TARDIS_DB: "/c" } }, "/home/b/box"],
    [
      "--database before TARDIS_REPOSITORY",
      ["-D", "/b"],
      { env: { TARDIS_REPOSITORY: "/c" } },
      "/b/box",
    ],
    ["a file: URL", ["-R", "file:///b/c%20d/"], {}, "/b/c d/box"],
    [
      "a repository itself",
      ["-D", "/b"],
      { files: { "/b": "directory", "/b/tardis.db": "" } },
      "/b",
    ],
    ["the home folder where ~ is written", ["-D=~/b"], {}, "/home/u/b/box"],
  ];
  for (const [name, args, world, folder] of cases)
    test(name, async () => {
      const { backups, stderr } = await runCli(["backup", ...args, "."], world);
      expect([stderr, backups[0]?.repository.folder]).toEqual(["", folder]);
    });
});

test("what is read is the first usual place with this client's repository", async () => {
  const files = {
    "/home/u/.local": "directory",
    "/home/u/.local/share": "directory",
    "/home/u/.local/share/tardis": "directory",
    "/home/u/.local/share/tardis/box": "directory",
    "/home/u/.local/share/tardis/box/packs": "directory",
  };
  const { opened } = await runCli(["admin", "list"], { files });
  const chosen = { folder: "/home/u/.local/share/tardis/box", clientName: "box" };
  expect(opened).toEqual([expect.objectContaining(chosen)]);
});

describe("it is an error", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [
      "to name a server",
      ["-R", "tardis://host/client"],
      "tardis://host/client: repositories behind a server cannot be used yet\n" +
        "Give a folder: -R DIR.",
    ],
    [
      "to name a file of another machine",
      ["-R", "file://host/b"],
      "file://host/b is no folder of this machine\nWrite file:///DIR.",
    ],
    [
      "to name a client with a slash",
      ["-C", "a/b"],
      'the client name "a/b" has a slash in it\n' +
        "It names the repository's folder: give --client NAME or set TARDIS_CLIENT.",
    ],
    [
      "to name a client ..",
      ["-C", ".."],
      'the client name ".." stands for another folder\n' +
        "It names the repository's folder: give --client NAME or set TARDIS_CLIENT.",
    ],
    [
      "to name a client that is too long for a folder",
      ["-C", "é".repeat(128)],
      `the client name "${"é".repeat(128)}" is 256 bytes long, more than 255\n` +
        "It names the repository's folder: give --client NAME or set TARDIS_CLIENT.",
    ],
  ];
  for (const [name, args, message] of cases)
    test(name, async () => {
      const { code, stderr } = await runCli(["backup", ...args, "."]);
      expect([code, stderr]).toEqual([2, `tardis: ${message}\n`]);
    });
});
