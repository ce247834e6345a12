/**
 * Memory of a process and all its descendants, seen from outside through /proc.
 *
 * Each sample adds up the resident bytes (RSS) of every live process of the tree, so pages that two
 * of them share count twice; beside that, the kernel's own high-water mark of each single process
 * (VmHWM) is read, which catches peaks between two samples. The peak is the larger of the two. The
 * high-water mark of wait4 would not do: it starts at the size the *parent* had when it forked.
 */

import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_EVERY_MS = 20;
const KIB = 1024;

/** Watches the tree below a process until disposed. */
export class MemoryWatch implements Disposable {
  readonly #root: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #peakBytes = 0;

  constructor(root: number) {
    this.#root = root;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
  }

  /** The peak so far. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    let residentBytes = 0;
    for (const process of processTree(this.#root)) {
      const memory = processMemory(process);
      residentBytes += memory.residentBytes;
      this.#peakBytes = Math.max(this.#peakBytes, memory.highWaterBytes);
    }
    this.#peakBytes = Math.max(this.#peakBytes, residentBytes);
  }
}

/** The process itself and all its live descendants; a child started by any thread counts. */
function processTree(root: number): readonly number[] {
  const found = [root];
  for (const parent of found) {
    const threads = ifAlive(() => readdirSync(`/proc/${parent}/task`)) ?? [];
    for (const thread of threads) {
      const children =
        ifAlive(() => readFileSync(`/proc/${parent}/task/${thread}/children`, "latin1")) ?? "";
      found.push(...children.split(" ").filter(Boolean).map(Number));
    }
  }
  return found;
}

function processMemory(process: number): {
  readonly residentBytes: number;
  readonly highWaterBytes: number;
} {
  const status = ifAlive(() => readFileSync(`/proc/${process}/status`, "latin1")) ?? "";
  return {
    residentBytes: kibField(status, "VmRSS") * KIB,
    highWaterBytes: kibField(status, "VmHWM") * KIB,
  };
}

/** Zero when the field is missing, as it is for a process that has just ended. */
function kibField(status: string, name: string): number {
  const at = status.indexOf(`${name}:`);
  return at < 0 ? 0 : Number.parseInt(status.slice(at + name.length + 1), 10);
}

/** Undefined when the process has gone in the meantime, which is how every one of them ends. */
function ifAlive<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
