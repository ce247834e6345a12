/** Dates as people say them. It is Tuesday, 24 November 2026, 14:30:05 in the process' zone. */
import { describe, expect, test } from "bun:test";
import { parseTimeRange, parseWhen } from "../../../src/cli/when.ts";
import { UsageError } from "../../../src/core/errors.ts";
import { humanTime } from "../../../src/cli/human.ts";

const NOW = new Date(2026, 10, 24, 14, 30, 5).getTime();

describe("a moment is said", () => {
  for (const [said, time] of [
    ["3 days ago", "2026-11-21 14:30:05"],
    ["an hour ago", "2026-11-24 13:30:05"],
    ["2 weeks ago", "2026-11-10 14:30:05"],
    ["last month", "2026-10-24 14:30:05"],
    ["yesterday 14:00", "2026-11-23 14:00:00"],
    ["yesterday at noon", "2026-11-23 12:00:00"],
    ["friday 10:00", "2026-11-20 10:00:00"],
    ["15:00", "2026-11-23 15:00:00"],
    ["14:00", "2026-11-24 14:00:00"],
    ["now", "2026-11-24 14:30:05"],
    ["2014-03-15 10:30", "2014-03-15 10:30:00"],
    ["2014-03-15T10:30:15", "2014-03-15 10:30:15"],
  ] as const) {
    test(`"${said}"`, async () => {
      const { startMs, endMs } = await parseWhen(said, NOW);
      expect([humanTime(startMs), endMs]).toEqual([time, startMs]);
    });
  }

  for (const [said, iso] of [
    ["2014-03-15T10:30:00Z", "2014-03-15T10:30:00.000Z"],
    ["2014-03-15T10:30:00.25+02:00", "2014-03-15T08:30:00.250Z"],
    ["2014-03-15 10:30 -0530", "2014-03-15T16:00:00.000Z"],
  ] as const) {
    test(`"${said}", whatever the zone of the process`, async () => {
      expect(new Date((await parseWhen(said, NOW)).startMs).toISOString()).toBe(iso);
    });
  }
});

describe("a day is said, from its start to its end,", () => {
  for (const [said, day] of [
    ["yesterday", "2026-11-23"],
    ["last friday", "2026-11-20"],
    ["friday", "2026-11-20"],
    ["03/15/2014", "2014-03-15"],
    ["2014-03-15", "2014-03-15"],
    ["Dec 24", "2025-12-24"],
    ["March 15, 2014", "2014-03-15"],
  ] as const) {
    test(`as "${said}"`, async () => {
      const { startMs, endMs } = await parseWhen(said, NOW);
      expect([humanTime(startMs), humanTime(endMs)]).toEqual([
        `${day} 00:00:00`,
        `${day} 23:59:59`,
      ]);
    });
  }
});

describe("a range is said", () => {
  for (const [said, from, to] of [
    ["2014-03-15:2014-04-01", "2014-03-15 00:00:00", "2014-04-01 23:59:59"],
    ["3 days ago:", "2026-11-21 14:30:05", undefined],
    [":yesterday", undefined, "2026-11-23 23:59:59"],
    ["yesterday 14:00:today", "2026-11-23 14:00:00", "2026-11-24 23:59:59"],
    ["2014-03-15T10:00:00:2014-03-16T11:00:00", "2014-03-15 10:00:00", "2014-03-16 11:00:00"],
    ["last friday", "2026-11-20 00:00:00", "2026-11-20 23:59:59"],
    [":", undefined, undefined],
  ] as const) {
    test(`as "${said}"`, async () => {
      const { fromMs, toMs } = await parseTimeRange(said, NOW);
      const shown = [fromMs, toMs].map((time) =>
        time === undefined ? undefined : humanTime(time),
      );
      expect(shown).toEqual([from, to]);
    });
  }
});

describe("what is not understood", () => {
  for (const said of [
    "",
    "soon",
    "2014-13-45",
    "2014-02-30",
    "2014-03-15T25:00",
    "3",
    "friday or monday",
  ])
    test(`"${said}" is an error that shows what is`, async () => {
      const error = await parseWhen(said, NOW).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toContain(`the date "${said}" is not understood`);
      expect((error as UsageError).hint).toContain('"3 days ago"');
    });

  for (const [said, message] of [
    ["soon:later", "is not understood"],
    ["3 days ago", "is not understood"],
    ["yesterday:2 weeks ago", "before it begins"],
  ] as const)
    test(`is the range "${said}"`, async () => {
      const error = await parseTimeRange(said, NOW).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toContain(message);
    });
});
