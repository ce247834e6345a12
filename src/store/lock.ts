/**
 * Who writes to a repository: a file that only one process can make, and that names it. Where there
 * are links it is there whole or not at all; elsewhere O_EXCL makes it, and a crash may leave it
 * empty. One that certainly is dead is taken over; one of which that cannot be told
 * only when asked for, and when it has not touched the file for ten minutes. docs/format.md §5.
 *
 * Taking over is itself locked, by a second file held for an instant: between looking at a dead
 * lock and removing it no other contender can have put its own in the place.
 */
import { linkSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RepositoryLocked, StorageFailed, StorageUnreadable } from "../core/errors.ts";
import { errorCodeOf, writingTo } from "./files.ts";
import { livenessOf, type Liveness, type ProcessIdentity } from "./process-identity.ts";

/** A holder touches its lock more often than this: see heartbeat(). */
const LOCK_STALE_MS = 10 * 60 * 1000;
/** A lock without a readable holder was cut off by a crash, unless it is this young. */
const UNREADABLE_STALE_MS = 10 * 1000;
/** No links here, as on exFAT; or the draft was taken away, or its folder never was. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "ENOENT"];
/** Losing a race means trying again; losing so many means that something else is wrong. */
const ATTEMPTS_MAX = 20;

export type LockRequest = {
  readonly identity: ProcessIdentity;
  /** For people: what it does, like "backup". */
  readonly command: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What to do about a stale holder that may yet run. A live one is never taken over. */
  readonly takeover: "refuse" | "force";
};

type Holder = ProcessIdentity & { readonly command: string; readonly started: string };

/** A lock file as it was at one moment. */
type FoundLock = { readonly text: string; readonly touchedMs: number };

/** Given back when disposed. */
export class RepositoryLock implements Disposable {
  readonly path: string;
  readonly #text: string;
  readonly #now: () => number;
  #isHeld = true;

  /**
   * `draftFolder` is on the same file system; what a crash leaves there the next holder may remove.
   * Throws RepositoryLocked, which names the holder, and StorageFailed.
   */
  static acquire(path: string, request: LockRequest, draftFolder = dirname(path)): RepositoryLock {
    const text = textOf(request);
    const draft = join(draftFolder, `lock-${nonce()}`);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if (createExclusively(path, text, draft)) return new RepositoryLock(path, text, request.now);
      const found = readLock(path);
      if (found === undefined) continue;
      if (!mayTakeOver(found, request)) throw inUse(path, describe(found));
      removeStale(path, found, { text: textOf(request), draft, request });
    }
    throw inUse(path, "processes that come and go");
  }

  private constructor(path: string, text: string, now: () => number) {
    this.path = path;
    this.#text = text;
    this.#now = now;
  }

  /** Shows that the holder lives. Throws RepositoryLocked when it was taken over nevertheless. */
  heartbeat(): void {
    const found = readLock(this.path);
    if (found?.text !== this.#text) {
      this.#isHeld = false;
      throw inUse(this.path, found === undefined ? "another process" : describe(found));
    }
    const seconds = this.#now() / 1000;
    writingTo(this.path, () => utimesSync(this.path, seconds, seconds));
  }

  [Symbol.dispose](): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (readLock(this.path)?.text === this.#text) rmSync(this.path, { force: true });
  }
}

/** Dead on this machine; or, when forced, unknown and silent for long. */
function mayTakeOver(found: FoundLock, { identity, now, takeover }: LockRequest): boolean {
  const silentMs = now() - found.touchedMs;
  const holder = parseHolder(found.text);
  if (holder === undefined) return silentMs > UNREADABLE_STALE_MS;
  const liveness: Liveness = livenessOf(holder, identity);
  if (liveness === "unknown") return takeover === "force" && silentMs > LOCK_STALE_MS;
  return liveness === "dead";
}

/** Removes the lock that was judged, unless another contender did so or is about to. */
function removeStale(
  path: string,
  judged: FoundLock,
  mine: { readonly text: string; readonly draft: string; readonly request: LockRequest },
): void {
  const takeoverPath = `${path}.takeover`;
  if (!createExclusively(takeoverPath, mine.text, mine.draft)) {
    const other = readLock(takeoverPath);
    if (other !== undefined && mayTakeOver(other, mine.request))
      rmSync(takeoverPath, { force: true });
    return;
  }
  try {
    if (readLock(path)?.text === judged.text) writingTo(path, () => rmSync(path, { force: true }));
  } finally {
    rmSync(takeoverPath, { force: true });
  }
}

/** Whether the file was made: false when it exists. */
function createExclusively(path: string, text: string, draft: string): boolean {
  try {
    return createLinked(path, text, draft) ?? createInPlace(path, text);
  } catch (cause) {
    throw new StorageFailed(path, cause);
  }
}

/** undefined: that cannot be done here. */
function createLinked(path: string, text: string, draft: string): boolean | undefined {
  try {
    writeFileSync(draft, text);
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "EEXIST") return false;
    if (NO_LINKS.includes(errorCodeOf(error) ?? "")) return undefined;
    throw error;
  } finally {
    remove(draft);
  }
}

function remove(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // On a read-only medium there is none; elsewhere the next holder empties the folder.
  }
}

function createInPlace(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** undefined: there is none, or not any more. */
function readLock(path: string): FoundLock | undefined {
  try {
    return { text: readFileSync(path, "utf8"), touchedMs: statSync(path).mtimeMs };
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT") return undefined;
    throw new StorageUnreadable(path, cause);
  }
}

/** Random, so that no two locks are ever the same text. */
function textOf({ identity, command, now }: LockRequest): string {
  const started = new Date(now()).toISOString();
  return `${JSON.stringify({ ...identity, command, started, nonce: nonce() }, undefined, 2)}\n`;
}

function nonce(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    return isHolder(holder) ? holder : undefined;
  } catch {
    // Being written at this moment, or cut off by a crash: its age decides.
    return undefined;
  }
}

function isHolder(value: Partial<Holder> | null): value is Holder {
  if (value === null || typeof value.pid !== "number") return false;
  const texts = [value.host, value.boot, value.processNamespace, value.processStart];
  return [...texts, value.command, value.started].every((text) => typeof text === "string");
}

/** Names the repository, not its lock. */
function inUse(path: string, holder: string): RepositoryLocked {
  return new RepositoryLocked(dirname(path), holder);
}

function describe({ text }: FoundLock): string {
  const holder = parseHolder(text);
  if (holder === undefined) return "a process that has just begun";
  const { host, pid, command, started } = holder;
  return `process ${pid} on ${host} (${command}, since ${started})`;
}
