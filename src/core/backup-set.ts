/** Backup sets: what is known of one run, and the names and priorities of automatic ones. */
import type { FilePath } from "./byte-string.ts";
import type { BackupSetId } from "./ids.ts";

/** running: a session has it open (or died and nobody has looked yet). */
export type BackupState = "running" | "complete" | "interrupted" | "failed";

/** What one run saw and did. All counts of entries, all sizes in bytes. */
export type BackupCounts = {
  readonly files: number;
  readonly directories: number;
  readonly others: number;
  /** Plaintext bytes of all files of the set. */
  readonly bytes: number;
  /** Entries new or changed since the last set. */
  readonly changed: number;
  /** Contents stored by this run: whole, and as deltas. */
  readonly storedFull: number;
  readonly storedDelta: number;
  /** Plaintext bytes read from files. */
  readonly bytesRead: number;
  /** Bytes added to packs. */
  readonly bytesStored: number;
  /** Entries that could not be saved whole. */
  readonly problems: number;
};

export const NO_COUNTS: BackupCounts = {
  files: 0,
  directories: 0,
  others: 0,
  bytes: 0,
  changed: 0,
  storedFull: 0,
  storedDelta: 0,
  bytesRead: 0,
  bytesStored: 0,
  problems: 0,
};

export type BackupSet = {
  readonly id: BackupSetId;
  readonly name: string;
  readonly state: BackupState;
  readonly priority: number;
  readonly isLocked: boolean;
  readonly tags: readonly string[];
  readonly roots: readonly FilePath[];
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  readonly clientVersion: string;
  readonly error: string | undefined;
  /** Of an unfinished set: the last directory of the walk that is in it; undefined: none. */
  readonly cursor: FilePath | undefined;
  readonly counts: BackupCounts;
  /** Of a complete set, where the client encrypts: shows it that nobody has changed the set. */
  readonly seal?: Uint8Array | undefined;
};

/** How a set without a name gets one, and a priority. "automatic": month, week, day, else time. */
export type SetSchedule = "automatic" | "hourly" | "daily" | "weekly" | "monthly";

/** A kind of automatic set: `format` as of strftime, with %Y %m %d %H %M %S and %U. */
export type SetKind = { readonly format: string; readonly priority: number };

export const SET_KINDS = {
  monthly: { format: "Monthly-%Y-%m", priority: 40 },
  weekly: { format: "Weekly-%Y-%U", priority: 20 },
  daily: { format: "Daily-%Y-%m-%d", priority: 10 },
  hourly: { format: "Hourly-%Y-%m-%d-%H", priority: 0 },
  other: { format: "Backup_%Y-%m-%d_%H:%M:%S", priority: 0 },
  incomplete: { format: "Incomplete_%Y-%m-%d_%H:%M:%S", priority: 0 },
} as const satisfies Record<string, SetKind>;

const DAY_MS = 86_400_000;

/** Kinds in the order they are tried; the last one's name is made free by a number. */
const KINDS_OF_SCHEDULE: Record<SetSchedule, readonly SetKind[]> = {
  automatic: [SET_KINDS.monthly, SET_KINDS.weekly, SET_KINDS.daily, SET_KINDS.other],
  hourly: [SET_KINDS.monthly, SET_KINDS.weekly, SET_KINDS.daily, SET_KINDS.hourly, SET_KINDS.other],
  daily: [SET_KINDS.daily, SET_KINDS.other],
  weekly: [SET_KINDS.weekly, SET_KINDS.other],
  monthly: [SET_KINDS.monthly, SET_KINDS.other],
};

/** The first kind of the schedule whose name, at `nowMs` in local time, no set has yet. */
export function automaticName(
  nowMs: number,
  schedule: SetSchedule,
  isTaken: (name: string) => boolean,
): { readonly name: string; readonly priority: number } {
  for (const kind of KINDS_OF_SCHEDULE[schedule]) {
    const name = formatTime(kind.format, nowMs);
    if (!isTaken(name)) return { name, priority: kind.priority };
  }
  const { format, priority } = SET_KINDS.other;
  return { name: numberedName(formatTime(format, nowMs), isTaken), priority };
}

/** `name`, or the first of `name`_2, `name`_3, … that is not taken. */
export function numberedName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name;
  for (let number = 2; ; number += 1) {
    const numbered = `${name}_${number}`;
    if (!isTaken(numbered)) return numbered;
  }
}

/** strftime in local time, for the letters that SetKind names. */
export function formatTime(format: string, timeMs: number): string {
  const time = new Date(timeMs);
  return format.replace(/%[YmdHMSU]/g, (letter) => timeField(letter, time));
}

function timeField(letter: string, time: Date): string {
  switch (letter) {
    case "%Y":
      return String(time.getFullYear());
    case "%m":
      return twoDigits(time.getMonth() + 1);
    case "%d":
      return twoDigits(time.getDate());
    case "%H":
      return twoDigits(time.getHours());
    case "%M":
      return twoDigits(time.getMinutes());
    case "%S":
      return twoDigits(time.getSeconds());
    default:
      return twoDigits(weekOfYear(time));
  }
}

/** %U: weeks begin on Sunday; days before the first Sunday are in week 0. */
function weekOfYear(time: Date): number {
  const newYear = Date.UTC(time.getFullYear(), 0, 1);
  const today = Date.UTC(time.getFullYear(), time.getMonth(), time.getDate());
  const dayOfYear = (today - newYear) / DAY_MS;
  return Math.floor((dayOfYear + 7 - time.getDay()) / 7);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
