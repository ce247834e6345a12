/** What became of one entry, and of all of them together. */
import type { ParcelMember } from "../core/repository.ts";
import type { EntryRead } from "./jobs.ts";

export type Saved = { readonly read: EntryRead; readonly storedAs: "full" | "delta" | "metadata" };

/** What a run has stored. */
export class StoredTally {
  bytesRead = 0;
  bytesStored = 0;
  storedFull = 0;
  storedDelta = 0;

  count({ basis }: ParcelMember): void {
    if (basis === undefined) this.storedFull += 1;
    else this.storedDelta += 1;
  }
}

/** `member`: of the parcel that the content was stored in; undefined: it was stored before. */
export function storedAs(member: ParcelMember | undefined): Saved["storedAs"] {
  if (member === undefined) return "metadata";
  return member.basis === undefined ? "full" : "delta";
}

/** Gives the memory back now: the collector would let hundreds of megabytes gather first. */
export function release(bytes: Uint8Array): void {
  (bytes.buffer as ArrayBuffer).transfer(0);
}
