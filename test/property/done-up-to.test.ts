/** Up to where a walk is done, in whatever order its directories are finished. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { FilePath } from "../../src/core/byte-string.ts";
import { DoneUpTo, type PlaceInWalk } from "../../src/engine/done-up-to.ts";

/** Add the next directory, or finish one of those that are open. */
const step = fc.oneof(fc.constant("add" as const), fc.record({ finish: fc.nat({ max: 1000 }) }));

test("the cursor is the last of those that are done without a gap", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const order = new DoneUpTo();
      const model: { readonly path: FilePath; isDone: boolean }[] = [];
      const places: PlaceInWalk[] = [];
      for (const one of steps) {
        if (one === "add") {
          const path = `/${model.length}` as FilePath;
          model.push({ path, isDone: false });
          places.push(order.add(path));
        } else {
          const open = [...model.keys()].filter((index) => model[index]?.isDone === false);
          const index = open[one.finish % Math.max(1, open.length)];
          if (index === undefined) continue;
          (model[index] as { isDone: boolean }).isDone = true;
          places[index]?.done();
        }
        const firstOpen = model.findIndex(({ isDone }) => !isDone);
        const doneCount = firstOpen < 0 ? model.length : firstOpen;
        expect(order.cursor).toBe(model[doneCount - 1]?.path as FilePath);
        expect(order.isAll).toBe(firstOpen < 0);
      }
    }),
  );
});
