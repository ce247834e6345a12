/**
 * The order of a restore: files whose blobs lie next to each other are written one after the other,
 * by the same worker, so that every parcel is read and decompressed once. Pure.
 */
import type { FileToRestore } from "./jobs.ts";

/** Plaintext of one job: work enough for the message it costs, and little enough to share out. */
const JOB_BYTES = 4 * 1024 * 1024;
const JOB_FILES_MAX = 512;

/** `files` in the order of their packs, in jobs. */
export function planJobs(files: readonly FileToRestore[]): readonly (readonly FileToRestore[])[] {
  const jobs: FileToRestore[][] = [];
  let job: FileToRestore[] = [];
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
