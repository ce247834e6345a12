/** Issue 2: whatever happened between the runs, every set brings back its own state exactly. */
import { expect } from "bun:test";
import { ChangingTree } from "../support/changing-tree.ts";
import { type TreeState, differences, stateOf } from "../support/compare-tree.ts";
import { Workspace, testBinary } from "../support/run-tardis.ts";

const VERSIONS = 12;
const SEED = 20_261_123;

testBinary("twelve versions of a tree that changes all over come back one by one", () => {
  using space = new Workspace();
  const tree = new ChangingTree(space.source, SEED, 30);
  const states = new Map<string, TreeState>();
  for (let version = 1; version <= VERSIONS; version += 1) {
    const name = `version ${version}`;
    states.set(name, stateOf(space.source));
    const args = version === 9 ? ["--full"] : [];
    const { counts } = space.backup(["--name", name, "--max-delta-chain", "3", ...args]);
    expect(counts.problems).toBe(0);
    tree.change(25);
  }
  for (const [name, state] of states) {
    const restored = space.regen(["--backup", name]);
    expect({ name, found: differences(state, stateOf(restored)) }).toEqual({ name, found: [] });
  }
});
