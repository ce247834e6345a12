import { describe, expect, test } from "bun:test";
import { RecentMap } from "../../../src/core/recent-map.ts";

describe("what was looked up lately", () => {
  test("is known for half as many as there may be, and forgotten beyond that many", () => {
    const recent = new RecentMap<number, number>(8);
    for (let key = 1; key <= 100; key += 1) {
      recent.set(key, key);
      const known = [...Array(key).keys()].filter((index) => recent.get(index + 1) !== undefined);
      expect(known.length).toBeLessThanOrEqual(8);
    }
    for (let key = 101; key <= 104; key += 1) recent.set(key, key);
    expect([101, 102, 103, 104].map((key) => recent.get(key))).toEqual([101, 102, 103, 104]);
    expect(recent.get(1)).toBeUndefined();
  });

  test("stays known as long as it is asked for", () => {
    const recent = new RecentMap<string, number>(8);
    recent.set("asked for", 0);
    for (let key = 1; key <= 100; key += 1) {
      recent.set(String(key), key);
      expect(recent.get("asked for")).toBe(0);
    }
  });

  test("is replaced, and forgotten at once where that is wanted", () => {
    const recent = new RecentMap<string, number>(4);
    recent.set("a", 1);
    recent.set("a", 2);
    expect(recent.get("a")).toBe(2);
    recent.clear();
    expect(recent.get("a")).toBeUndefined();
  });
});
