import { expect, test } from "bun:test";
import { othersTurn, slicesOf } from "../../../src/engine/slices.ts";

test("slices have all items, in their order", () => {
  const items = Array.from({ length: 1000 }, (_none, index) => index);
  expect([...slicesOf(items, (item) => item % 40)].flat()).toEqual(items);
  expect([...slicesOf([], () => 1)]).toEqual([]);
});

test("a slice ends with the item that fills it, and an item is never cut", () => {
  const slices = [...slicesOf([1, 1, 5000, 1, 1], (entries) => entries)];
  expect(slices).toEqual([
    [1, 1, 5000],
    [1, 1],
  ]);
});

test("a message that has arrived is looked at before one's own turn comes again", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen: unknown[] = [];
  port1.onmessage = ({ data }) => seen.push(data);
  port2.postMessage("a message");
  for (let turns = 0; seen.length === 0 && turns < 1000; turns += 1) await othersTurn();
  expect(seen).toEqual(["a message"]);
  port1.close();
});
