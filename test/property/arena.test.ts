/** Contents in an arena: whichever are joined come out as they are. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Arena } from "../../src/engine/arena.ts";

const KINDS = ["laid out", "laid out", "laid out", "taken", "apart"] as const;

const piece = fc.record({
  kind: fc.constantFrom(...KINDS),
  sizeBytes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
  isWanted: fc.boolean(),
  /** In which order it is told. */
  rank: fc.nat(),
});

test("what is joined is its pieces, one after the other, in the order of their places", () => {
  const arena = new Arena();
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const laidOut = pieces.filter(({ kind }) => kind === "laid out");
      arena.begin(laidOut.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
      let start = 0;
      const contents = pieces.map(({ kind, sizeBytes, isWanted, rank }, index) => {
        const bytes = room(kind, sizeBytes).fill(index + 1);
        return { bytes, isWanted, rank, kept: new Uint8Array(bytes) };
      });
      const wanted = contents
        .filter(({ isWanted }) => isWanted)
        .toSorted((a, b) => a.rank - b.rank)
        .toSorted((a, b) => arena.placeOf(a.bytes) - arena.placeOf(b.bytes));
      const joined = arena.join(wanted.map(({ bytes }) => bytes));
      expect(Buffer.from(joined)).toEqual(Buffer.concat(wanted.map(({ kept }) => kept)));
      arena.clear();

      function room(kind: (typeof KINDS)[number], sizeBytes: number): Uint8Array {
        if (kind === "taken") return arena.take(sizeBytes);
        if (kind === "apart") return arena.apart(sizeBytes);
        start += sizeBytes;
        return arena.at(start - sizeBytes, sizeBytes);
      }
    }),
  );
});
