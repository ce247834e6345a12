import { describe, expect, test } from "bun:test";
import { DIRECTORY_TYPE, NameList, UNKNOWN_TYPE } from "../../../src/source/name-list.ts";
import { fileName } from "../../support/source-paths.ts";

/** What getdents64 writes: inode and offset, then the record's length, type, name and padding. */
function records(...entries: readonly (readonly [string, number])[]): Uint8Array {
  const all = entries.map(([name, type]) => {
    const record = Buffer.alloc(Math.ceil((19 + name.length + 1) / 8) * 8);
    record.writeUInt16LE(record.length, 16);
    record.writeUInt8(type, 18);
    record.write(name, 19, "latin1");
    return record;
  });
  return Buffer.concat(all);
}

function listOf(...names: readonly string[]): NameList {
  const list = new NameList();
  const read = records(...names.map((name) => [name, 8] as const));
  list.addRecords(read, read.length);
  list.sort();
  return list;
}

function namesIn(list: NameList): string[] {
  return Array.from({ length: list.count }, (_, index) => list.name(index));
}

describe("the names of a directory", () => {
  test("are sorted by their bytes, few or many of them", () => {
    for (const count of [0, 1, 2, 24, 25, 1000]) {
      const names = Array.from({ length: count }, (_, index) => `n${(index * 7919) % 10_007}`);
      expect(namesIn(listOf(...names))).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
    }
    expect(namesIn(listOf("b", "\xff", "a", "ab", "a.", "\x01"))).toEqual([
      "\x01",
      "a",
      "a.",
      "ab",
      "b",
      "\xff",
    ]);
  });

  test("are without the directory itself and the one above, but not without other dots", () => {
    expect(namesIn(listOf(".", "..", "...", ".a", "..a"))).toEqual(["...", "..a", ".a"]);
  });

  test("are there once, though the system gave one twice while entries came and went", () => {
    expect(namesIn(listOf("b", "a", "b", "c", "a", "b"))).toEqual(["a", "b", "c"]);
  });

  test("have the types the system gave them", () => {
    const list = new NameList();
    const read = records(["dir", DIRECTORY_TYPE], ["any", UNKNOWN_TYPE], ["file", 8]);
    list.addRecords(read, read.length);
    list.sort();
    expect([0, 1, 2].map((index) => list.type(index))).toEqual([UNKNOWN_TYPE, DIRECTORY_TYPE, 8]);
  });

  test("are all found, and nothing else is", () => {
    const list = listOf("a", "ab", "b");
    const asked = ["", "A", "a", "aa", "ab", "abc", "b", "c"];
    expect(asked.filter((name) => list.has(fileName(name)))).toEqual(["a", "ab", "b"]);
  });

  test("stay right when there are more than its first memory holds, and after clearing", () => {
    const list = new NameList();
    for (let round = 0; round < 2; round += 1) {
      for (let part = 0; part < 40; part += 1) {
        const names = Array.from({ length: 1000 }, (_, index) => `${part}-${index}-long-name`);
        const read = records(...names.map((name) => [name, 8] as const));
        list.addRecords(read, read.length);
      }
      list.sort();
      expect(list.count).toBe(40_000);
      expect(list.name(39_999) as string).toBe("9-999-long-name");
      list.clear();
      expect(list.count).toBe(0);
    }
  });
});
