/** Parcels of deltas small enough to be held in memory. docs/format.md §1.3. */
import type { ContentId } from "../core/ids.ts";
import { type ParcelOutput, assembleParcel } from "./body-writer.ts";
import type { HeadOfBody } from "./parcel.ts";
import { memberOf, type WholeParcel } from "./whole-parcel.ts";

export type DeltaMember = {
  readonly content: ContentId;
  /** Of the content, not of the delta. */
  readonly sizeBytes: number;
  readonly basis: ContentId;
  /** As delta.ts makes it. */
  readonly delta: Uint8Array;
};

export function encodeDeltaParcel(
  members: readonly DeltaMember[],
  output: ParcelOutput = {},
): Uint8Array {
  const head: HeadOfBody = {
    coding: "delta",
    segmentLog: 0,
    members: members.map(({ content, sizeBytes, basis, delta }) => {
      return { content, sizeBytes, delta: { basis, storedBytes: delta.length } };
    }),
  };
  return assembleParcel(
    head,
    members.map(({ delta }) => delta),
    output,
  );
}

/** The delta of one member and what it applies to; a view of the body. */
export function deltaMember(
  parcel: WholeParcel,
  index: number,
): { readonly basis: ContentId; readonly delta: Uint8Array } {
  const { basis, start, end } = memberOf(parcel.head, index);
  if (basis === undefined) throw new RangeError(`member ${index} of a parcel is no delta`);
  if (end > parcel.body.length) throw new RangeError(`a parcel ends within its member ${index}`);
  return { basis, delta: parcel.body.subarray(start, end) };
}
