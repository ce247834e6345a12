/** docs/format.md says enough: a reader written from it alone reads what the program wrote. */
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { IndependentReader } from "../support/independent-reader.ts";
import { Workspace, testBinary } from "../support/run-tardis.ts";

const MIB = 1024 * 1024;

const PASSWORD = "a password";

testBinary("a reader that knows only the document finds every set and every content", () => {
  readEverything(undefined);
});

testBinary("a slow reader with @noble alone does so with an encrypted repository", () => {
  readEverything(PASSWORD);
});

function readEverything(password: string | undefined): void {
  using space = new Workspace();
  const env: Record<string, string> = password === undefined ? {} : { TARDIS_PASSWORD: password };
  const path = (name: string): string => `${space.source}/${name}`;
  mkdirSync(path("folder"));
  const first = {
    small: lines(1000, "small"),
    "folder/other": lines(3000, "other"),
    "folder/empty": Buffer.alloc(0),
    pages: lines(150_000, "a page"),
    large: lines(500_000, "something large"),
  };
  for (const [name, content] of Object.entries(first)) writeFileSync(path(name), content);
  symlinkSync("folder/other", path("link"));
  space.backup([], { env });

  const second = {
    ...first,
    small: edited(first.small),
    pages: edited(first.pages),
    large: edited(first.large),
  };
  for (const [name, content] of Object.entries(second)) writeFileSync(path(name), content);
  writeFileSync(path("folder/new"), "new\n");
  space.backup([], { env });

  expect(first.large.length).toBeGreaterThan(8 * MIB); // in a pack of its own
  expect(chainLengths(space.repository)).toEqual([0, 1]); // there are deltas
  using reader = new IndependentReader(space.repository, password);
  expect(reader.commandLine(1)).toContain(`\0${space.source}\0`);
  const expected = [first, { ...second, "folder/new": Buffer.from("new\n") }];
  for (const [index, contents] of expected.entries()) {
    const entries = reader.entries(index + 1);
    for (const [name, content] of Object.entries({ ...contents, link: "folder/other" })) {
      const row = entries.get(path(name)) ?? undefined;
      const found = row === undefined ? Buffer.alloc(0) : reader.content(row);
      expect(found.equals(Buffer.from(content))).toBe(true);
    }
    expect(
      [...entries.keys()].filter((found) => found.startsWith(`${space.source}/`)),
    ).toHaveLength(
      Object.keys(contents).length + 2, // the folder and the link
    );
  }
}

function lines(count: number, what: string): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, index) => `${what} ${index}\n`).join(""));
}

/** Bytes in the middle exchanged, and some inserted: what a delta is for. */
function edited(content: Buffer): Buffer {
  const middle = Math.floor(content.length / 2);
  const [before, after] = [content.subarray(0, middle), content.subarray(middle + 10)];
  return Buffer.concat([before, Buffer.from("exchanged and longer than before"), after]);
}

function chainLengths(repository: string): number[] {
  using catalog = new Database(`${repository}/tardis.db`, { readonly: true });
  const sql = "SELECT DISTINCT chain_length AS n FROM content ORDER BY 1";
  return catalog
    .query<{ n: number }, []>(sql)
    .all()
    .map(({ n }) => n);
}
