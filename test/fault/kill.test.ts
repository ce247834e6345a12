/** Issue 2, "Faults": killed at random moments; `npm run test:kill -- 200` is the long form. */
import { expect } from "bun:test";
import { killOften } from "../support/kill-tardis.ts";
import { testBinary } from "../support/run-tardis.ts";

const KILLS = 8;
const SEED = 7;

testBinary("killed at any moment, a repository is whole, and the next run completes", async () => {
  const { kills, late } = await killOften(KILLS, SEED, () => {});
  expect(kills).toBe(KILLS);
  expect(late).toBeLessThan(KILLS / 2);
});
