/**
 * docs/commands.md and docs/settings.md say what the declarations say.
 * `TARDIS_WRITE_DOCUMENTS=1 bun test test/unit/cli/reference.test.ts` writes them anew.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ALL_SETTINGS } from "../../../src/cli/all-settings.ts";
import { commandsDocument, settingsDocument } from "../../../src/cli/reference.ts";

const DOCUMENTS = join(import.meta.dir, "../../../docs");

describe("the reference", () => {
  test("docs/commands.md is what the commands declare", () => {
    expectDocument("commands.md", commandsDocument());
  });

  test("docs/settings.md is what the settings declare", () => {
    expectDocument("settings.md", settingsDocument());
  });

  test("no two settings share a name", () => {
    const keys = ALL_SETTINGS.map(({ key }) => key.toLowerCase());
    const variables = ALL_SETTINGS.flatMap(({ env }) => (env === undefined ? [] : [env]));
    for (const names of [keys, variables]) expect(new Set(names).size).toBe(names.length);
  });
});

function expectDocument(name: string, text: string): void {
  const path = join(DOCUMENTS, name);
  if (process.env["TARDIS_WRITE_DOCUMENTS"] === "1") writeFileSync(path, text);
  expect(readFileSync(path, "utf8")).toBe(text);
}
