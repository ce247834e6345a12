/** Which level of zstd a parcel gets. */
import { describe, expect, test } from "bun:test";
import { CompressionEffort, effortPlan } from "../../../src/engine/compression-effort.ts";

const MIB = 1024 * 1024;
const BY_AMOUNT = { algorithm: "zstd", level: "by-amount" } as const;

function levels(plan: ReturnType<typeof effortPlan>, sizes: readonly number[]): number[] {
  if (plan === undefined) throw new Error("nothing is compressed");
  const effort = new CompressionEffort(plan);
  return sizes.map((size) => effort.levelFor(size));
}

describe("the level of a parcel", () => {
  test("is fast in a first backup", () => {
    expect(levels(effortPlan(BY_AMOUNT, "first"), [1, MIB])).toEqual([2, 2]);
  });

  test("is higher in a later one, up to an amount", () => {
    const plan = effortPlan(BY_AMOUNT, "later");
    expect(levels(plan, [MIB, 30 * MIB, 2 * MIB, MIB, 1])).toEqual([5, 5, 2, 5, 2]);
    expect(plan?.level).toBe(2);
  });

  test("is the user's, first or later", () => {
    for (const backup of ["first", "later"] as const) {
      const plan = effortPlan({ algorithm: "zstd", level: 9 }, backup);
      expect(levels(plan, [MIB, 64 * MIB, MIB])).toEqual([9, 9, 9]);
    }
  });

  test("is none where nothing is to be compressed", () => {
    expect(effortPlan({ algorithm: "none" }, "later")).toBeUndefined();
  });
});
