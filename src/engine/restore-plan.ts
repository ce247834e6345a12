/**
 * The order of a restore: files whose blobs lie next to each other are written one after the other,
 * by the same worker, so that every parcel is read and decompressed once. And how much is in hand
 * at once. Pure.
 */
import type { Version } from "../core/entry.ts";
import type { FileToRestore } from "./jobs.ts";

/** Plaintext of one job: work enough for the message it costs, and little enough to share out. */
const JOB_BYTES = 4 * 1024 * 1024;
const JOB_FILES_MAX = 512;

/** Entries that are looked up, sorted and sent to the workers together. */
export const WINDOW_ENTRIES = 2048;
/** Directories listed in one call, while they have no more than WINDOW_ENTRIES together. */
const DIRECTORIES_PER_CALL_MAX = 16;
/** Of the files of a directory that are there in a moment. */
const QUICK_BYTES_MAX = 16 * 1024 * 1024;

/** `files` in the order of their packs, in jobs. */
export function planJobs<File extends FileToRestore>(
  files: readonly File[],
): readonly (readonly File[])[] {
  const jobs: File[][] = [];
  let job: File[] = [];
  let bytes = 0;
  for (const file of files.toSorted(byLocation)) {
    const isFull = job.length >= JOB_FILES_MAX || (bytes >= JOB_BYTES && !isSameParcel(job, file));
    if (isFull) {
      jobs.push(job);
      job = [];
      bytes = 0;
    }
    job.push(file);
    bytes += file.version.sizeBytes;
  }
  if (job.length > 0) jobs.push(job);
  return jobs;
}

/**
 * Whether all files of a directory are made in a moment, and are more than one: then it is worth a
 * rename less for each that it has its name only when they are there. One that takes long has its
 * name from the start, and whoever has to begin again finds there what was done.
 */
export function isQuicklyFilled(entries: readonly Version[]): boolean {
  let count = 0;
  let bytes = 0;
  for (const { kind, sizeBytes } of entries) {
    if (kind === "directory") continue;
    count += 1;
    bytes += sizeBytes;
  }
  return count > 1 && bytes <= QUICK_BYTES_MAX;
}

/** How many to list next, when the next ones have as many entries as these. */
export function directoriesPerCall(listings: readonly (readonly Version[])[]): number {
  const entries = listings.reduce((sum, { length }) => sum + length, 0);
  const fitting = Math.floor((WINDOW_ENTRIES * listings.length) / Math.max(1, entries));
  return Math.max(1, Math.min(DIRECTORIES_PER_CALL_MAX, fitting));
}

function isSameParcel(job: readonly FileToRestore[], file: FileToRestore): boolean {
  const last = job.at(-1)?.content?.[0];
  const next = file.content?.[0];
  if (last === undefined || next === undefined) return false;
  const { pack, position } = last.parcel;
  return pack === next.parcel.pack && position === next.parcel.position;
}

function byLocation(a: FileToRestore, b: FileToRestore): number {
  const left = a.content?.[0];
  const right = b.content?.[0];
  if (left === undefined || right === undefined) return (left ? 1 : 0) - (right ? 1 : 0);
  if (left.parcel.pack !== right.parcel.pack) return left.parcel.pack < right.parcel.pack ? -1 : 1;
  return left.parcel.position - right.parcel.position || left.member - right.member;
}
