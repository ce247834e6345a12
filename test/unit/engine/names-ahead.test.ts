/** Names that are read while a password is worked on: each page once, in order, and no more. */
import { expect, test } from "bun:test";
import type { NamePage } from "../../../src/core/history.ts";
import type { NameId } from "../../../src/core/ids.ts";
import { NamesAhead } from "../../../src/engine/names-ahead.ts";

/** Pages of one name each, the id of which is its number from 1 on. */
class Pages {
  reads = 0;
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  readonly read = (after: NameId | undefined): NamePage => {
    this.reads += 1;
    const id = ((after ?? 0) + 1) as NameId;
    return id > this.#count ? pageOf([]) : pageOf([id]);
  };
}

test("what was read ahead is handed out in its order, and once", async () => {
  const pages = new Pages(3);
  const ahead = new NamesAhead(pages.read);
  await ahead.fill(new Promise(() => {}));
  expect(pages.reads).toBe(4); // the last says that there are no more
  expect(ahead.take(undefined)?.ids).toEqual([1 as NameId]);
  expect(ahead.take(1 as NameId)?.ids).toEqual([2 as NameId]);
  expect(ahead.take(7 as NameId)).toBeUndefined();
  expect(ahead.take(undefined)).toBeUndefined();
  expect(ahead.take(2 as NameId)?.ids).toEqual([3 as NameId]);
  expect(ahead.take(3 as NameId)).toBeUndefined();
});

test("nothing is read before it is asked to, or after the end it waits for", async () => {
  const pages = new Pages(Infinity);
  const ahead = new NamesAhead(pages.read);
  expect(ahead.take(undefined)).toBeUndefined();
  await ahead.fill(Promise.reject(new Error("the password is wrong")));
  expect(pages.reads).toBeLessThan(3);
});

test("no more is read than there is room for", async () => {
  const pages = new Pages(Infinity);
  await new NamesAhead(pages.read).fill(new Promise(() => {}));
  expect(pages.reads).toBeLessThan(200);
});

function pageOf(ids: readonly NameId[]): NamePage {
  return { ids, joined: new TextEncoder().encode(ids.join("/")) };
}
