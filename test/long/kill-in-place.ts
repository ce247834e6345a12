/** `npm run test:kill-in-place -- [COUNT] [SEED]`: kills restores in place, at random moments. */
import { killInPlace } from "../support/kill-in-place.ts";

const [count = "200", seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
process.stdout.write(`killing ${count} times, seed ${seed}\n`);
const { kills, late } = await killInPlace(Number(count), Number(seed), (text) =>
  process.stdout.write(`${text}\n`),
);
process.stdout.write(`${kills} kills, ${late} of them too late; nothing was lost\n`);
