/** Which names somebody may have meant. */
import { expect, test } from "bun:test";
import { nearest } from "../../../src/core/nearest.ts";

const NAMES = ["notes.txt", "Notes", "thesis.tex", "thesis.bak", "photo", "a", "b"];

test("the likest come first, whatever the case", () => {
  expect(nearest("note.txt", NAMES, 1)).toEqual(["notes.txt"]);
  expect(nearest("notes", NAMES, 2)).toEqual(["Notes", "notes.txt"]);
  expect(nearest("tehsis.tex", NAMES, 3)).toEqual(["thesis.tex", "thesis.bak"]);
});

test("what has little in common is not among them", () => {
  expect(nearest("completely other", NAMES, 5)).toEqual([]);
  expect(nearest("", NAMES, 5).length).toBeLessThanOrEqual(5);
});
