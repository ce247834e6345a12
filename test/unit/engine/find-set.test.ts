/** Which set is meant by what people call it. */
import { describe, expect, test } from "bun:test";
import type { BackupSet } from "../../../src/core/backup-set.ts";
import { TardisError } from "../../../src/core/errors.ts";
import type { OneSetChoice } from "../../../src/core/set-choice.ts";
import { chooseSet, chooseSetRange } from "../../../src/engine/find-set.ts";
import { DAILY_SET } from "../../support/run-cli.ts";

const SETS = [
  set(1, "Monthly-2026-10", 1000),
  set(2, "Weekly-2026-44", 2000, ["good"]),
  set(12, "Backup_2026-11-02_10:00:00", 3000),
  set(13, "Backup_2026-11-02_11:00:00", 4000),
  { ...set(14, "Incomplete_2026-11-03", 5000), state: "interrupted" as const },
];

describe("a set is named", () => {
  for (const [text, id] of [
    ["Weekly-2026-44", 2],
    ["2", 2],
    ["good", 2],
    ["Current", 13],
    ["Month", 1],
    ["goo", 2],
    ["Backup_2026-11-02_10", 12],
    ["14", 14],
    ["1", 1],
  ] as const)
    test(`by "${text}"`, () => expect(numberOf({ kind: "named", text })).toBe(id));

  test("by a time: the newest complete one that was started by then", () => {
    const at = (timeMs: number) => numberOf({ kind: "at", timeMs, said: "then" });
    expect([at(1000), at(2999), at(3000), at(9999)]).toEqual([1, 2, 12, 13]);
  });
});

describe("it is an error that tells what there is,", () => {
  for (const [what, choice, message, hint] of [
    [
      "a name of no set",
      { kind: "named", text: "Mothly" },
      "no backup set Mothly",
      "Monthly-2026-10",
    ],
    [
      "no name at all",
      { kind: "named", text: "" },
      "no backup set ",
      "newest are: Monthly-2026-10",
    ],
    ["what several begin with", { kind: "named", text: "Back" }, "2 backup sets begin", "11:00:00"],
    ["a time before the first", { kind: "at", timeMs: 999, said: "x" }, '"x" or before', "Monthly"],
  ] as const)
    test(what, () => {
      const error = caught(() => numberOf(choice));
      expect(error.message).toContain(message);
      expect(error.hint).toContain(hint);
      expect(error.exitCode).toBe(2);
    });
});

describe("a range of sets", () => {
  for (const [text, ids] of [
    ["2:13", [2, 12, 13]],
    ["Monthly:good", [1, 2]],
    ["13:", [13, 14]],
    [":2", [1, 2]],
    ["Weekly", [2]],
    ["Backup_2026-11-02_10:00:00:Backup_2026-11-02_11:00:00", [12, 13]],
    [":Current", [1, 2, 12, 13]],
  ] as const)
    test(`is "${text}"`, () => {
      expect(chooseSetRange(SETS, text, "here").map(({ id }) => Number(id))).toEqual([...ids]);
    });

  test("is an error where an end is no set", () => {
    expect(caught(() => chooseSetRange(SETS, "x:y", "here")).message).toContain(
      '"x:y" names no sets',
    );
  });
});

function set(id: number, name: string, startedMs: number, tags: readonly string[] = []): BackupSet {
  return { ...DAILY_SET, id: id as never, name, tags, startedMs };
}

function numberOf(choice: OneSetChoice): number {
  return chooseSet(SETS, choice, "here").id;
}

function caught(work: () => unknown): TardisError {
  try {
    work();
  } catch (error) {
    if (error instanceof TardisError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
