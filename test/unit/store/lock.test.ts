import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { RepositoryLocked } from "../../../src/core/errors.ts";
import { type LockRequest, RepositoryLock } from "../../../src/store/lock.ts";
import { type ProcessIdentity, thisProcess } from "../../../src/store/process-identity.ts";
import { TempDir } from "../../support/temp-dir.ts";

const SELF = thisProcess();
const NOBODY = { ...SELF, pid: 4_194_305 };
const ELSEWHERE = { ...SELF, host: "elsewhere", boot: "another" };
const NOW_MS = Date.UTC(2026, 10, 23, 12);

describe("the lock of a repository", () => {
  test("is held by one, and free again when that one gives it back", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.lock");
    {
      using _held = RepositoryLock.acquire(path, requestOf(SELF));
      expect(failureOf(path, requestOf(SELF))).toBeInstanceOf(RepositoryLocked);
    }
    expect(readdirSync(folder.path)).toEqual([]);
    using _again = RepositoryLock.acquire(path, requestOf(SELF));
  });

  test("tells who holds it", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.lock");
    using _held = RepositoryLock.acquire(path, requestOf(SELF));
    expect(String(failureOf(path, requestOf(SELF)))).toContain(
      `${folder.path} is in use by process ${SELF.pid} on ${SELF.host} ` +
        "(backup, since 2026-11-23T12:00:00.000Z)",
    );
  });

  test("of a live process is never taken over, even when forced", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.lock");
    using _held = RepositoryLock.acquire(path, requestOf(SELF));
    const forced = { ...requestOf(SELF, "force"), now: () => NOW_MS + 1e9 };
    expect(failureOf(path, forced)).toBeInstanceOf(RepositoryLocked);
  });

  test("of a process that is gone, or was before a restart, is taken over unasked", () => {
    const anotherStart = { ...SELF, processStart: "1" };
    for (const dead of [NOBODY, anotherStart, { ...SELF, boot: "before the restart" }]) {
      using folder = new TempDir();
      const path = folder.join("tardis.lock");
      leaveLock(path, dead);
      using _taken = RepositoryLock.acquire(path, requestOf(SELF));
      expect(readFileSync(path, "utf8")).toContain(SELF.processStart);
      expect(readdirSync(folder.path)).toEqual(["tardis.lock"]);
    }
  });

  test("of another machine is taken over only by force, and after ten minutes of silence", () => {
    for (const other of [ELSEWHERE, { ...SELF, processNamespace: "pid:[1]" }]) {
      using folder = new TempDir();
      const path = folder.join("tardis.lock");
      leaveLock(path, other);
      const soon = () => NOW_MS + 599_000;
      const later = () => NOW_MS + 601_000;
      const refused = requestOf(SELF);
      const forced = requestOf(SELF, "force");
      expect(failureOf(path, { ...refused, now: later })).toBeInstanceOf(RepositoryLocked);
      expect(failureOf(path, { ...forced, now: soon })).toBeInstanceOf(RepositoryLocked);
      expect(failureOf(path, { ...forced, now: later })).toBeUndefined();
    }
  });

  test("that is touched stays its holder's", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.lock");
    let now = NOW_MS;
    using held = RepositoryLock.acquire(path, { ...requestOf(ELSEWHERE), now: () => now });
    now += 3_600_000;
    held.heartbeat();
    const forced = { ...requestOf(SELF, "force"), now: () => now + 1000 };
    expect(failureOf(path, forced)).toBeInstanceOf(RepositoryLocked);
  });

  test("tells its holder that another has taken it, and is then not removed by it", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.lock");
    const held = RepositoryLock.acquire(path, requestOf(ELSEWHERE));
    held.heartbeat();
    using _taken = RepositoryLock.acquire(path, {
      ...requestOf(SELF, "force"),
      now: () => NOW_MS + 601_000,
    });
    expect(() => held.heartbeat()).toThrow(RepositoryLocked);
    held[Symbol.dispose]();
    expect(existsSync(path)).toBe(true);
  });

  test("that a crash left empty is taken over once it is not young any more", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.lock");
    writeFileSync(path, "");
    expect(failureOf(path, { ...requestOf(SELF), now: Date.now })).toBeInstanceOf(RepositoryLocked);
    const later = () => Date.now() + 11_000;
    expect(failureOf(path, { ...requestOf(SELF), now: later })).toBeUndefined();
  });

  test("is taken over although a crash left a takeover unfinished", () => {
    using folder = new TempDir();
    const path = folder.join("tardis.lock");
    leaveLock(path, NOBODY);
    leaveLock(`${path}.takeover`, NOBODY);
    expect(failureOf(path, requestOf(SELF))).toBeUndefined();
  });
});

function requestOf(
  identity: ProcessIdentity,
  takeover: LockRequest["takeover"] = "refuse",
): LockRequest {
  return { identity, command: "backup", now: () => NOW_MS, takeover };
}

/** A lock whose holder is never heard of again; touched last at NOW_MS. */
function leaveLock(path: string, identity: ProcessIdentity): void {
  RepositoryLock.acquire(path, requestOf(identity)).heartbeat();
}

/** What acquiring throws; what it gives is given back. */
function failureOf(path: string, request: LockRequest): unknown {
  try {
    RepositoryLock.acquire(path, request)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return error;
  }
}
