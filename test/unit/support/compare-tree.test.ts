/** The comparer that the end-to-end tests rely on sees whatever a backup must keep. */
import { expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { testAsRoot } from "../../support/as-root.ts";
import { differences, stateOf } from "../../support/compare-tree.ts";
import { S_IFIFO, makeNode, setAttribute, setModified } from "../../support/system-calls.ts";
import { TempDir } from "../../support/temp-dir.ts";

const TIME_NS = 1_234_567_890_123_456_789n;

const CHANGES: Readonly<Record<string, (tree: Tree) => void>> = {
  "a file that is missing": ({ file }) => rmSync(file),
  "a file that is too much": ({ file }) => copyFileSync(file, `${file} too`),
  "another name": ({ file }) => renameSync(file, `${file} too`),
  "another content of the same size": ({ file }) => writeFileSync(file, "TEXT"),
  "another size": ({ file }) => appendFileSync(file, "more"),
  "other permissions": ({ file }) => chmodSync(file, 0o640),
  "a sticky directory": ({ folder }) => chmodSync(folder, 0o1755),
  "a nanosecond": ({ file }) => setModified(file, TIME_NS + 1n),
  "a nanosecond of a symlink": ({ link }) => setModified(link, TIME_NS + 1n),
  "a nanosecond of a directory": ({ folder }) => setModified(folder, TIME_NS + 1n),
  "another target of a symlink": ({ link }) => {
    rmSync(link);
    symlinkSync("elsewhere", link);
    setModified(link, TIME_NS);
  },
  "another kind": ({ file }) => {
    rmSync(file);
    makeNode(file, S_IFIFO | 0o644);
    setModified(file, TIME_NS);
  },
  "a copy instead of a hard link": ({ file, second }) => {
    rmSync(second);
    copyFileSync(file, second);
    setModified(second, TIME_NS);
  },
  "an attribute": ({ file }) => setAttribute(file, "user.text", "other"),
  "an attribute of a directory": ({ folder }) => setAttribute(folder, "user.text", ""),
  "zeroes instead of a hole": ({ sparse }) => {
    writeFileSync(sparse, Buffer.alloc(100_000));
    setModified(sparse, TIME_NS);
  },
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`two trees differ by ${what}`, () => {
    using folder = new TempDir();
    const tree = make(folder.path);
    const before = stateOf(tree.top);
    expect(differences(before, stateOf(tree.top))).toEqual([]);
    change(tree);
    expect(differences(before, stateOf(tree.top))).not.toEqual([]);
  });
}

testAsRoot("two trees differ by an owner, and by a group", () => {
  using folder = new TempDir();
  const tree = make(folder.path);
  const before = stateOf(tree.top);
  chownSync(tree.file, 0, 1);
  expect(differences(before, stateOf(tree.top))).toEqual([
    "file: owner 0:1 instead of 0:0",
    "second: owner 0:1 instead of 0:0",
  ]);
});

type Tree = ReturnType<typeof make>;

function make(place: string) {
  const top = `${place}/tree`;
  const [file, second, link, folder, sparse] = [
    `${top}/file`,
    `${top}/second`,
    `${top}/link`,
    `${top}/folder`,
    `${top}/sparse`,
  ] as const;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, "text");
  setAttribute(file, "user.text", "value");
  linkSync(file, second);
  symlinkSync("file", link);
  writeFileSync(sparse, "");
  truncateSync(sparse, 100_000);
  for (const path of [file, link, folder, sparse]) setModified(path, TIME_NS);
  return { top, file, second, link, folder, sparse };
}
