/** What is told of entries over all sets, against a model: the sets themselves, one by one. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { BackupSet } from "../../src/core/backup-set.ts";
import type { FilePath } from "../../src/core/byte-string.ts";
import type { EntryHistory, ListOptions } from "../../src/core/list-options.ts";
import type { Repository } from "../../src/core/repository.ts";
import { EncryptedRepository } from "../../src/engine/encrypted-repository.ts";
import { listEntries } from "../../src/engine/list.ts";
import { FakeTree, backUp, name, path, readSet } from "../support/fake-tree.ts";
import { MemoryRepository } from "../support/local-repository.ts";
import { TEST_KEYS } from "../support/test-keys.ts";

const NAMES = ["a", "b", "c"].map(name);
const ROOTS = [[path("")], [path("/a")], [path("/b"), path("/c/a")]];

/** What happens between two sets. */
const step = fc.record({
  action: fc.constantFrom("write", "remove", "move", "add-file", "add-folder"),
  at: fc.nat(50),
  to: fc.nat(50),
  called: fc.constantFrom(...NAMES),
  roots: fc.constantFrom(...ROOTS),
  stopAfter: fc.option(fc.nat(6), { nil: undefined, freq: 5 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

for (const [title, open] of [
  ["", (inner: Repository): Repository => inner],
  [", encrypted too", (inner: Repository): Repository => encrypted(inner)],
] as const)
  test(`every set's every entry is a state of its path, and nothing else is${title}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await using memory = new MemoryRepository();
        const repository = open(memory.repository);
        await backUpAfterEach(repository, steps);
        const sets = await repository.backupSets();
        const model = await modelOf(repository, sets);
        const byFolder = await told(repository, {
          kind: "paths",
          paths: [{ path: path(""), others: [], form: "literal" }],
          folders: "recurse",
          depthMax: Infinity,
          hidden: "show",
          renames: "ignore",
        });
        expect(byFolder).toEqual(model);
        const byName = await told(repository, { kind: "names", pattern: "*" });
        expect(byName).toEqual(model);
        for (const [at, lines] of model) {
          const one = await told(repository, {
            kind: "paths",
            paths: [{ path: at, others: [], form: "literal" }],
            folders: "themselves",
            depthMax: 0,
            hidden: "show",
            renames: "ignore",
          });
          expect(one.get(at)).toEqual(lines);
        }
      }),
      { numRuns: 60 },
    );
  });

function encrypted(inner: Repository): Repository {
  return new EncryptedRepository(inner, TEST_KEYS, "on");
}

async function backUpAfterEach(repository: Repository, steps: readonly Step[]): Promise<void> {
  const tree = new FakeTree();
  const folder = tree.add(tree.root, name("a"), "directory");
  tree.add(folder, name("b"), "file", "one");
  tree.add(tree.root, name("b"), "directory");
  tree.add(tree.add(tree.root, name("c"), "directory"), name("a"), "directory");
  for (const [index, each] of steps.entries()) {
    change(tree, each, `text ${index}`);
    const { roots, stopAfter } = each;
    const isThere = roots.filter((root) => root === "" || exists(tree, root));
    if (isThere.length === 0) continue;
    const request = { roots: isThere };
    await backUp(repository, tree, stopAfter === undefined ? { request } : { request, stopAfter });
  }
}

function change(tree: FakeTree, { action, at, to, called }: Step, text: string): void {
  const folders = foldersOf(tree);
  const from = folders[at % folders.length] ?? tree.root;
  const entry = from.children.get(called);
  if (entry === undefined) {
    const kind = (
      { "add-file": "file", "add-folder": "directory" } as Record<string, "file" | "directory">
    )[action];
    if (kind !== undefined) tree.add(from, called, kind, text);
    return;
  }
  if (action === "write" && entry.kind === "file") tree.write(entry, text);
  if (action === "remove") tree.remove(from, called);
  // A directory with something in it might be moved into itself.
  if (action !== "move" || entry.children.size > 0) return;
  const target = folders[to % folders.length] ?? tree.root;
  const free = NAMES.find((each) => !target.children.has(each));
  if (target !== entry && free !== undefined) tree.move(from, called, target, free);
}

function foldersOf(tree: FakeTree): (typeof tree.root)[] {
  const folders = [tree.root];
  for (const folder of folders)
    folders.push(...[...folder.children.values()].filter(({ kind }) => kind === "directory"));
  return folders;
}

function exists(tree: FakeTree, at: FilePath): boolean {
  try {
    tree.at(at);
    return true;
  } catch {
    return false;
  }
}

/** Of each path, "set: state" for each set that has it. */
type Told = ReadonlyMap<FilePath, readonly string[]>;

async function modelOf(repository: Repository, sets: readonly BackupSet[]): Promise<Told> {
  const model = new Map<FilePath, string[]>();
  for (const set of sets)
    for (const [at, { kind, mtimeNs }] of await readSet(repository, set)) {
      const lines = model.get(at) ?? [];
      model.set(at, [...lines, `${set.id}: ${kind} ${mtimeNs}`]);
    }
  return sorted(model);
}

async function told(repository: Repository, wanted: ListOptions["wanted"]): Promise<Told> {
  const options = { wanted, signal: new AbortController().signal, details: [] };
  const entries: EntryHistory[] = [];
  await listEntries(repository, options as unknown as ListOptions, async (group) => {
    entries.push(...group.entries);
  });
  const lines = entries.map(({ path: at, sets, states }) => {
    const there = states.flatMap(({ version, from, to }) =>
      sets
        .slice(from, to + 1)
        .filter(() => version !== undefined)
        .map(({ id }) => `${id}: ${version?.kind} ${version?.mtimeNs}`),
    );
    return [at, there] as const;
  });
  return sorted(new Map(lines));
}

function sorted<T>(map: ReadonlyMap<FilePath, T>): ReadonlyMap<FilePath, T> {
  return new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
