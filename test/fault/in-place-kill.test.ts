/** Issue 4, restore in place: killed at random moments. `npm run test:kill-in-place` is long. */
import { expect } from "bun:test";
import { killInPlace } from "../support/kill-in-place.ts";
import { testBinary } from "../support/run-tardis.ts";

const KILLS = 8;
const SEED = 3;

testBinary("killed at any moment, files are whole, and undoing gives the same tree", async () => {
  const { kills, late } = await killInPlace(KILLS, SEED, () => {});
  expect(kills).toBe(KILLS);
  expect(late).toBeLessThan(KILLS);
});
