/** The laws of Repository about all sets at once. Every implementation runs them. */
import { describe, expect, test } from "bun:test";
import type { BackupSet } from "../../src/core/backup-set.ts";
import { type FileName, byteString } from "../../src/core/byte-string.ts";
import type { DirectoryId, NameId } from "../../src/core/ids.ts";
import type { Repository } from "../../src/core/repository.ts";
import { FakeTree, backUp, contentOf, name, path, smallTree } from "../support/fake-tree.ts";
import type { Opened } from "./repository.ts";

const TOP = 1 as DirectoryId;

/** `open`: an empty one. */
export function describeHistory(title: string, open: () => Promise<Opened>): void {
  describe(`${title} remembers`, () => {
    test("every state of an entry, with the sets in which it was so", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      tree.write(tree.at(path("/docs/a")), "another text");
      await backUp(opened.repository, tree);
      await backUp(opened.repository, tree);
      tree.remove(tree.at(path("/docs")), name("a"));
      const { set } = await backUp(opened.repository, tree);
      const docs = (await childOf(opened.repository, set, "docs")) ?? fail("docs is gone");
      const [ofA, ofAll, ofNone] = await opened.repository.histories([
        { directory: docs, name: name("a") },
        { directory: docs, name: undefined },
        { directory: docs, name: name("never") },
      ]);
      expect(ofA?.map(({ firstSet, lastSet, content }) => [firstSet, lastSet, content])).toEqual([
        [1, 1, contentOf("the first text")],
        [2, 3, contentOf("another text")],
      ] as never);
      expect(ofAll?.map((version) => [version.name, version.firstSet, version.lastSet])).toEqual(
        expect.arrayContaining([
          [name("a"), 1, 1],
          [name("a"), 2, 3],
          [name("b"), 1, undefined],
        ]),
      );
      expect(ofNone).toEqual([]);
    });

    test("as what a directory was found, whatever changed of it meanwhile", async () => {
      await using opened = await open();
      const tree = smallTree();
      const { set } = await backUp(opened.repository, tree);
      tree.write(tree.at(path("/docs")), "");
      await backUp(opened.repository, tree);
      tree.move(tree.root, name("docs"), tree.at(path("/pics")), name("papers"));
      await backUp(opened.repository, tree);
      const docs = (await childOf(opened.repository, set, "docs")) ?? fail("docs is gone");
      const pics = (await childOf(opened.repository, set, "pics")) ?? fail("pics is gone");
      expect(await opened.repository.waysUp([docs, TOP])).toEqual([
        [
          { parent: TOP, name: name("docs"), firstSet: 1, lastSet: 2 },
          { parent: pics, name: name("papers"), firstSet: 3, lastSet: undefined },
        ],
        [],
      ] as never);
    });

    test("every name there ever was, once, and what went by it", async () => {
      await using opened = await open();
      const tree = smallTree();
      const bytes = name("\u00fc\n");
      tree.add(tree.at(path("/pics")), name("a"), "file", "a second a");
      tree.add(tree.at(path("/pics")), bytes, "fifo");
      const stray = "\u00ff\u00ef\u00bb\u00bf" as FileName; // not UTF-8, and a byte order mark
      tree.add(tree.at(path("/pics")), stray, "fifo");
      await backUp(opened.repository, tree);
      tree.remove(tree.at(path("/docs")), name("a"));
      await backUp(opened.repository, tree);
      const { ids, joined } = await opened.repository.namesAfter(undefined);
      const names = byteString(joined).split("/");
      expect(names.toSorted()).toEqual(
        ["a", "b", "c", "docs", "pics", "\u00fc"].map(name).concat(bytes, stray).toSorted(),
      );
      expect(await opened.repository.namesAfter(ids.at(-1))).toEqual({
        ids: [],
        joined: new Uint8Array(),
      });
      const idOf = (wanted: string) => ids[names.indexOf(name(wanted))] ?? fail(`no ${wanted}`);
      const [ofA, ofC] = await opened.repository.named([idOf("a"), idOf("c")]);
      expect(ofA?.map(({ lastSet, content }) => [lastSet, content])).toEqual(
        expect.arrayContaining([
          [1, contentOf("the first text")],
          [undefined, contentOf("a second a")],
        ]),
      );
      expect(ofC?.map((version) => version.name)).toEqual([name("c")]);
    });

    test("more names than fit in one answer", async () => {
      await using opened = await open();
      const tree = new FakeTree();
      for (let index = 0; index < 9000; index += 1) tree.add(tree.root, name(`f${index}`), "fifo");
      await backUp(opened.repository, tree);
      const found = new Set<string>();
      for (let last: NameId | undefined; ;) {
        const page = await opened.repository.namesAfter(last);
        if (page.ids.length === 0) break;
        for (const each of byteString(page.joined).split("/")) found.add(each);
        last = page.ids.at(-1);
      }
      expect(found.size).toBe(9000);
    });

    test("files that have the same inode or content", async () => {
      await using opened = await open();
      const tree = smallTree();
      const { inode } = tree.at(path("/docs/b"));
      await backUp(opened.repository, tree);
      tree.move(tree.at(path("/docs")), name("b"), tree.at(path("/pics")), name("moved"));
      tree.add(tree.root, name("copy"), "file", "text 0");
      await backUp(opened.repository, tree);
      const [alike] = await opened.repository.lookalikes([{ inode, content: contentOf("text 0") }]);
      expect(alike?.map((version) => version.name).toSorted()).toEqual(
        ["b", "copy", "moved"].map(name),
      );
      const [byInode] = await opened.repository.lookalikes([{ inode, content: undefined }]);
      expect(byInode?.map((version) => version.name).toSorted()).toEqual(["b", "moved"].map(name));
    });
  });
}

async function childOf(
  repository: Repository,
  set: BackupSet,
  called: string,
): Promise<DirectoryId | undefined> {
  const [entries] = await repository.directories(set.id, [TOP]);
  return entries?.find((entry) => entry.name === name(called))?.child;
}

function fail(reason: string): never {
  throw new Error(reason);
}
