/** What a set holds of a directory, by where it lies. */
import { describe, expect, test } from "bun:test";
import { type BackupSet, NO_COUNTS } from "../../../src/core/backup-set.ts";
import { ROOT_PATH, namesOf } from "../../../src/core/byte-string.ts";
import { type Place, hasEntry, placeBelow, topPlace } from "../../../src/catalog/place.ts";
import { name, path } from "../../support/fake-tree.ts";

function setOf(how: Partial<BackupSet>): BackupSet {
  return {
    id: 1 as BackupSet["id"],
    name: "",
    state: "complete",
    priority: 0,
    isLocked: false,
    tags: [],
    roots: [ROOT_PATH],
    startedMs: 0,
    endedMs: undefined,
    clientVersion: "",
    error: undefined,
    cursor: undefined,
    counts: NO_COUNTS,
    ...how,
  };
}

function placeOf(set: BackupSet, where: string): Place | undefined {
  let place = topPlace(set);
  for (const part of namesOf(path(where))) place = place && placeBelow(place, part);
  return place;
}

describe("above the roots", () => {
  const set = setOf({ roots: ["/home/ann/docs", "/home/bob"].map(path) });

  test("only names that lead to one are in the set", () => {
    const home = placeOf(set, "/home");
    expect(home && hasEntry(home, name("ann"))).toBe(true);
    expect(home && hasEntry(home, name("eve"))).toBe(false);
    expect(placeOf(set, "/home/eve")).toBeUndefined();
  });

  test("within one everything is", () => {
    const deep = placeOf(set, "/home/ann/docs/a/b");
    expect(deep && hasEntry(deep, name("anything"))).toBe(true);
  });

  test("a root within a root adds nothing", () => {
    const nested = placeOf(setOf({ roots: ["/a", "/a/b"].map(path) }), "/a");
    expect(nested && hasEntry(nested, name("c"))).toBe(true);
  });
});

describe("an unfinished set", () => {
  const set = setOf({ state: "interrupted", cursor: path("/b/m") });

  test("has the directories up to its cursor, and not those below it", () => {
    for (const walked of ["", "/a", "/a/z", "/b", "/b/a", "/b/m"]) {
      expect([walked, placeOf(set, walked) !== undefined]).toEqual([walked, true]);
    }
    for (const missing of ["/b/m/a", "/b/n", "/c", "/b-/x"]) {
      expect([missing, placeOf(set, missing)]).toEqual([missing, undefined]);
    }
  });

  test("has nothing at all when no directory was finished", () => {
    expect(placeOf(setOf({ state: "failed" }), "")).toBeUndefined();
  });
});
