/** How much of a restore is in hand at once, and which folders get their names later. */
import { describe, expect, test } from "bun:test";
import type { Version } from "../../../src/core/entry.ts";
import {
  WINDOW_ENTRIES,
  directoriesPerCall,
  isQuicklyFilled,
} from "../../../src/engine/restore-plan.ts";
import { versionWith } from "../../support/source-paths.ts";

const MIB = 1024 * 1024;

describe("folders listed at once", () => {
  test("are one at the least, sixteen at the most, and have a window of entries together", () => {
    expect(directoriesPerCall([listing(10 * WINDOW_ENTRIES)])).toBe(1);
    expect(directoriesPerCall([listing(WINDOW_ENTRIES / 4)])).toBe(4);
    expect(directoriesPerCall([listing(3), listing(5)])).toBe(16);
    expect(directoriesPerCall([listing(0)])).toBe(16);
    expect(directoriesPerCall([])).toBe(1);
  });
});

describe("a folder gets its name when its files are there", () => {
  test("where they are several, and no work", () => {
    expect(isQuicklyFilled([file(1), file(2)])).toBe(true);
    expect(isQuicklyFilled([file(8 * MIB), file(8 * MIB)])).toBe(true);
    expect(isQuicklyFilled([versionWith({ kind: "symlink" }), file(1)])).toBe(true);
  });

  test("not where that takes long, or saves nothing", () => {
    expect(isQuicklyFilled([file(8 * MIB), file(8 * MIB + 1)])).toBe(false);
    expect(isQuicklyFilled([file(1), versionWith({ kind: "directory" })])).toBe(false);
    expect(isQuicklyFilled([])).toBe(false);
  });
});

function file(sizeBytes: number): Version {
  return versionWith({ kind: "file", sizeBytes });
}

function listing(count: number): Version[] {
  return Array.from({ length: count }, () => file(1));
}
