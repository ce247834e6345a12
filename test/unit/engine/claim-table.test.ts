/** Which worker stores a content, told by memory that all of them see. */
import { describe, expect, test } from "bun:test";
import { contentIdOf } from "../../../src/format/checksum.ts";
import { type ContentId, contentId } from "../../../src/core/ids.ts";
import { ClaimTable } from "../../../src/engine/claim-table.ts";

function idOf(number: number): ContentId {
  return contentIdOf(Buffer.from(String(number)));
}

describe("the table of claims", () => {
  test("gives each content to the first who claims it, in whichever thread", () => {
    const table = new ClaimTable();
    const other = new ClaimTable(table.memory);
    expect(table.reserve(2000)).toBe(true);
    for (let number = 0; number < 1000; number += 1) {
      const [one, two] = number % 2 === 0 ? [table, other] : [other, table];
      expect([one.claim(idOf(number)), two.claim(idOf(number))]).toEqual([true, false]);
    }
  });

  test("has room for so many and no more; what is refused takes none", () => {
    const table = new ClaimTable();
    expect(table.reserve(90_000)).toBe(true);
    expect(table.reserve(90_000)).toBe(false);
    expect(table.reserve(8_000)).toBe(true);
    expect(table.reserve(1_000)).toBe(false);
  });

  test("finds every claim again when it is full", () => {
    const table = new ClaimTable();
    const count = 98_304;
    expect(table.reserve(count)).toBe(true);
    const ids = Array.from({ length: count }, (_none, number) => idOf(number));
    expect(ids.filter((id) => table.claim(id)).length).toBe(count);
    expect(ids.filter((id) => table.claim(id)).length).toBe(0);
  });

  test("tells contents apart by either half of 64 bits, zeroes or not, and no further", () => {
    const table = new ClaimTable();
    table.reserve(5);
    const first = ["0000000000000000", "0000000200000000", "0000000000000002", "0000000200000002"];
    const ids = first.map((start) => contentId(start.padEnd(64, "7")));
    expect(ids.map((id) => table.claim(id))).toEqual([true, true, true, true]);
    const alike = contentId("0000000000000002".padEnd(24, "7").padEnd(64, "8"));
    expect(table.claim(alike)).toBe(false);
  });
});
