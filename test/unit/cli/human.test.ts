/** Numbers as people read them. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  counted,
  humanCount,
  humanDuration,
  humanSize,
  shortened,
  table,
} from "../../../src/cli/human.ts";

describe("for people", () => {
  test("sizes have three digits and a unit", () => {
    const sizes = [0, 1, 1023, 1024, 1536, 102_348, 1_048_575, 1.5 * 2 ** 30, 2 ** 53];
    expect(sizes.map(humanSize)).toEqual([
      "0 bytes",
      "1 byte",
      "1023 bytes",
      "1.0 KiB",
      "1.5 KiB",
      "99.9 KiB",
      "1.0 MiB",
      "1.5 GiB",
      "8.0 PiB",
    ]);
  });

  test("counts have commas and their noun", () => {
    expect([humanCount(999), humanCount(66_000), humanCount(1_234_567)]).toEqual([
      "999",
      "66,000",
      "1,234,567",
    ]);
    expect([counted(1, "file"), counted(0, "file"), counted(2, "entry", "entries")]).toEqual([
      "1 file",
      "0 files",
      "2 entries",
    ]);
  });

  test("durations are as exact as they are short", () => {
    expect([0, 480, 59_400, 59_700, 83_000, 3_723_000].map(humanDuration)).toEqual([
      "0.0 s",
      "0.5 s",
      "59.4 s",
      "1:00 min",
      "1:23 min",
      "1:02:03 h",
    ]);
  });

  test("tables are as wide as what they hold, in columns of the terminal", () => {
    const columns = [
      { title: "Name", align: "left" },
      { title: "N", align: "right" },
    ] as const;
    expect(
      table(columns, [
        ["日本", "1"],
        ["a", "100"],
      ]),
    ).toEqual(["Name    N", "日本    1", "a     100"]);
  });

  test("a shortened text fits, and ends as the whole does", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: 0, max: 30 }),
        (text, width) => {
          const short = shortened(text, width);
          expect(Bun.stringWidth(short)).toBeLessThanOrEqual(width);
          expect(text.endsWith(short.replace(/^…/, ""))).toBe(true);
        },
      ),
    );
  });
});
