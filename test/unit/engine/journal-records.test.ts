/** Records of the journal: what they make of rows, and what is made of bad ones. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Catalog } from "../../../src/catalog/catalog.ts";
import { RepositoryCorrupt, RepositoryTooNew } from "../../../src/core/errors.ts";
import { encodeRun, replay } from "../../../src/engine/journal-records.ts";
import { FakeTree, backUp, name } from "../../support/fake-tree.ts";
import { MemoryRepository, rowsOf } from "../../support/local-repository.ts";

const PATH = "tardis.journal";

test("any cells come back as they were", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.option(text)), { maxLength: 20 }), (pairs) => {
      const settings = new Map(pairs.map(([key, value]) => [`k${key}`, value ?? ""]));
      const rows = [...settings];
      using catalog = Catalog.create(":memory:");
      replay(catalog, encodeRun([{ table: "setting", cellCount: 2, rows }]), PATH);
      for (const [key, value] of settings) expect(catalog.settings.get(key)).toBe(value);
    }),
  );
});

test("a run in which nothing changed takes a few hundred bytes", async () => {
  await using memory = new MemoryRepository();
  const tree = new FakeTree();
  for (let index = 0; index < 300; index += 1) {
    tree.add(tree.add(tree.root, name(`d${index}`), "directory"), name("f"), "file", `${index}`);
  }
  await backUp(memory.repository, tree);
  const before = memory.journal.lengthBytes;
  await backUp(memory.repository, tree);
  expect(memory.journal.lengthBytes - before).toBeLessThan(400);
});

test("a run whose records are not all there is left out", async () => {
  await using memory = new MemoryRepository();
  const tree = new FakeTree();
  const many = tree.add(tree.root, name("many"), "directory");
  for (let index = 0; index < 20_000; index += 1) tree.add(many, name(`f${index}`), "fifo");
  await backUp(memory.repository, tree);
  const records = [...memory.journal.records()];
  expect(records.length).toBeGreaterThan(2);
  using cut = Catalog.create(":memory:");
  replay(cut, records.slice(0, -1), PATH);
  expect(cut.sets.all()).toEqual([]);
  using whole = Catalog.create(":memory:");
  replay(whole, [...records.slice(0, -1), ...records], PATH);
  expect(rowsOf(whole)).toEqual(rowsOf(memory.catalog));
});

test("a record that makes no sense is damage, one of a later version is not", () => {
  using catalog = Catalog.create(":memory:");
  const thrown = (record: Uint8Array): unknown => {
    try {
      replay(catalog, [record], PATH);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const [good = new Uint8Array(0)] = encodeRun([{ table: "nonsense", cellCount: 1, rows: [[1]] }]);
  expect(thrown(good)).toBeInstanceOf(RepositoryCorrupt);
  expect(thrown(good.subarray(0, 5))).toBeInstanceOf(RepositoryCorrupt);
  expect(thrown(new Uint8Array(0))).toBeInstanceOf(RepositoryCorrupt);
  expect(thrown(new Uint8Array([2, ...good.subarray(1)]))).toBeInstanceOf(RepositoryTooNew);
});
