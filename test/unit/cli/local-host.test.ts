/** The outside world as the commands see it, on real files. */
import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { LOCAL_FILES, processArguments } from "../../../src/cli/local-host.ts";
import { type FilePath, byteStringOfText } from "../../../src/core/byte-string.ts";
import { TempDir } from "../../support/temp-dir.ts";

test("files are told apart from what is not there, and symlinks followed where they lead", () => {
  using directory = new TempDir();
  const path = (name: string) => byteStringOfText(`${directory.path}/${name}`) as FilePath;
  mkdirSync(`${directory.path}/é`);
  writeFileSync(`${directory.path}/é/f`, "text");
  symlinkSync("é", `${directory.path}/link`);
  symlinkSync("nowhere", `${directory.path}/broken`);
  symlinkSync("loop", `${directory.path}/loop`);
  const { kindOf, exists, realPath, readFile } = LOCAL_FILES;
  const names = ["é", "é/f", "link", "broken", "loop", "none", "é/f/g"];
  expect(names.map((name) => kindOf(path(name)))).toEqual([
    "directory",
    "other",
    "directory",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(names.map((name) => exists(path(name)))).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(realPath(path("link/f"))).toBe(path("é/f"));
  expect(realPath(path("broken"))).toBeUndefined();
  expect(realPath("" as FilePath)).toBe("" as FilePath);
  expect(readFile(`${directory.path}/none`)).toBeUndefined();
  expect(Buffer.from(readFile(`${directory.path}/é/f`) ?? []).toString()).toBe("text");
});

test("a folder can be written if it is there, or can be made", () => {
  using directory = new TempDir();
  writeFileSync(`${directory.path}/file`, "");
  chmodSync(`${directory.path}/file`, 0o755);
  expect(LOCAL_FILES.isWritableFolder(directory.path)).toBe(true);
  expect(LOCAL_FILES.isWritableFolder(`${directory.path}/a/b/c`)).toBe(true);
  expect(LOCAL_FILES.isWritableFolder(`${directory.path}/file`)).toBe(false);
  expect(LOCAL_FILES.isWritableFolder(`${directory.path}/file/b`)).toBe(false);
});

test("the command line is known byte for byte", () => {
  const line = Buffer.from(processArguments(process.argv)).toString();
  expect(line.endsWith("\0")).toBe(true);
  expect(line).toContain("test");
});
