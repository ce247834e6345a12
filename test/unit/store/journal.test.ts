import { describe, expect, test } from "bun:test";
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { RepositoryCorrupt, RepositoryTooNew } from "../../../src/core/errors.ts";
import { JournalFile } from "../../../src/store/journal-file.ts";
import { TempDir } from "../../support/temp-dir.ts";

const APPEND = { access: "append" } as const;
const READ = { access: "read" } as const;

describe("the journal", () => {
  test("gives back what was appended, after it was opened again", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, ["one", "", "three"]);
    using journal = JournalFile.open(path, READ);
    expect(textsOf(journal)).toEqual(["one", "", "three"]);
    expect(journal.lengthBytes).toBe(statSync(path).size);
    expect(journal.tornBytes).toBe(0);
  });

  test("keeps every whole record wherever it is cut, and goes on behind it", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, ["one", "two", "three"]);
    const ends = [16, 16 + 27, 16 + 27 + 27, statSync(path).size];
    for (let cut = 0; cut <= statSync(path).size; cut += 1) {
      const copy = folder.join("cut");
      copyFileSync(path, copy);
      truncateSync(copy, cut);
      const whole = Math.max(
        0,
        ends.findLastIndex((end) => end <= cut),
      );
      {
        using journal = JournalFile.open(copy, APPEND);
        expect(textsOf(journal)).toEqual(["one", "two", "three"].slice(0, whole));
        expect(journal.tornBytes).toBe(cut < 16 ? 0 : cut - (ends[whole] ?? 0));
        journal.append(bytes("new"));
      }
      using again = JournalFile.open(copy, READ);
      expect(textsOf(again)).toEqual([...["one", "two", "three"].slice(0, whole), "new"]);
    }
  });

  test("shows every flipped byte but those of its last record, taken for torn", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, ["one", "two", "three"]);
    const original = readFileSync(path);
    const lastRecord = 16 + 27 + 27;
    for (let position = 0; position < original.length; position += 1) {
      const damaged = Buffer.from(original);
      damaged[position] = (damaged[position] ?? 0) ^ 0x10;
      writeFileSync(folder.join("damaged"), damaged);
      const found = readAll(folder.join("damaged"));
      if (position < lastRecord + 8) {
        expect(found instanceof RepositoryCorrupt || found instanceof RepositoryTooNew).toBe(true);
      } else {
        expect(found).toEqual(["one", "two"]);
      }
    }
  });

  test("names the record that is damaged", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, ["one", "two", "three"]);
    const damaged = readFileSync(path);
    damaged[16 + 27 + 8] = 0;
    writeFileSync(path, damaged);
    expect(String(readAll(path))).toContain(`${path} is damaged: record 2, at byte 43`);
  });

  test("shows records that changed places or were left out", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, ["one", "two", "end"]);
    const [header, one, two, end] = [
      [0, 16],
      [16, 43],
      [43, 70],
      [70, 97],
    ].map(([from, to]) => readFileSync(path).subarray(from, to)) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    for (const records of [
      [two, one, end],
      [one, end],
      [two, end],
      [one, one, two, end],
    ]) {
      writeFileSync(path, Buffer.concat([header, ...records]));
      expect(readAll(path)).toBeInstanceOf(RepositoryCorrupt);
    }
  });

  test("takes zeroes at its end for what a crash left", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, ["one"]);
    writeFileSync(path, Buffer.concat([readFileSync(path), new Uint8Array(100)]));
    using journal = JournalFile.open(path, READ);
    expect(journal.tornBytes).toBe(100);
    expect(textsOf(journal)).toEqual(["one"]);
  });

  test("is read and checked from a mark on", async () => {
    using folder = new TempDir();
    const path = folder.join("journal");
    using journal = JournalFile.open(path, APPEND);
    const start = journal.endMark;
    journal.append(bytes("one"));
    const mark = journal.endMark;
    journal.append(bytes("two"));
    expect(textsOf(journal, start)).toEqual(["one", "two"]);
    expect(textsOf(journal, mark)).toEqual(["two"]);
    expect(textsOf(journal, journal.endMark)).toEqual([]);
    using later = JournalFile.open(path, { access: "append", from: mark });
    expect(later.endMark).toEqual(journal.endMark);
  });

  test("that is not the one a mark was made in is called damaged", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, ["one"]);
    using journal = JournalFile.open(path, READ);
    const from = journal.endMark;
    const other = await journalOf(folder, ["eno"]);
    expect(() => JournalFile.open(other, { access: "read", from })).toThrow(RepositoryCorrupt);
    const shorter = await journalOf(folder, []);
    expect(() => JournalFile.open(shorter, { access: "read", from })).toThrow(RepositoryCorrupt);
  });

  test("is replaced as a whole", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, ["one", "two"]);
    using journal = JournalFile.open(path, APPEND);
    await journal.replaceWith([bytes("all")]);
    journal.append(bytes("next"));
    expect(textsOf(journal)).toEqual(["all", "next"]);
    expect(readAll(path)).toEqual(["all", "next"]);
  });

  test("of a newer version is refused, a missing one is damage", async () => {
    using folder = new TempDir();
    const path = await journalOf(folder, []);
    const header = readFileSync(path);
    header[8] = 2;
    writeFileSync(path, header);
    expect(() => JournalFile.open(path, APPEND)).toThrow(RepositoryTooNew);
    expect(() => JournalFile.open(folder.join("none"), READ)).toThrow("the file is missing");
  });
});

let made = 0;

async function journalOf(folder: TempDir, texts: readonly string[]): Promise<string> {
  made += 1;
  const path = folder.join(`journal-${made}`);
  using journal = JournalFile.open(path, APPEND);
  for (const text of texts) journal.append(bytes(text));
  await journal.sync();
  return path;
}

/** Texts of all records, or what opening and reading throws. */
function readAll(path: string): unknown {
  try {
    using journal = JournalFile.open(path, READ);
    return textsOf(journal);
  } catch (error) {
    return error;
  }
}

function textsOf(journal: JournalFile, from?: JournalFile["endMark"]): string[] {
  return [...journal.records(from)].map((payload) => new TextDecoder().decode(payload));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
