/**
 * Sets against a model that keeps each of them whole: whatever happens to a tree between runs,
 * whatever roots and exclusions they have and wherever they stop, every set holds what its run saw.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type FileName, type FilePath } from "../../src/core/byte-string.ts";
import type { Repository } from "../../src/core/repository.ts";
import { EncryptedRepository } from "../../src/engine/encrypted-repository.ts";
import {
  type FakeNode,
  type FakeOutcome,
  FakeTree,
  backUp,
  name,
  path,
  readSet,
  REQUEST,
} from "../support/fake-tree.ts";
import { MemoryRepository, rowsOf } from "../support/local-repository.ts";
import { TEST_KEYS } from "../support/test-keys.ts";

const NAMES = ["a", "b", "b-", "c", "\u00ff"].map(name);
const ROOTS = ["", "/a", "/b", "/a/b", "/b/c", "/a/b/c"].map(path);

const called = fc.constantFrom(...NAMES);
/** Which of the directories, or of the entries, that there are. */
const pick = fc.nat(1000);

const change = fc.oneof(
  fc.record({
    kind: fc.constant("file" as const),
    pick,
    called,
    text: fc.string({ minLength: 1 }),
  }),
  fc.record({ kind: fc.constant("directory" as const), pick, called, reused: fc.boolean() }),
  fc.record({ kind: fc.constant("write" as const), pick, text: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("remove" as const), pick }),
  fc.record({ kind: fc.constant("move" as const), pick, to: pick, called }),
  fc.record({ kind: fc.constant("bind" as const), pick, to: pick, called }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const run = fc.record({
  roots: fc.uniqueArray(fc.constantFrom(...ROOTS), { minLength: 1, maxLength: 3 }),
  excluded: fc.subarray(NAMES, { maxLength: 1 }),
  notEntered: fc.subarray(NAMES, { maxLength: 1 }),
  stopAfter: fc.option(fc.nat(6), { nil: undefined, freq: 3 }),
  ahead: fc.integer({ min: 1, max: 8 }),
  existing: fc.constantFrom("keep" as const, "keep" as const, "replace" as const),
});
const steps = fc.array(fc.record({ changes: fc.array(change, { maxLength: 6 }), run }), {
  minLength: 1,
  maxLength: 8,
});

type Place = { readonly parent: FakeNode; readonly called: FileName; readonly node: FakeNode };

test("every set holds what its run saw, and the journal makes an equal catalog", async () => {
  await expectSets((repository) => repository);
});

test("the same of an encrypted repository, whose seals fit whatever was done", async () => {
  await expectSets((repository) => new EncryptedRepository(repository, TEST_KEYS, "on"));
});

async function expectSets(on: (repository: Repository) => Repository): Promise<void> {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      await using memory = new MemoryRepository();
      const repository = on(memory.repository);
      const tree = new FakeTree();
      const outcomes: FakeOutcome[] = [];
      for (const { changes, run: how } of all) {
        for (const each of changes) apply(tree, each);
        const { existing, roots, stopAfter, ...rest } = how;
        const limits = { chainLengthMax: 2, changePercentMax: 80, sizeBytesMin: 1 };
        const policy = { ...REQUEST.policy, ...limits, existing };
        outcomes.push(
          await backUp(repository, tree, {
            ...rest,
            ...(stopAfter === undefined ? {} : { stopAfter }),
            request: { roots, policy },
          }),
        );
        for (const { set, snapshot } of outcomes) {
          expect([set.id, sorted(await readSet(repository, set))]).toEqual([
            set.id,
            sorted(snapshot),
          ]);
        }
      }
      memory.catalog.checkReferences();
      using replayed = memory.replayed();
      expect(rowsOf(replayed)).toEqual(rowsOf(memory.catalog));
    }),
    { numRuns: Number(Bun.env["TARDIS_PROPERTY_RUNS"] ?? 150) },
  );
}

function apply(tree: FakeTree, how: Change): void {
  const places = [...entries(tree.root)];
  const directories = [tree.root, ...places.map(({ node }) => node).filter(isDirectory)];
  const at = (index: number): FakeNode => directories[index % directories.length] ?? tree.root;
  const place = places[how.pick % Math.max(1, places.length)];
  if (how.kind === "file" || how.kind === "directory") make(tree, at(how.pick), how);
  else if (place === undefined) return;
  else if (how.kind === "remove") tree.remove(place.parent, place.called);
  else if (how.kind === "write" && place.node.kind === "file") tree.write(place.node, how.text);
  else if (how.kind === "move" || how.kind === "bind") put(tree, place, at(how.to), how);
}

/** In the place of whatever is called so. */
function make(
  tree: FakeTree,
  parent: FakeNode,
  how: Extract<Change, { kind: "file" | "directory" }>,
): void {
  if (parent.children.has(how.called)) tree.remove(parent, how.called);
  if (how.kind === "file") tree.add(parent, how.called, "file", how.text);
  else if (how.reused) tree.addReused(parent, how.called);
  else tree.add(parent, how.called, "directory");
}

/** Unless something is called so already, or a directory would come to lie in itself. */
function put(
  tree: FakeTree,
  place: Place,
  to: FakeNode,
  how: Extract<Change, { kind: "move" | "bind" }>,
): void {
  if (to.children.has(how.called) || holds(place.node, to)) return;
  if (how.kind === "move") tree.move(place.parent, place.called, to, how.called);
  else if (isDirectory(place.node)) tree.bind(to, how.called, place.node);
}

function* entries(directory: FakeNode): Generator<Place> {
  for (const [each, node] of directory.children) {
    yield { parent: directory, called: each, node };
    yield* entries(node);
  }
}

function holds(node: FakeNode, other: FakeNode): boolean {
  return node === other || [...node.children.values()].some((child) => holds(child, other));
}

function isDirectory(node: FakeNode): boolean {
  return node.kind === "directory";
}

function sorted(snapshot: ReadonlyMap<FilePath, unknown>): [FilePath, unknown][] {
  return [...snapshot].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
