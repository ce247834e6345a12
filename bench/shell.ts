/** Running the small helpers of the benchmark (npm, tar, cp, sync): nothing here is measured. */

import { BenchFailure } from "./failure.ts";

/**
 * Standard output of a command that has to succeed. Throws BenchFailure with the end of its
 * standard error.
 */
export async function run(
  argv: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const child = Bun.spawn([...argv], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (exitCode === 0) return output;
  throw new BenchFailure(
    `${argv.slice(0, 3).join(" ")} … ended with ${exitCode}: ${errors.trim().slice(-600)}`,
  );
}

/** One line of progress, on standard error so that a report on standard output stays clean. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
