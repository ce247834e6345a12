/** `npm run test:kill -- [COUNT] [SEED]`: kills the program COUNT times at random moments. */
import { killOften } from "../support/kill-tardis.ts";

const [count = "200", seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
process.stdout.write(`killing ${count} times, seed ${seed}\n`);
const { kills, late } = await killOften(Number(count), Number(seed), (text) =>
  process.stdout.write(`${text}\n`),
);
process.stdout.write(`${kills} kills, ${late} of them too late; nothing was lost\n`);
