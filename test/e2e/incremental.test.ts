/** Issue 2, "backup": what a later run reads, stores and sees. docs/commands.md has the counts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { insertInto, overwriteIn } from "../support/edit-file.ts";
import { noise, prose } from "../support/make-tree.ts";
import { Workspace, describeBinary, testBinary } from "../support/run-tardis.ts";
import { setAttribute, setModified } from "../support/system-calls.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** More than a parcel's head, an attribute bundle and the like. */
const HARDLY_ANYTHING = 2 * KIB;

describe("nothing is read again", () => {
  testBinary("of a directory that was renamed or moved", () => {
    using space = new Workspace();
    const { source } = space;
    mkdirSync(join(source, "old", "below"), { recursive: true });
    writeFileSync(join(source, "old", "a"), noise(100 * KIB, 1));
    writeFileSync(join(source, "old", "below", "b"), noise(100 * KIB, 2));
    mkdirSync(join(source, "elsewhere"));
    space.backup();
    settle(space);
    renameSync(join(source, "old"), join(source, "new"));
    expect(space.backup().counts).toMatchObject({ bytesRead: 0, bytesStored: 0 });
    renameSync(join(source, "new"), join(source, "elsewhere", "moved"));
    expect(space.backup().counts).toMatchObject({ bytesRead: 0, bytesStored: 0 });
    expect(differences(stateOf(source), stateOf(space.regen()))).toEqual([]);
  });

  testBinary("of one folder while another is backed up into the same repository", () => {
    using space = new Workspace();
    const docs = join(space.source, "docs");
    const pics = join(space.source, "pics");
    for (const folder of [docs, pics]) {
      mkdirSync(folder);
      writeFileSync(join(folder, "file"), noise(50 * KIB, 1));
    }
    space.backup(["--name", "d1"], { paths: [docs] });
    space.backup(["--name", "p1"], { paths: [pics] });
    settle(space, { paths: [docs, pics] });
    writeFileSync(join(docs, "new"), "new");
    expect(space.backup(["--name", "d2"], { paths: [docs] }).counts.bytesRead).toBe(3);
    expect(space.backup(["--name", "p2"], { paths: [pics] }).counts.bytesRead).toBe(0);
    for (const [set, folder] of Object.entries({ d2: docs, p1: pics, p2: pics })) {
      const restored = space.regen(["--backup", set], { path: folder });
      expect(differences(stateOf(folder), stateOf(restored))).toEqual([]);
    }
    const command = ["regen", "-R", space.base, "-b", "d2", "-o", space.join("none"), pics];
    expect(space.run(command).exitCode).not.toBe(0);
  });
});

const CHANGES: Readonly<Record<string, (file: string) => void>> = {
  "of a file's permissions": (file) => chmodSync(file, 0o711),
  "of a file's time": (file) => setModified(file, 1n),
  "of a file's size": (file) => appendFileSync(file, " and more"),
  "of a file's content where size and time are the same": (file) => {
    const { mtimeNs } = lstatSync(file, { bigint: true });
    writeFileSync(file, "OLD CONTENT");
    setModified(file, mtimeNs);
  },
  "of a file that was replaced by another of the same size and time": (file) => {
    const { mtimeNs } = lstatSync(file, { bigint: true });
    writeFileSync(`${file}.new`, "OLD CONTENT");
    setModified(`${file}.new`, mtimeNs);
    renameSync(`${file}.new`, file);
  },
  "of a file's attributes": (file) => setAttribute(file, "user.new", "value"),
  "of a file to a directory": (file) => {
    rmSync(file);
    mkdirSync(file);
  },
  "of a file that got a second name": (file) => linkSync(file, `${file} too`),
  "of a file that is gone": (file) => rmSync(file),
  "of a file that is new": (file) => writeFileSync(`${file} too`, "new"),
};

describeBinary("a change is seen", () => {
  let space: Workspace;
  let restored: string;

  beforeAll(() => {
    space = new Workspace();
    for (const change of Object.keys(CHANGES)) {
      mkdirSync(join(space.source, change));
      writeFileSync(join(space.source, change, "file"), "old content");
      writeFileSync(join(space.source, change, "stays"), "old content");
    }
    space.backup();
    settle(space);
    for (const [what, change] of Object.entries(CHANGES)) change(join(space.source, what, "file"));
    space.backup();
    restored = space.regen();
  });
  afterAll(() => space[Symbol.dispose]());

  for (const what of Object.keys(CHANGES)) {
    test(what, () => {
      const [saved, found] = [join(space.source, what), join(restored, what)];
      expect(differences(stateOf(saved), stateOf(found))).toEqual([]);
    });
  }

  test("and nothing else", () => {
    expect(differences(stateOf(space.source), stateOf(restored))).toEqual([]);
  });
});

describe("a file that is written all the while", () => {
  testBinary("is saved whole or named, and saved whole once it rests", async () => {
    using space = new Workspace();
    const file = join(space.source, "busy");
    for (let round = 0; round < 2; round += 1) {
      writeFileSync(file, noise(64 * KIB, round));
      const backup = space.start(["backup", "-R", space.base, space.source]);
      for (let seed = 0; backup.exitCode === null; seed += 1) {
        writeFileSync(file, noise(64 * KIB, seed));
        await new Promise((resolve) => setImmediate(resolve));
      }
      // Torn, it is told; else it was whole for a moment.
      expect([0, 3]).toContain(await backup.exited);
      space.backup();
      expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
    }
  });
});

describe("nothing is stored twice:", () => {
  testBinary("two files of the same content", () => {
    using space = new Workspace();
    for (const size of [100, 100 * KIB, 3 * MIB, 12 * MIB]) {
      const content = noise(size, size);
      writeFileSync(join(space.source, `a-${size}`), content);
      writeFileSync(join(space.source, `b-${size}`), content);
    }
    const { counts } = space.backup();
    expect(counts.storedFull).toBe(4);
    expect(counts.bytesStored).toBeLessThan(15.2 * MIB);
  });

  testBinary("a file that was copied, moved, or whose permissions changed", () => {
    using space = new Workspace();
    const { source } = space;
    mkdirSync(join(source, "folder"));
    for (const size of [100 * KIB, 3 * MIB, 12 * MIB]) {
      writeFileSync(join(source, `copied-${size}`), noise(size, size + 1));
      writeFileSync(join(source, `moved-${size}`), noise(size, size + 2));
      writeFileSync(join(source, `changed-${size}`), noise(size, size + 3));
    }
    space.backup();
    for (const size of [100 * KIB, 3 * MIB, 12 * MIB]) {
      copyFileSync(join(source, `copied-${size}`), join(source, `copy-${size}`));
      renameSync(join(source, `moved-${size}`), join(source, "folder", `here-${size}`));
      chmodSync(join(source, `changed-${size}`), 0o600);
    }
    expect(space.backup().counts).toMatchObject({ storedFull: 0, storedDelta: 0, bytesStored: 0 });
    expect(differences(stateOf(source), stateOf(space.regen()))).toEqual([]);
  });

  testBinary("a whole tree that was copied", () => {
    using space = new Workspace();
    mkdirSync(join(space.source, "one"));
    for (let index = 0; index < 50; index += 1)
      writeFileSync(join(space.source, "one", `${index}`), prose(2000, index));
    space.backup();
    cpSync(join(space.source, "one"), join(space.source, "two"), { recursive: true });
    expect(space.backup().counts).toMatchObject({ storedFull: 0, storedDelta: 0 });
  });
});

describe("a changed file is stored as a delta", () => {
  testBinary("so that little is stored of a large one that changed a little", () => {
    using space = new Workspace();
    const file = join(space.source, "large");
    writeFileSync(file, noise(5 * MIB, 1));
    space.backup();
    insertInto(file, 2 * MIB, "a few more bytes");
    const { counts } = space.backup();
    expect(counts).toMatchObject({ storedFull: 0, storedDelta: 1 });
    expect(counts.bytesStored).toBeLessThan(64 * KIB);
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });

  testBinary("until the chain is as long as --max-delta-chain allows", () => {
    using space = new Workspace();
    expect(rounds(space, 4, ["--max-delta-chain", "2"])).toEqual([0, 1, 1, 0]);
  });

  testBinary("or until there are five on top of one another", () => {
    using space = new Workspace();
    expect(rounds(space, 7, [])).toEqual([0, 1, 1, 1, 1, 1, 0]);
  });

  testBinary("unless its size changed by --max-change-percent or more", () => {
    using space = new Workspace();
    const file = join(space.source, "file");
    writeFileSync(file, noise(300 * KIB, 1));
    space.backup();
    appendFileSync(file, noise(100 * KIB, 2)); // a quarter of the larger
    expect(space.backup(["--max-change-percent", "20"]).counts.storedDelta).toBe(0);
    appendFileSync(file, noise(100 * KIB, 3)); // a fifth
    expect(space.backup(["--max-change-percent", "25"]).counts.storedDelta).toBe(1);
    appendFileSync(file, noise(600 * KIB, 4)); // over half
    expect(space.backup().counts.storedDelta).toBe(0);
  });

  testBinary("unless it would be larger than --deltathreshold of the whole", () => {
    using space = new Workspace();
    const file = join(space.source, "file");
    writeFileSync(file, noise(400 * KIB, 1));
    space.backup();
    for (const [index, [threshold, deltas]] of [
      [30, 0],
      [66, 1],
    ].entries()) {
      overwriteIn(file, 100 * KIB, noise(200 * KIB, index + 2)); // half of it
      const { counts } = space.backup(["--deltathreshold", String(threshold)]);
      expect(counts.storedDelta).toBe(deltas!);
    }
  });

  testBinary("unless --full or --save-full says otherwise", () => {
    using space = new Workspace();
    const file = join(space.source, "file");
    writeFileSync(file, noise(300 * KIB, 1));
    space.backup();
    insertInto(file, 10, "x");
    expect(space.backup(["--save-full"]).counts).toMatchObject({ storedFull: 1, storedDelta: 0 });
    insertInto(file, 20, "y");
    expect(space.backup(["--full"]).counts).toMatchObject({ storedFull: 1, storedDelta: 0 });
    insertInto(file, 30, "z");
    expect(space.backup().counts).toMatchObject({ storedFull: 0, storedDelta: 1 });
  });

  testBinary("which --full replaces by the whole file, also where nothing changed", () => {
    using space = new Workspace();
    const file = join(space.source, "file");
    writeFileSync(file, noise(300 * KIB, 1));
    space.backup();
    insertInto(file, 10, "x");
    space.backup();
    expect(space.backup(["--full"]).counts).toMatchObject({ storedFull: 1, storedDelta: 0 });
    expect(space.backup(["--full"]).counts).toMatchObject({ storedFull: 0, bytesStored: 0 });
  });
});

describe("compression", () => {
  testBinary("makes text small, and is skipped where it does not help", () => {
    using space = new Workspace();
    writeFileSync(join(space.source, "text"), prose(4 * MIB, 1));
    expect(space.backup().counts.bytesStored).toBeLessThan(2 * MIB);
    writeFileSync(join(space.source, "noise"), noise(4 * MIB, 1));
    const { bytesStored } = space.backup().counts;
    expect(bytesStored).toBeGreaterThan(4 * MIB);
    expect(bytesStored).toBeLessThan(4 * MIB + HARDLY_ANYTHING);
  });

  testBinary("is left out with --compress-data=none and of types in --nocompress", () => {
    using space = new Workspace();
    writeFileSync(join(space.source, "a.txt"), prose(2 * MIB, 1));
    const none = space.backup(["--compress-data=none"]);
    expect(none.counts.bytesStored).toBeGreaterThan(2 * MIB);
    writeFileSync(join(space.source, "b.jpg"), prose(2 * MIB, 2));
    writeFileSync(join(space.source, "c.txt"), prose(2 * MIB, 3));
    const { bytesStored } = space.backup(["--nocompress", "image/jpeg"]).counts;
    expect(bytesStored).toBeGreaterThan(2 * MIB);
    expect(bytesStored).toBeLessThan(3 * MIB);
    expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  });
});

/** A run after which no file is so young that it would be read again. */
function settle(space: Workspace, about: { readonly paths?: readonly string[] } = {}): void {
  for (;;) {
    if (space.backup([], about).counts.bytesRead === 0) return;
  }
}

/** Which of `count` runs stored a file, a little changed each time, as a delta. */
function rounds(space: Workspace, count: number, args: readonly string[]): number[] {
  const file = join(space.source, "file");
  writeFileSync(file, noise(300 * KIB, 1));
  const deltas: number[] = [];
  for (let round = 0; round < count; round += 1) {
    insertInto(file, round * 1000, `round ${round}`);
    deltas.push(space.backup(args).counts.storedDelta);
  }
  expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
  return deltas;
}
