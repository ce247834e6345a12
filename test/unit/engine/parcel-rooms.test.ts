/** Parcels on their way from a worker: in a room that was lent, and where it is full or missing. */
import { describe, expect, test } from "bun:test";
import type { Parcel } from "../../../src/core/repository.ts";
import { contentIdOf } from "../../../src/format/checksum.ts";
import { ParcelRoom, ParcelRooms } from "../../../src/engine/parcel-rooms.ts";
import { packParcels, unpackParcel } from "../../../src/engine/parcel-table.ts";

const A = contentIdOf(Buffer.from("a"));
const B = contentIdOf(Buffer.from("b"));
const C = contentIdOf(Buffer.from("c"));
const WANTED = [A, B, C];

/** Two, put where `place` has room. */
function parcelsIn(place: ParcelRoom): Parcel[] {
  const one = place.take(3);
  one.set([1, 2, 3]);
  const two = place.take(2);
  two.set([4, 5]);
  const full = { sizeBytes: 7, basis: undefined };
  return [
    {
      members: [
        { ...full, content: C },
        { ...full, content: A },
      ],
      bytes: one,
    },
    { members: [{ content: B, sizeBytes: 2 ** 40, basis: A }], bytes: two },
  ];
}

describe("rooms for parcels", () => {
  test("are lent to one at a time, as many as there are", () => {
    const rooms = new ParcelRooms("first");
    const lent = rooms.memory.map(() => rooms.lend());
    expect(new Set(lent.map((room) => room?.index)).size).toBe(rooms.memory.length);
    expect(rooms.lend()).toBeUndefined();
    lent[1]?.[Symbol.dispose]();
    expect(rooms.lend()?.index).toBe(lent[1]?.index as number);
  });

  test("are for a first backup", () => {
    expect(new ParcelRooms("later").lend()).toBeUndefined();
  });
});

describe("parcels that a worker sends", () => {
  test("come as they were, whether they fit a room, half of them, or there is none", () => {
    for (const sizeBytes of [100, 4, undefined]) {
      const memory = sizeBytes === undefined ? undefined : new SharedArrayBuffer(sizeBytes);
      const place = new ParcelRoom(memory === undefined ? [] : [memory], 0);
      const sent = parcelsIn(place);
      const expected = sent.map(({ members, bytes }) => ({ members, bytes: bytes.slice() }));
      const tables = structuredClone(packParcels(sent, WANTED, place));
      const room = memory && { index: 0, bytes: new Uint8Array(memory), [Symbol.dispose]() {} };
      const got = tables.map((table) => unpackParcel(table, WANTED, room));
      expect(got.map(({ members, bytes }) => ({ members, bytes: bytes.slice() }))).toEqual(
        expected,
      );
      const inRoom = tables.filter(({ bytes }) => "start" in bytes).length;
      expect(inRoom).toBe({ 100: 2, 4: 1, none: 0 }[sizeBytes ?? "none"] as number);
    }
  });

  test("give back what was handed over, and leave the room to others", () => {
    const memory = new SharedArrayBuffer(4);
    const place = new ParcelRoom([memory], 0);
    const tables = packParcels(parcelsIn(place), WANTED, place);
    const room = { index: 0, bytes: new Uint8Array(memory), [Symbol.dispose]() {} };
    const got = tables.map((table) => unpackParcel(table, WANTED, room));
    for (const parcel of got) parcel[Symbol.dispose]();
    expect(got.map(({ bytes }) => bytes.length)).toEqual([3, 0]);
  });
});
