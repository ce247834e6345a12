/**
 * Which process this is, so that others, later, can tell whether it still runs. Process numbers are
 * used again: a process is its number and its start time, on one machine, since one boot.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCodeOf } from "./files.ts";

export type ProcessIdentity = {
  readonly host: string;
  /** Differs after a restart, and between containers that cannot see each other's processes. */
  readonly boot: string;
  readonly processNamespace: string;
  readonly pid: number;
  /** In clock ticks since boot. */
  readonly processStart: string;
};

/** dead: certainly. unknown: another machine's, or one that cannot be seen from here. */
export type Liveness = "live" | "dead" | "unknown";

/** Of this process. */
export function thisProcess(): ProcessIdentity {
  const pid = Number(readlinkSync("/proc/self"));
  return {
    host: hostname(),
    boot: readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim(),
    processNamespace: readlinkSync("/proc/self/ns/pid"),
    pid,
    processStart: processStartOf(pid) ?? "",
  };
}

/** Whether `other` still runs, as far as `self` can see. */
export function livenessOf(other: ProcessIdentity, self: ProcessIdentity): Liveness {
  if (other.host !== self.host) return "unknown";
  if (other.boot !== self.boot) return "dead";
  if (other.processNamespace !== self.processNamespace) return "unknown";
  return processStartOf(other.pid) === other.processStart ? "live" : "dead";
}

/** undefined: no such process. */
function processStartOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name, in parentheses, may itself have spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[START_TIME_FIELD - FIRST_FIELD_AFTER_NAME];
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(errorCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** proc_pid_stat(5): field 22 is starttime; the name is field 2. */
const START_TIME_FIELD = 22;
const FIRST_FIELD_AFTER_NAME = 3;
