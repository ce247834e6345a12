/** The laws of Repository and BackupSession. Every implementation runs them: repository.test.ts. */
import { describe, expect, test } from "bun:test";
import { NO_COUNTS } from "../../src/core/backup-set.ts";
import { ROOT_PATH } from "../../src/core/byte-string.ts";
import { EntryRecords } from "../../src/core/entry-records.ts";
import type { FileEntry } from "../../src/core/entry.ts";
import type { ContentId, DirectoryId } from "../../src/core/ids.ts";
import { OWN_PACK_BYTES } from "../../src/core/limits.ts";
import type {
  BackupSession,
  DirectoryHead,
  DirectoryListing,
  FinishedDirectory,
  Repository,
} from "../../src/core/repository.ts";
import {
  FakeTree,
  NO_FLAGS,
  REQUEST,
  backUp,
  contentOf,
  entryOf,
  name,
  path,
  readSet,
  sentOf,
  smallTree,
} from "../support/fake-tree.ts";
import { type SentEntry, sentEntries } from "../support/sent-entries.ts";

export type Opened = AsyncDisposable & { readonly repository: Repository };

const TOP = 1 as DirectoryId;
export const HEAD: DirectoryHead = {
  token: 1,
  parent: undefined,
  path: ROOT_PATH,
  name: name(""),
  inode: 2n,
  birthNs: 0n,
  mountPoint: ROOT_PATH,
  digest: undefined,
  scope: "whole",
};

/** `open`: an empty one, at 2023-11-14 22:13 UTC, whose clock goes on by itself. */
export function describeRepository(title: string, open: () => Promise<Opened>): void {
  describe(`${title} is a Repository`, () => {
    test("a set holds what its run saw, bytes of names that are no text included", async () => {
      await using opened = await open();
      const tree = smallTree();
      const { set, snapshot } = await backUp(opened.repository, tree);
      expect(set.state).toBe("complete");
      expect(await readSet(opened.repository, set)).toEqual(snapshot);
      expect([...snapshot.keys()]).toContain(path("/docs/\u00fc"));
    });

    test("an entry comes back with every field it was sent with", async () => {
      await using opened = await open();
      const session = await opened.repository.beginBackup(REQUEST);
      const entry = {
        ...entryOf(name("disk"), new FakeTree().root),
        kind: "block-device" as const,
        permissions: 0o7777,
        sizeBytes: 2 ** 45,
        mtimeNs: -1_500_000_001n,
        ctimeNs: 2n ** 62n,
        inode: 2n ** 64n - 5n,
        links: 3,
        deviceNumber: 259 * 2 ** 20 + 7,
      };
      const owner = { uid: 4_294_967_294, gid: 0, userName: "j\u00ff", groupName: "" };
      const leftOut = ["extended-attributes"] as const;
      const flags = { isRacy: true, isTorn: false, isUnreadable: true, leftOut };
      const [content, attributes] = [contentOf("content"), contentOf("attributes")];
      await store(session, content, attributes);
      await session.openDirectories([HEAD]);
      await session.list(listingOf(entry));
      const sent = [{ entry, owner, content, attributes, flags }];
      await session.finishDirectories(finishedWith(sent));
      const { id } = await session.complete(NO_COUNTS);
      const [found] = await opened.repository.directories(id, [TOP]);
      const { kind, permissions, sizeBytes, mtimeNs, ctimeNs, inode, links, deviceNumber } = entry;
      const state = { kind, permissions, sizeBytes, mtimeNs, ctimeNs, inode, links, deviceNumber };
      expect(found).toEqual([
        expect.objectContaining({
          ...state,
          name: name("disk"),
          owner,
          flags,
          content,
          attributes,
        }),
      ]);
    });

    test("a run in which nothing changed asks for nothing", async () => {
      await using opened = await open();
      const tree = smallTree();
      const first = await backUp(opened.repository, tree);
      const second = await backUp(opened.repository, tree);
      expect(second.same).toBe(3);
      expect(second.read).toEqual([]);
      expect(await readSet(opened.repository, second.set)).toEqual(first.snapshot);
    });

    test("directories are told entry by entry when there is no digest", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      const session = await opened.repository.beginBackup(REQUEST);
      const [answer] = await session.openDirectories([HEAD]);
      expect(answer?.kind).toBe("changed");
      const entries = [...tree.root.children].map(([called, node]) => entryOf(called, node));
      const [decisions] = await session.list(listingOf(...entries));
      expect(decisions).toEqual(entries.map(() => ({ kind: "unchanged" })));
      await session[Symbol.asyncDispose]();
    });

    test("older sets stay as they were", async () => {
      await using opened = await open();
      const tree = smallTree();
      const before = await backUp(opened.repository, tree);
      const kept = new Map(before.snapshot);
      tree.write(tree.at(path("/docs/a")), "another text");
      tree.remove(tree.root, name("pics"));
      const after = await backUp(opened.repository, tree);
      expect(await readSet(opened.repository, before.set)).toEqual(kept);
      expect(await readSet(opened.repository, after.set)).toEqual(after.snapshot);
    });

    test("a renamed directory keeps what is in it: nothing below is asked for", async () => {
      await using opened = await open();
      const tree = smallTree();
      const before = await backUp(opened.repository, tree);
      tree.move(tree.root, name("docs"), tree.at(path("/pics")), name("papers"));
      const after = await backUp(opened.repository, tree);
      expect(after.read).toEqual([]);
      expect(after.same).toBe(1);
      expect(await readSet(opened.repository, after.set)).toEqual(after.snapshot);
      expect(await readSet(opened.repository, before.set)).toEqual(before.snapshot);
    });

    test("of two directories that change places each keeps its own", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      tree.move(tree.root, name("docs"), tree.root, name("aside"));
      tree.move(tree.root, name("pics"), tree.root, name("docs"));
      tree.move(tree.root, name("aside"), tree.root, name("pics"));
      const after = await backUp(opened.repository, tree);
      expect(after.read).toEqual([]);
      expect(await readSet(opened.repository, after.set)).toEqual(after.snapshot);
    });

    test("a directory that was made anew is compared with the one it replaces", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      tree.remove(tree.root, name("docs"));
      const docs = tree.add(tree.root, name("docs"), "directory");
      tree.add(docs, name("a"), "file", "the first texts");
      const after = await backUp(opened.repository, tree);
      expect(await readSet(opened.repository, after.set)).toEqual(after.snapshot);
      const [chain] = await opened.repository.chains([contentOf("the first texts")]);
      expect(chain?.map(({ content }) => content)).toEqual([
        contentOf("the first texts"),
        contentOf("the first text"),
      ]);
    });

    test("a directory seen in two places is there twice", async () => {
      await using opened = await open();
      const tree = smallTree();
      tree.bind(tree.at(path("/pics")), name("bound"), tree.at(path("/docs")));
      for (const _run of [1, 2]) {
        const { set, snapshot } = await backUp(opened.repository, tree);
        expect(await readSet(opened.repository, set)).toEqual(snapshot);
      }
      const third = await backUp(opened.repository, tree);
      expect(third.read).toEqual([]);
    });

    test("other roots in between cost no re-read, and each set has only its own", async () => {
      await using opened = await open();
      const tree = smallTree();
      const docs = { request: { roots: [path("/docs")] } };
      const pics = { request: { roots: [path("/pics")] } };
      for (const run of [docs, pics]) await backUp(opened.repository, tree, run);
      for (const run of [docs, pics, docs]) {
        const { set, snapshot, read } = await backUp(opened.repository, tree, run);
        expect(read).toEqual([]);
        expect(await readSet(opened.repository, set)).toEqual(snapshot);
      }
    });

    test("a root that is gone is not in the set", async () => {
      await using opened = await open();
      const tree = smallTree();
      const run = { request: { roots: [path("/docs"), path("/pics")] } };
      await backUp(opened.repository, tree, run);
      tree.remove(tree.root, name("pics"));
      const { set, snapshot } = await backUp(opened.repository, tree, run);
      expect(await readSet(opened.repository, set)).toEqual(snapshot);
    });

    test("what was excluded for a while is found again", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      const without = await backUp(opened.repository, tree, { excluded: [name("docs")] });
      expect(await readSet(opened.repository, without.set)).toEqual(without.snapshot);
      const again = await backUp(opened.repository, tree);
      expect(again.read).toEqual([]);
      expect(await readSet(opened.repository, again.set)).toEqual(again.snapshot);
    });

    test("a directory that is not entered is empty", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      const { set, snapshot } = await backUp(opened.repository, tree, {
        notEntered: [name("docs")],
      });
      expect(await readSet(opened.repository, set)).toEqual(snapshot);
      expect((await backUp(opened.repository, tree)).read).toEqual([]);
    });

    test("a directory of many entries is told in full", async () => {
      await using opened = await open();
      const tree = smallTree();
      const many = tree.add(tree.root, name("many"), "directory");
      for (let index = 0; index < 9000; index += 1) tree.add(many, name(`f${index}`), "fifo");
      await backUp(opened.repository, tree);
      tree.remove(many, name("f4711"));
      tree.write(tree.at(path("/many/f8999")), "");
      const { set, snapshot } = await backUp(opened.repository, tree);
      expect(await readSet(opened.repository, set)).toEqual(snapshot);
    });

    test("a directory that a set does not have, or a set that there is not, is empty", async () => {
      await using opened = await open();
      const tree = smallTree();
      const { set } = await backUp(opened.repository, tree);
      const none = 4711 as DirectoryId;
      expect(await opened.repository.directories(set.id, [none])).toEqual([[]]);
      expect(await opened.repository.directories(99 as never, [TOP])).toEqual([[]]);
    });
  });

  describe(`${title} decides`, () => {
    test("a changed file has its last version as a basis, up to a chain length", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      const lengths: (number | undefined)[] = [];
      for (const text of ["text 1", "text 2", "text 3", "text 4"]) {
        tree.write(tree.at(path("/docs/b")), text);
        await backUp(opened.repository, tree, { request: policy({ chainLengthMax: 2 }) });
        const [chain] = await opened.repository.chains([contentOf(text)]);
        lengths.push(chain?.length);
      }
      expect(lengths).toEqual([2, 3, 1, 2]);
    });

    test("how a basis is stored is told when it is asked for", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      tree.write(tree.at(path("/docs/b")), "text 1");
      await backUp(opened.repository, tree);
      await using session = await opened.repository.beginBackup(REQUEST);
      const stored = contentOf("text 1");
      const [chain, none] = await session.chains([stored, contentOf("never stored")]);
      expect(chain).toEqual((await opened.repository.chains([stored]))[0] ?? []);
      expect(chain?.map(({ content }) => content)[0]).toBe(stored);
      expect(none).toBeUndefined();
    });

    test("a file that was or is small, or changed much in size, is sent whole", async () => {
      await using opened = await open();
      const tree = smallTree();
      const file = tree.at(path("/docs/b"));
      const whole: (number | undefined)[] = [];
      for (const text of ["abcdefgh", "abc", "abcdefgh1", "abcdefghabcdefghabcdefgh"]) {
        tree.write(file, text);
        const how = { sizeBytesMin: 4, changePercentMax: 50 };
        await backUp(opened.repository, tree, { request: policy(how) });
        whole.push((await opened.repository.chains([contentOf(text)]))[0]?.length);
      }
      expect(whole).toEqual([1, 1, 1, 1]);
    });

    test("with full backups a content stored as a delta is stored again whole", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree);
      tree.write(tree.at(path("/docs/b")), "text 1");
      await backUp(opened.repository, tree);
      const full = await backUp(opened.repository, tree, {
        request: policy({ existing: "replace" }),
      });
      expect(full.read).toEqual([path("/docs/b")]);
      expect(full.stored).toEqual([contentOf("text 1")]);
      const [chain] = await opened.repository.chains([contentOf("text 1")]);
      expect(chain?.length).toBe(1);
      const again = await backUp(opened.repository, tree, {
        request: policy({ existing: "replace" }),
      });
      expect(again.read).toEqual([]);
    });

    test("what was saved without attributes is asked for again when they are wanted", async () => {
      await using opened = await open();
      const entry = entryOf(name("a"), smallTree().at(path("/docs/a")));
      const without = ["access-lists"] as const;
      const kinds: unknown[] = [];
      for (const leavesOut of [without, without, [], without, []]) {
        const request = { ...REQUEST, ...policy({ leavesOut }) };
        const session = await opened.repository.beginBackup(request);
        await store(session, contentOf("text"));
        await session.openDirectories([HEAD]);
        const [decisions] = await session.list(listingOf(entry));
        kinds.push(decisions?.[0]?.kind);
        const flags = { ...NO_FLAGS, leftOut: leavesOut };
        const sent = [{ ...sentOf(entry, contentOf("text")), flags }];
        const wanted = kinds.at(-1) === "send" ? sent : [];
        await session.finishDirectories(finishedWith(wanted));
        await session.complete(NO_COUNTS);
      }
      expect(kinds).toEqual(["send", "unchanged", "send", "unchanged", "unchanged"]);
    });

    test("what was racy, torn or unreadable is asked for again", async () => {
      await using opened = await open();
      const tree = smallTree();
      const entry = entryOf(name("a"), tree.at(path("/docs/a")));
      for (const flag of ["isRacy", "isTorn", "isUnreadable"] as const) {
        for (const run of ["write", "ask"] as const) {
          const session = await opened.repository.beginBackup(REQUEST);
          await store(session, contentOf("text"));
          await session.openDirectories([HEAD]);
          const [decisions] = await session.list(listingOf(entry));
          if (run === "ask") expect(decisions?.[0]?.kind).toBe("send");
          const flags = { ...NO_FLAGS, [flag]: true };
          const sent = [{ ...sentOf(entry, contentOf("text")), flags }];
          await session.finishDirectories(finishedWith(sent));
          await session.complete(NO_COUNTS);
        }
      }
    });
  });

  describe(`${title} stores`, () => {
    test("a content once, however often it is put", async () => {
      await using opened = await open();
      const session = await opened.repository.beginBackup(REQUEST);
      const [one, two] = [contentOf("one"), contentOf("two")];
      expect(await session.missing([one, two])).toEqual([true, true]);
      await store(session, one);
      expect(await session.missing([one, two])).toEqual([false, true]);
      await store(session, one, two);
      const [first, second] = await opened.repository.chains([one, two]);
      expect(first?.[0]?.member).toBe(0);
      expect(second?.[0]?.member).toBe(1);
      expect(first?.[0]?.parcel).not.toEqual(second?.[0]?.parcel);
      await session[Symbol.asyncDispose]();
    });

    test("the bytes of a parcel where its chain says", async () => {
      await using opened = await open();
      const session = await opened.repository.beginBackup(REQUEST);
      await store(session, contentOf("x"));
      await store(session, contentOf("y"));
      const [chain] = await opened.repository.chains([contentOf("y")]);
      const { pack, position, length } = chain?.[0]?.parcel ?? fail("y is not stored");
      const bytes = await opened.repository.readPack(pack, position, length);
      expect(Buffer.from(bytes).toString()).toBe(`parcel of ${contentOf("y")}`);
      await session[Symbol.asyncDispose]();
    });

    test("a parcel of unknown length, head last", async () => {
      await using opened = await open();
      const session = await opened.repository.beginBackup(REQUEST);
      const content = contentOf("large");
      const sizeBytes = OWN_PACK_BYTES + 1;
      expect(await session.hasSize(sizeBytes)).toBe(false);
      {
        await using writer = await session.openParcel();
        for (const piece of ["....", "body", "tail"]) await writer.write(Buffer.from(piece));
        await writer.finish(Buffer.from("HEAD"), { content, sizeBytes, basis: undefined });
      }
      expect(await session.hasSize(sizeBytes)).toBe(true);
      const [chain] = await opened.repository.chains([content]);
      const { pack, position, length } = chain?.[0]?.parcel ?? fail("it is not stored");
      const bytes = await opened.repository.readPack(pack, position, length);
      expect(Buffer.from(bytes).toString()).toBe("HEADbodytail");
      await session[Symbol.asyncDispose]();
    });

    test("nothing of a parcel that was not finished", async () => {
      await using opened = await open();
      const session = await opened.repository.beginBackup(REQUEST);
      {
        await using writer = await session.openParcel();
        await writer.write(Buffer.from("...."));
      }
      await store(session, contentOf("x"));
      await session[Symbol.asyncDispose]();
      expect(await opened.repository.chains([contentOf("large")])).toEqual([undefined]);
    });
  });
}

function policy(how: Partial<typeof REQUEST.policy>): Partial<typeof REQUEST> {
  return { policy: { ...REQUEST.policy, ...how } };
}

async function store(session: BackupSession, ...contents: readonly ContentId[]): Promise<void> {
  const members = contents.map((content) => ({ content, sizeBytes: 4, basis: undefined }));
  const bytes = Buffer.from(`parcel of ${contents.join()}`);
  await session.putParcel({ members, bytes });
}

function fail(reason: string): never {
  throw new Error(reason);
}

/** Of HEAD's directory. */
function listingOf(...entries: readonly FileEntry[]): readonly DirectoryListing[] {
  return [{ token: 1, entries: EntryRecords.of(entries) }];
}

/** The same, done. */
function finishedWith(sent: readonly SentEntry[]): readonly FinishedDirectory[] {
  return [{ token: 1, sent: sentEntries(sent), digest: undefined }];
}
