/** Issue 2, "Saved exactly": files that the disk fails to read are named, and the rest goes on. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { stateOf } from "../support/compare-tree.ts";
import { canMakeFailingDisk, mountFailingDisk } from "../support/failing-disk.ts";
import { Workspace, isBinaryGiven } from "../support/run-tardis.ts";

const MIB = 1024 * 1024;

test.skipIf(!isBinaryGiven || !canMakeFailingDisk)(
  "a file that cannot be read to its end, large or not, costs only itself",
  () => {
    using space = new Workspace();
    const files = { middle: 7 * MIB, large: 12 * MIB };
    using disk = mountFailingDisk(space.join("image"), files, ["a", "z"]);
    const { problems, set, counts } = space.backup([], { paths: [disk.path], exitCode: 3 });
    expect(problems.listed.map(({ path, what }) => `${path}: ${what}`).toSorted()).toEqual([
      `${join(disk.path, "large")}: input/output error`,
      `${join(disk.path, "middle")}: input/output error`,
    ]);
    expect(set.state).toBe("complete");
    expect(counts).toMatchObject({ files: 4, problems: 2 });
    const restored = stateOf(space.regen([], { path: disk.path, exitCode: 3 }));
    expect([...restored.keys()].toSorted()).toEqual(["", "a", "lost+found", "z"]);
  },
);
