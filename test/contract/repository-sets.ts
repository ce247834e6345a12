/** The laws of Repository about its sets: names, tags, and how they end. */
import { describe, expect, test } from "bun:test";
import { NO_COUNTS } from "../../src/core/backup-set.ts";
import { RepositoryLocked, UsageError } from "../../src/core/errors.ts";
import { REQUEST, backUp, path, readSet, smallTree } from "../support/fake-tree.ts";
import { sentEntries } from "../support/sent-entries.ts";
import { HEAD, type Opened } from "./repository.ts";

/** `open`: as for describeRepository(). */
export function describeSets(title: string, open: () => Promise<Opened>): void {
  describe(`${title} keeps sets`, () => {
    test("a set is named by the first of month, week, day and time that is free", async () => {
      await using opened = await open();
      const tree = smallTree();
      for (const _run of [1, 2, 3, 4]) await backUp(opened.repository, tree);
      const sets = await opened.repository.backupSets();
      expect(
        sets.map(({ name: called, priority }) => [called.replace(/_.*/, ""), priority]),
      ).toEqual([
        ["Monthly-2023-11", 40],
        ["Weekly-2023-46", 20],
        ["Daily-2023-11-14", 10],
        ["Backup", 0],
      ]);
    });

    test("a set can be given a name, a priority and tags", async () => {
      await using opened = await open();
      const request = { name: "before the move", priority: 7, tags: ["home", "old"] };
      const { set } = await backUp(opened.repository, smallTree(), { request });
      expect(set).toMatchObject(request);
    });

    test("a name or tag that another set has is refused, unless the tag is to move", async () => {
      await using opened = await open();
      const tree = smallTree();
      const request = { name: "one", tags: ["home"] };
      await backUp(opened.repository, tree, { request });
      const sameName = opened.repository.beginBackup({ ...REQUEST, name: "one" });
      expect(await sameName.catch(String)).toContain("there is a backup set named one already");
      const sameTag = opened.repository.beginBackup({ ...REQUEST, tags: ["home"] });
      expect(await sameTag.catch((error: unknown) => error)).toBeInstanceOf(UsageError);
      await backUp(opened.repository, tree, { request: { tags: ["home"], takenTags: "move" } });
      const sets = await opened.repository.backupSets();
      expect(sets.map(({ tags }) => tags)).toEqual([[], ["home"]]);
    });

    test("one session at a time", async () => {
      await using opened = await open();
      const session = await opened.repository.beginBackup(REQUEST);
      const second = await opened.repository.beginBackup(REQUEST).catch((error: unknown) => error);
      expect(second).toBeInstanceOf(RepositoryLocked);
      await session[Symbol.asyncDispose]();
      expect((await backUp(opened.repository, smallTree())).set.state).toBe("complete");
    });

    test("a session that is not completed leaves an interrupted set", async () => {
      await using opened = await open();
      const tree = smallTree();
      const { set, snapshot } = await backUp(opened.repository, tree, { stopAfter: 2 });
      expect(set.state).toBe("interrupted");
      expect(set.name).toStartWith("Incomplete_");
      expect(set.cursor).toBe(path("/docs"));
      expect(await readSet(opened.repository, set)).toEqual(snapshot);
    });

    test("the next run goes on where it stopped", async () => {
      await using opened = await open();
      const tree = smallTree();
      await backUp(opened.repository, tree, { stopAfter: 2 });
      const { set, snapshot, read, same } = await backUp(opened.repository, tree);
      expect(same).toBe(2);
      expect(read).toEqual([path("/pics/c")]);
      expect(set.name).toBe("Monthly-2023-11");
      expect(await readSet(opened.repository, set)).toEqual(snapshot);
    });

    test("a session that stopped before its first directory has nothing", async () => {
      await using opened = await open();
      const { set } = await backUp(opened.repository, smallTree(), { stopAfter: 0 });
      expect(await readSet(opened.repository, set)).toEqual(new Map());
    });

    test("a session can say why it failed", async () => {
      await using opened = await open();
      const session = await opened.repository.beginBackup(REQUEST);
      await session.fail("the disk was pulled out");
      await session[Symbol.asyncDispose]();
      const [set] = await opened.repository.backupSets();
      expect(set).toMatchObject({ state: "failed", error: "the disk was pulled out" });
    });

    test("the counts of a run are kept", async () => {
      await using opened = await open();
      const session = await opened.repository.beginBackup(REQUEST);
      await session.openDirectories([HEAD]);
      await session.finishDirectories([{ token: 1, sent: sentEntries([]), digest: undefined }]);
      const counts = { ...NO_COUNTS, files: 3, bytes: 2 ** 50 };
      const set = await session.complete(counts);
      expect(set.counts).toEqual(counts);
      expect(set.endedMs ?? 0).toBeGreaterThan(set.startedMs);
    });
  });
}
