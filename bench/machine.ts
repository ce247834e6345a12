/** One line on the machine the figures come from. */

import { cpus, loadavg, release, totalmem, type } from "node:os";
import { readFileSync } from "node:fs";

const BYTES_PER_GIB = 1024 ** 3;
/** Above what one finds on a machine that was left alone for a minute. */
const LOAD_MAX = 0.5;

export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model ?? "unknown processor";
  const memoryGib = Math.round(totalmem() / BYTES_PER_GIB);
  const system = `${type()} ${release()}, ${distribution()}`;
  return `${processors.length} × ${model.trim()}, ${memoryGib} GiB, ${system}`;
}

/** A sentence when something else keeps the machine busy, for then no figure can be trusted. */
export function busyWarning(): string | undefined {
  const [load = 0] = loadavg();
  return load < LOAD_MAX
    ? undefined
    : `the machine is busy (load ${load.toFixed(2)}): times will be too long`;
}

function distribution(): string {
  const name = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"));
  return name?.[1] ?? "unknown distribution";
}
