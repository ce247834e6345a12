/** Edits of lines: they lead from one side to the other, are few, and are found in time. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Edit, lineEdits } from "../../src/engine/line-diff.ts";

const lines = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 60 });

test("edits applied to the one side give the other", () => {
  fc.assert(
    fc.property(lines, lines, (old, now) => {
      const edits = lineEdits(old, now);
      expect(applied(old, now, edits)).toEqual(now);
      expect(
        edits.every(
          ({ oldStart, oldEnd, newStart, newEnd }) => oldEnd > oldStart || newEnd > newStart,
        ),
      ).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("there are no more of them than need be", () => {
  fc.assert(
    fc.property(lines, lines, (old, now) => {
      const lost = lineEdits(old, now).reduce((sum, edit) => sum + edit.oldEnd - edit.oldStart, 0);
      expect(old.length - lost).toBe(longestCommon(old, now));
    }),
    { numRuns: 500 },
  );
});

test("of the same there are none, and of nothing all", () => {
  expect(lineEdits(["a", "b"], ["a", "b"])).toEqual([]);
  expect(lineEdits([], ["a", "b"])).toEqual([{ oldStart: 0, oldEnd: 0, newStart: 0, newEnd: 2 }]);
  expect(lineEdits(["a"], [])).toEqual([{ oldStart: 0, oldEnd: 1, newStart: 0, newEnd: 0 }]);
});

test("of sides that have little in common a way is found all the same", () => {
  const shuffled = (seed: number) =>
    Array.from({ length: 20_000 }, (_, index) => String((index * seed) % 19_997));
  const [old, now] = [shuffled(7919), shuffled(104_729)];
  expect(applied(old, now, lineEdits(old, now))).toEqual(now);
});

function applied(old: readonly string[], now: readonly string[], edits: readonly Edit[]): string[] {
  const result: string[] = [];
  let at = 0;
  for (const { oldStart, oldEnd, newStart, newEnd } of edits) {
    result.push(...old.slice(at, oldStart), ...now.slice(newStart, newEnd));
    at = oldEnd;
  }
  return [...result, ...old.slice(at)];
}

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const line of a) {
    const next = [0];
    for (const [index, other] of b.entries())
      next.push(
        line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
