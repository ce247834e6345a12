/** Parcels on their way from a worker, in a room that all threads see or in none. */
import { describe, expect, test } from "bun:test";
import type { Parcel } from "../../../src/core/repository.ts";
import { contentIdOf } from "../../../src/format/checksum.ts";
import { ParcelRoom, ReceivedRoom, roomMemory } from "../../../src/engine/parcel-rooms.ts";
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
  test("are taken by one at a time, as many as there are, until they are given back", () => {
    const memory = roomMemory("first");
    const sent = memory.rooms.map(() => {
      const room = ParcelRoom.take(memory);
      room.take(1);
      return room.send();
    });
    expect(new Set(sent).size).toBe(memory.rooms.length);
    expect(sent).not.toContain(undefined);
    const none = ParcelRoom.take(memory);
    none.take(1);
    expect(none.send()).toBeUndefined();
    new ReceivedRoom(memory, sent[1])[Symbol.dispose]();
    const again = ParcelRoom.take(memory);
    again.take(1);
    expect(again.send()).toBe(sent[1] as number);
  });

  test("in which nothing was put, or of which nothing is sent, are free at once", () => {
    const memory = roomMemory("first");
    for (let turn = 0; turn < 2 * memory.rooms.length; turn += 1) {
      expect(ParcelRoom.take(memory).send()).toBeUndefined();
      const room = ParcelRoom.take(memory);
      room.take(1);
      room.giveBack();
    }
    const room = ParcelRoom.take(memory);
    room.take(1);
    expect(room.send()).toBeDefined();
  });

  test("are for a first backup", () => {
    const room = ParcelRoom.take(roomMemory("later"));
    room.take(1);
    expect(room.send()).toBeUndefined();
  });
});

describe("parcels that a worker sends", () => {
  test("come as they were, whether they fit a room, half of them, or there is none", () => {
    for (const roomBytes of [100, 4, undefined]) {
      const memory = roomMemory(roomBytes === undefined ? "later" : "first", roomBytes);
      const place = ParcelRoom.take(memory);
      const sent = parcelsIn(place);
      const expected = sent.map(({ members, bytes }) => ({ members, bytes: bytes.slice() }));
      const tables = structuredClone(packParcels(sent, WANTED, place));
      const room = new ReceivedRoom(memory, place.send());
      const got = tables.map((table) => unpackParcel(table, WANTED, room));
      expect(got.map(({ members, bytes }) => ({ members, bytes: bytes.slice() }))).toEqual(
        expected,
      );
      const inRoom = tables.filter(({ bytes }) => "start" in bytes).length;
      expect(inRoom).toBe({ 100: 2, 4: 1, none: 0 }[roomBytes ?? "none"] as number);
    }
  });

  test("of no bytes need no room", () => {
    const memory = roomMemory("first");
    const place = ParcelRoom.take(memory);
    const sent = place.placeOf(place.take(0));
    const room = new ReceivedRoom(memory, place.send());
    using received = room.received(sent);
    expect(received.bytes.length).toBe(0);
  });

  test("give back what was handed over, and leave the room to others", () => {
    const memory = roomMemory("first", 4);
    const place = ParcelRoom.take(memory);
    const tables = packParcels(parcelsIn(place), WANTED, place);
    const room = new ReceivedRoom(memory, place.send());
    const got = tables.map((table) => unpackParcel(table, WANTED, room));
    for (const parcel of got) parcel[Symbol.dispose]();
    expect(got.map(({ bytes }) => bytes.length)).toEqual([3, 0]);
  });
});
