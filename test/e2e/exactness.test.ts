/** Issue 2, "Saved exactly": one of everything, saved and restored, looked at bit by bit. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type TreeState, differences, stateOf } from "../support/compare-tree.ts";
import { makeEverything } from "../support/make-tree.ts";
import { type BackupSummary, Workspace, describeBinary } from "../support/run-tardis.ts";

/** By the folders of makeEverything(). */
const ASPECTS = {
  "contents of every size, small, large and empty": "contents",
  "names of any bytes": "names",
  "files, directories, symlinks, FIFOs, sockets and devices with their numbers": "kinds",
  "holes of sparse files": "holes",
  "hard links, of symlinks and FIFOs too": "links",
  "a directory of thousands of entries": "many",
  "directories deeper than a path can be long": "deep",
  "owners and groups, those without a name too, also of symlinks": "owners",
  "permissions with setuid, setgid and sticky, and those that forbid everything": "permissions",
  "extended attributes of files, directories, symlinks and FIFOs": "attributes",
  "access lists and default access lists": "access lists",
  "times to the nanosecond, before 1970 and after 2038, of everything": "times",
} as const;

describeBinary("a restored tree has", () => {
  let space: Workspace;
  let summary: BackupSummary;
  let saved: TreeState;
  let restored: TreeState;
  let restoredPath: string;

  beforeAll(() => {
    space = new Workspace();
    makeEverything(space.source);
    saved = stateOf(space.source);
    summary = space.backup();
    restoredPath = space.regen();
    restored = stateOf(restoredPath);
  });
  afterAll(() => space[Symbol.dispose]());

  for (const [aspect, folder] of Object.entries(ASPECTS)) {
    test(aspect, () => {
      expect(differences(below(saved, folder), below(restored, folder))).toEqual([]);
    });
  }

  test("nothing missing, and nothing more", () => {
    expect(differences(saved, restored)).toEqual([]);
    expect(saved.size).toBeGreaterThan(5_150);
  });

  test("no problem named", () => {
    expect(summary.problems).toEqual({ total: 0, listed: [] });
  });

  test("a source that the backup left as it was", () => {
    expect(differences(saved, stateOf(space.source))).toEqual([]);
  });

  test("a further backup that reads and stores nothing", () => {
    // Files as young as the backup are read once more.
    while (space.backup().counts.bytesRead > 0);
    const { counts } = space.backup();
    expect(counts).toMatchObject({ bytesRead: 0, bytesStored: 0, storedFull: 0, storedDelta: 0 });
    const { files, directories, others, bytes } = summary.counts;
    expect(counts).toMatchObject({ files, directories, others, bytes });
  });

  test.skipIf(Bun.which("rsync") === null)("nothing that rsync would change", () => {
    // Of what lies deeper than a path can be long rsync knows nothing.
    const options = ["-naHAX", "--checksum", "--delete", "--itemize-changes", "--exclude=/deep"];
    const rsync = ["rsync", ...options, `${space.source}/`, `${restoredPath}/`];
    expect(Bun.spawnSync(rsync).stdout.toString()).toBe("");
  });
});

function below(tree: TreeState, folder: string): TreeState {
  const inside = [...tree].filter(([path]) => path === folder || path.startsWith(`${folder}/`));
  return new Map(inside);
}
