/**
 * `npm test`: sets the clone up, then checks everything: types, format, lint, dead code, and all
 * tests, those of the compiled program (TARDIS_BINARY) included.
 *
 * Every step is run, whatever the ones before it found. Ends with a line `N passed, N failed`
 * over all tests and steps, and exits with 1 if anything failed.
 */
import { spawn } from "node:child_process";
import { BINARY, ROOT, orFail, setUp, withPackageBinaries } from "./setup.mjs";

const CHECKS = [
  ["bun", "check", "--no-script"],
  ["bun", "fmt", "--no-script", "--check", "--ignore-pattern=*.md"],
  ["oxlint"],
  ["knip"],
];
/** Of one test: some start a dozen processes, on machines that have other things to do. */
const TIMEOUT_MS = 120_000;
const TESTS = ["bun", "test", `--timeout=${TIMEOUT_MS}`, ...process.argv.slice(2)];

await orFail(async () => {
  setUp();
  const { passed, failed, skipped } = await testAll();
  const skips = skipped > 0 ? `, ${skipped} skipped` : "";
  process.stdout.write(`\n${passed} passed, ${failed} failed${skips}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
});

async function testAll() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const check of CHECKS) {
    const { status } = await run(check);
    total[status === 0 ? "passed" : "failed"] += 1;
  }
  const { status, output } = await run(TESTS);
  total.passed += countOf("pass", output);
  total.skipped += countOf("skip", output) + countOf("todo", output);
  // A run that ends without saying what failed has failed too: a crash, a file that will not load.
  total.failed += Math.max(countOf("fail", output), status === 0 ? 0 : 1);
  return total;
}

/** Runs a command, shows its output, and answers that and the exit code. */
function run([command, ...args]) {
  process.stdout.write(`\n$ ${command} ${args.join(" ")}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: withPackageBinaries({ ...process.env, TARDIS_BINARY: BINARY }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
        process.stdout.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}

/** From the lines that `bun test` ends with: ` 12 pass`, ` 0 fail`, ` 1 skip`. */
function countOf(outcome, output) {
  const lines = [...output.matchAll(new RegExp(`^ *(\\d+) ${outcome}$`, "gm"))];
  return Number(lines.at(-1)?.[1] ?? 0);
}
