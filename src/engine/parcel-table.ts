/** Parcels on their way from a worker: what they hold as columns, their bytes not copied. */
import { assert } from "../core/assert.ts";
import type { ContentId } from "../core/ids.ts";
import type { Parcel } from "../core/repository.ts";
import type { ParcelRoom, ReceivedRoom, SentBytes } from "./parcel-rooms.ts";

export type ParcelTable = {
  readonly bytes: SentBytes;
  /** Of each member: its index among the contents that were wanted, and its size. */
  readonly members: Uint32Array;
  readonly sizes: Float64Array;
  /** By member, of deltas: what they apply to. */
  readonly bases: ReadonlyMap<number, ContentId>;
};

/** `wanted`: distinct; all members are among them. */
export function packParcels(
  parcels: readonly Parcel[],
  wanted: readonly ContentId[],
  room: ParcelRoom,
): ParcelTable[] {
  const indexOf = new Map(wanted.map((content, index) => [content, index]));
  return parcels.map(({ members, bytes }) => {
    const bases = new Map<number, ContentId>();
    for (const [index, { basis }] of members.entries()) {
      if (basis !== undefined) bases.set(index, basis);
    }
    return {
      bytes: room.placeOf(bytes),
      members: Uint32Array.from(members, ({ content }) => indexOf.get(content) ?? -1),
      sizes: Float64Array.from(members, ({ sizeBytes }) => sizeBytes),
      bases,
    };
  });
}

/** `room`: that it was sent in. Disposed, it gives back what was handed over. */
export function unpackParcel(
  { bytes, members, sizes, bases }: ParcelTable,
  wanted: readonly ContentId[],
  room: ReceivedRoom,
): Parcel & Disposable {
  const got = room.received(bytes);
  return {
    members: Array.from(members, (index, member) => {
      const content = wanted[index];
      assert(content !== undefined, "a parcel holds what was wanted");
      return { content, sizeBytes: sizes[member] ?? 0, basis: bases.get(member) };
    }),
    bytes: got.bytes,
    [Symbol.dispose]: () => got[Symbol.dispose](),
  };
}
