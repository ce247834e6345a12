/** One line on the machine the figures come from. */

import { cpus, release, totalmem, type } from "node:os";
import { readFileSync } from "node:fs";

const BYTES_PER_GIB = 1024 ** 3;

export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model ?? "unknown processor";
  const memoryGib = Math.round(totalmem() / BYTES_PER_GIB);
  return `${processors.length} × ${model.trim()}, ${memoryGib} GiB, ${type()} ${release()}, ${distribution()}`;
}

function distribution(): string {
  const name = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"));
  return name?.[1] ?? "unknown distribution";
}
