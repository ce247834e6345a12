/** INI files are read as Python's configparser reads them. */
import { describe, expect, test } from "bun:test";
import { parseIni } from "../../../src/cli/ini.ts";
import { UsageError } from "../../../src/core/errors.ts";

describe("an INI file", () => {
  test("has sections with values, comments and continued lines", () => {
    const text =
      "\ufeff# all\n[Tardis]\r\nTARDIS_DB = /a = b\n; no\nLogFiles: x\n" +
      "   y\n\n\tz\n[Other]\nEmpty =\n";
    const sections = parseIni(text, "file");
    expect([...sections.keys()]).toEqual(["Tardis", "Other"]);
    expect([...(sections.get("Tardis")?.values() ?? [])]).toEqual([
      { key: "TARDIS_DB", value: "/a = b", line: 3 },
      { key: "LogFiles", value: "x\ny\nz", line: 5 },
    ]);
    expect(sections.get("Other")?.get("empty")).toEqual({ key: "Empty", value: "", line: 10 });
  });

  test("keeps the last of two values with one key, in whatever case", () => {
    expect(parseIni("[a]\nKey=1\nKEY=2\n", "file").get("a")?.get("key")?.value).toBe("2");
  });

  test("with a line that is nothing is an error that names file and line", () => {
    for (const [text, line] of [
      ["[a]\nb\n", 'file, line 2: "b" is neither [Section] nor key = value'],
      ["a = b\n", 'file, line 1: "a = b" is neither [Section] nor key = value'],
    ] as const)
      expect(() => parseIni(text, "file")).toThrow(
        new UsageError(line, "The first line that is no comment must be a [Section]."),
      );
  });
});
