/** Names and priorities of automatic sets. */
import { describe, expect, test } from "bun:test";
import {
  type SetSchedule,
  automaticName,
  formatTime,
  numberedName,
} from "../../../src/core/backup-set.ts";

const at = (year: number, month: number, day: number, hour = 9): number =>
  new Date(year, month - 1, day, hour, 5, 7).getTime();

describe("an automatic name", () => {
  test("is the month's, then the week's, the day's, and the time's", () => {
    const taken = new Set<string>();
    const next = (schedule: SetSchedule): string => {
      const { name } = automaticName(at(2026, 11, 23), schedule, (wanted) => taken.has(wanted));
      taken.add(name);
      return name;
    };
    expect(Array.from({ length: 5 }, () => next("automatic"))).toEqual([
      "Monthly-2026-11",
      "Weekly-2026-47",
      "Daily-2026-11-23",
      "Backup_2026-11-23_09:05:07",
      "Backup_2026-11-23_09:05:07_2",
    ]);
    expect(next("hourly")).toBe("Hourly-2026-11-23-09");
  });

  test("of a schedule of its own is that kind's, or the time's", () => {
    const none = (): boolean => false;
    const all = (name: string): boolean => !name.startsWith("Backup");
    expect(automaticName(at(2026, 1, 2), "weekly", none)).toEqual({
      name: "Weekly-2026-00",
      priority: 20,
    });
    expect(automaticName(at(2026, 1, 2), "weekly", all).priority).toBe(0);
  });
});

test("weeks begin on Sunday, and the days before the first are week 0", () => {
  // 2026 began on a Thursday; the reference is strftime of the C library.
  const days: [number, number, string][] = [
    [1, 3, "00"],
    [1, 4, "01"],
    [1, 10, "01"],
    [1, 11, "02"],
    [12, 26, "51"],
    [12, 27, "52"],
  ];
  for (const [month, day, week] of days) {
    expect(formatTime("%U", at(2026, month, day, 23))).toBe(week);
  }
});

test("a name that is taken gets the first free number", () => {
  const taken = ["a", "a_2", "a_3"];
  expect(numberedName("a", (name) => taken.includes(name))).toBe("a_4");
});
