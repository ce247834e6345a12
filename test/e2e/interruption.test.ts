/** Issue 2, "Interrupted": Ctrl-C, a second backup at the same time, locks of the dead. */
import { describe, expect } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TreeState, differences, stateOf } from "../support/compare-tree.ts";
import { noise } from "../support/make-tree.ts";
import { type Running, Workspace, testBinary } from "../support/run-tardis.ts";

const MIB = 1024 * 1024;
const FILES = 25;

describe("Ctrl-C", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    testBinary(`(${signal}) ends a backup with 130 and leaves a set that is listed`, async () => {
      using space = filled();
      const backup = start(space);
      await hasStored(space, backup, MIB);
      backup.kill(signal);
      expect(await backup.exited).toBe(130);
      expect(await backup.stderr.text()).toContain(
        "tardis: the backup was interrupted\nRun it again: it goes on where it stopped.\n",
      );
      expect(space.list()).toMatchObject([
        { state: "interrupted", name: expect.stringMatching(/^Incomplete_/) },
      ]);
      expect(existsSync(join(space.repository, "tardis.lock"))).toBe(false);
    });
  }

  testBinary("costs nothing of what was stored: the next run goes on from there", async () => {
    using space = filled();
    const backup = start(space);
    await hasStored(space, backup, 12 * MIB);
    backup.kill("SIGINT");
    expect(await backup.exited).toBe(130);
    const stored = packBytes(space);
    const { counts } = space.backup();
    expect(counts.bytesStored).toBeLessThan((FILES + 1) * MIB - stored);
    expect(packBytes(space)).toBeLessThan((FILES + 1) * MIB);
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });

  testBinary("of a later backup leaves every earlier set as it was", async () => {
    using space = filled();
    space.backup(["-n", "first"]);
    const first = stateOf(space.source);
    for (let file = 0; file < FILES; file += 1)
      writeFileSync(join(space.source, `${file}`), noise(MIB, 1000 + file));
    const stored = packBytes(space);
    const backup = start(space);
    await hasStored(space, backup, stored + 10 * MIB);
    backup.kill("SIGINT");
    expect(await backup.exited).toBe(130);
    expect(differences(first, stateOf(space.regen()))).toEqual([]);
    space.backup();
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
    expect(differences(first, stateOf(space.regen(["-b", "first"])))).toEqual([]);
  });

  testBinary("of a restore leaves whole files and nothing else", async () => {
    using space = new Workspace();
    const names = ["1", "2", "3", "4"];
    const content = Buffer.alloc(50 * MIB, "a line of text\n");
    for (const name of names) writeFileSync(join(space.source, name), content);
    space.backup();
    const out = space.join("out");
    const regen = space.start(["regen", "-R", space.base, "-o", out, space.source]);
    while (regen.exitCode === null && entriesIn(join(out, "source")) < 2) await nextTick();
    regen.kill("SIGINT");
    expect(await regen.exited).toBe(130);
    for (const name of readdirSync(join(out, "source"))) {
      expect(names).toContain(name);
      expect(statSync(join(out, "source", name)).size).toBe(content.length);
    }
    space.expectExit(["regen", "-R", space.base, "-o", out, space.source]);
    expect(differences(stateOf(space.source), stateOf(join(out, "source")))).toEqual([]);
  });
});

describe("a restore that is killed", () => {
  testBinary("shows whole files alone, and runs again to its end", async () => {
    using space = new Workspace();
    for (let folder = 0; folder < 40; folder += 1) {
      mkdirSync(join(space.source, `${folder}`));
      for (let file = 0; file < 60; file += 1)
        writeFileSync(join(space.source, `${folder}`, `${file}`), noise(20_000, file));
    }
    space.backup();
    const saved = stateOf(space.source);
    const out = space.join("out");
    const shown = join(out, "source");
    for (const folders of [1, 8, 20, 32]) {
      const regen = space.start(["regen", "-R", space.base, "-o", out, space.source]);
      while (regen.exitCode === null && entriesIn(shown) < folders) await nextTick();
      regen.kill("SIGKILL");
      await regen.exited;
      for (const [path, state] of named(stateOf(shown))) {
        expect({ path, is: state["sha256"] }).toEqual({ path, is: saved.get(path)?.["sha256"] });
      }
    }
    space.expectExit(["regen", "-R", space.base, "-o", out, space.source]);
    expect(differences(saved, named(stateOf(shown)))).toEqual([]);
  });
});

describe("a second backup at the same time", () => {
  testBinary("is refused, naming who holds the repository; also with --force", async () => {
    using space = filled();
    await using backup = standingStill(space);
    await holdsLock(space, backup.running);
    for (const args of [[], ["--force"]]) {
      const { exitCode, stderr } = space.run(["backup", "-R", space.base, ...args, space.source]);
      expect(exitCode).toBe(11);
      const holder = `process ${backup.running.pid} on .+ \\(backup, since .+\\)`;
      expect(stderr).toMatch(
        new RegExp(`^tardis: ${space.repository} is in use by ${holder}$`, "m"),
      );
    }
    backup.running.kill("SIGCONT");
    expect(await backup.running.exited).toBe(0);
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });

  testBinary("into another repository is none of its business", async () => {
    using space = filled();
    await using backup = standingStill(space);
    await holdsLock(space, backup.running);
    const { base } = space;
    space.base = space.join("others");
    expect(space.backup().set.state).toBe("complete");
    space.base = base;
  });

  testBinary("may read: list and regen work from what was complete", async () => {
    using space = filled();
    space.backup(["-n", "first"]);
    const before = stateOf(space.source);
    writeFileSync(join(space.source, "new"), noise(12 * MIB, 77));
    const bytes = packBytes(space);
    await using backup = standingStill(space);
    // In the middle of its work: before that it locks the catalog for a moment, to change its mode.
    await hasStored(space, backup.running, bytes + MIB);
    backup.running.kill("SIGSTOP");
    expect(space.list()[0]).toMatchObject({ name: "first", state: "complete" });
    expect(differences(before, stateOf(space.regen()))).toEqual([]);
  });
});

describe("backups that begin at the same moment", () => {
  testBinary(
    "into a repository that is not there yet: one makes it, the others are told",
    async () => {
      using space = filled();
      const all = [1, 2, 3, 4].map(() => start(space));
      const exitCodes = await Promise.all(all.map(({ exited }) => exited));
      for (const exitCode of exitCodes) expect([0, 11]).toContain(exitCode);
      expect(exitCodes).toContain(0);
      expect(space.backup().counts.storedFull).toBe(0);
      expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
    },
  );
});

describe("the lock of a process that was killed", () => {
  testBinary("is taken over without being asked", async () => {
    using space = filled();
    const backup = start(space);
    await holdsLock(space, backup);
    backup.kill("SIGKILL");
    await backup.exited;
    expect(existsSync(join(space.repository, "tardis.lock"))).toBe(true);
    expect(space.backup().set.state).toBe("complete");
    expect(existsSync(join(space.repository, "tardis.lock"))).toBe(false);
  });

  testBinary("on another machine is not, until --force, ten minutes after its last sign", () => {
    using space = filled();
    space.backup();
    const lock = join(space.repository, "tardis.lock");
    const holder = {
      host: "elsewhere",
      boot: "a",
      processNamespace: "pid:[1]",
      pid: 1,
      processStart: "1",
      command: "backup",
      started: "2026-01-01T00:00:00.000Z",
      nonce: "x",
    };
    writeFileSync(lock, JSON.stringify(holder));
    const run = (args: readonly string[]) =>
      space.run(["backup", "-R", space.base, ...args, space.source]).exitCode;
    expect([run([]), run(["--force"])]).toEqual([11, 11]);
    makeOld(lock);
    expect([run([]), run(["--force"])]).toEqual([11, 0]);
  });
});

/** Files of one MiB that do not compress, so that a backup takes a moment. */
function filled(): Workspace {
  const space = new Workspace();
  for (let file = 0; file < FILES; file += 1)
    writeFileSync(join(space.source, `${file}`), noise(MIB, file));
  return space;
}

function start(space: Workspace): Running {
  return space.start(["backup", "-R", space.base, space.source]);
}

/** A backup that holds the lock and then does nothing, until it is killed at the end. */
function standingStill(space: Workspace): AsyncDisposable & { readonly running: Running } {
  const running = start(space);
  return {
    running,
    async [Symbol.asyncDispose]() {
      running.kill("SIGKILL");
      await running.exited;
    },
  };
}

async function holdsLock(space: Workspace, running: Running): Promise<void> {
  const lock = join(space.repository, "tardis.lock");
  while (!existsSync(lock) || readFileSync(lock, "utf8") === "") {
    if (running.exitCode !== null) throw new Error("it has ended before it could be stopped");
    await nextTick();
  }
  running.kill("SIGSTOP");
}

async function hasStored(space: Workspace, running: Running, bytes: number): Promise<void> {
  while (packBytes(space) < bytes) {
    if (running.exitCode !== null) throw new Error("it has ended before it could be stopped");
    await nextTick();
  }
}

function packBytes(space: Workspace): number {
  const packs = join(space.repository, "packs");
  if (!existsSync(packs)) return 0;
  return readdirSync(packs, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".pack"))
    .reduce(
      (sum, name) => sum + (statSync(join(packs, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

function entriesIn(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** What neither is nor lies in what has not got its name. */
function named(tree: TreeState): TreeState {
  const isUnnamed = (name: string): boolean => name.startsWith(".tardis-");
  return new Map([...tree].filter(([path]) => !path.split("/").some(isUnnamed)));
}

function makeOld(file: string): void {
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(file, hourAgo, hourAgo);
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
