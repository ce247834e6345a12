/** Issue 2, "Saved exactly": files that vanish or change while they are read. */
import { expect } from "bun:test";
import { appendFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { noise } from "../support/make-tree.ts";
import { type Running, Workspace, testBinary } from "../support/run-tardis.ts";

const MIB = 1024 * 1024;
/** So large that nothing else is read at the same time. */
const LARGE_BYTES = 32 * MIB;

testBinary("a file that vanishes before it is read is named, and the rest is saved", async () => {
  using space = new Workspace();
  const [first, , , last] = ["1", "2", "3", "4"].map((name, seed) => {
    const file = join(space.source, name);
    writeFileSync(file, noise(LARGE_BYTES / 2, seed));
    return file;
  }) as [string, string, string, string];
  const backup = space.start(["backup", "-R", space.base, "--json", space.source]);
  expect(await whileReading(backup, first, () => rmSync(last))).toBe(true);
  expect(await backup.exited).toBe(3);
  expect(await backup.stderr.text()).toContain(`tardis: ${last}: vanished before it was read`);
  // The directory was looked at before.
  const about = { except: ["mtimeNs"] };
  expect(differences(stateOf(space.source), stateOf(space.regen()), about)).toEqual([]);
});

testBinary("a file that changes while it is read is read again", async () => {
  using space = new Workspace();
  const large = makeLargeFile(space);
  const backup = space.start(["backup", "-R", space.base, "--json", space.source]);
  await whileReading(backup, large, () => appendFileSync(large, "one more line"));
  expect(await backup.exited).toBe(0);
  expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
});

testBinary("one that changes again and again is marked, named, and read next time", async () => {
  using space = new Workspace();
  const large = makeLargeFile(space);
  const backup = space.start(["backup", "-R", space.base, "--json", space.source]);
  while (await whileReading(backup, large, () => appendFileSync(large, "one more line")));
  expect(await backup.exited).toBe(3);
  expect(await backup.stderr.text()).toContain(`tardis: ${large}: changed while it was read`);
  expect(space.backup().counts.bytesRead).toBeGreaterThan(LARGE_BYTES);
  expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
});

function makeLargeFile(space: Workspace): string {
  const large = join(space.source, "large");
  writeFileSync(large, noise(LARGE_BYTES, 1));
  return large;
}

/** Does something while the program stands still with `file` open; false: it has ended before. */
async function whileReading(running: Running, file: string, work: () => void): Promise<boolean> {
  for (;;) {
    if (running.exitCode !== null) return false;
    await new Promise((resolve) => setImmediate(resolve));
    if (!hasOpen(running.pid, file)) continue;
    running.kill("SIGSTOP");
    const isReading = hasOpen(running.pid, file);
    if (isReading) work();
    running.kill("SIGCONT");
    if (isReading) return true;
  }
}

function hasOpen(pid: number, file: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some(
      (descriptor) => readlinkSync(join(folder, descriptor)) === file,
    );
  } catch {
    // It has ended, or closed one of them in between.
    return false;
  }
}
