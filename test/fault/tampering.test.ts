/**
 * Issue 3: whoever holds the disk cannot swap, cut, re-point or replay what is stored without the
 * restore saying so, even if all checksums are made to fit; and no byte anywhere can be changed so
 * that something else is restored.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { RepositoryCorrupt, TardisError } from "../../src/core/errors.ts";
import type { BackupSetId } from "../../src/core/ids.ts";
import { EncryptedDisk, type Everything } from "../support/encrypted-disk.ts";

const [FIRST, SECOND] = [1, 2] as [BackupSetId, BackupSetId];
/** Bytes of the catalog between two that are tried; it has many. */
const CATALOG_STRIDE = 397;

describe("somebody with the disk and no key", () => {
  let original: EncryptedDisk;
  const states = new Map<BackupSetId, Everything>();
  /** Row ids of names, contents and directories, found by what differs between the sets. */
  let rows: Rows;

  beforeAll(async () => {
    original = new EncryptedDisk();
    const long = "a line of text that is repeated\n".repeat(400);
    original.write({ "a/one": "first one", "a/two": "two", "a/gone": "gone", "b/three": long });
    await original.backUp();
    original.write({ "a/one": "second one", "a/gone": undefined, "b/three": `${long}more\n` });
    await original.backUp();
    for (const set of [FIRST, SECOND]) states.set(set, await expectRead(original, set));
    rows = rowsOf(original);
  });
  afterAll(() => original[Symbol.dispose]());

  async function forged(...statements: readonly string[]): Promise<EncryptedDisk> {
    const disk = original.copy();
    disk.forge(...statements);
    return disk;
  }

  /** Of what these statements did at least one of the sets tells, and none restores another. */
  async function expectFound(...statements: readonly string[]): Promise<void> {
    using disk = await forged(...statements);
    const outcomes = await disk.everythingIn([FIRST, SECOND]);
    for (const [index, outcome] of outcomes.entries()) {
      if (!(outcome instanceof Error)) expect(outcome).toEqual(stateOf((index + 1) as BackupSetId));
    }
    expect(outcomes.some((outcome) => outcome instanceof RepositoryCorrupt)).toBe(true);
  }

  function stateOf(set: BackupSetId): Everything {
    return states.get(set) ?? {};
  }

  test("reads the two sets as they were", () => {
    expect(stateOf(FIRST)).not.toEqual(stateOf(SECOND));
    expect(Object.keys(stateOf(FIRST)).length).toBe(Object.keys(stateOf(SECOND)).length + 1);
  });

  test("cannot exchange what two files hold", async () => {
    const { one, two } = rows;
    await expectFound(
      `UPDATE version SET content = -1 WHERE content = ${one}`,
      `UPDATE version SET content = ${one} WHERE content = ${two}`,
      `UPDATE version SET content = ${two} WHERE content = -1`,
    );
  });

  test("cannot put an older state in the place of a newer, seals included", async () => {
    await expectFound(
      "UPDATE version SET last_set = NULL WHERE last_set = 1",
      "DELETE FROM version WHERE first_set = 2",
    );
  });

  test("cannot leave an entry out, nor bring one back that is gone", async () => {
    await expectFound(`DELETE FROM version WHERE content = ${rows.two}`);
    await expectFound(`UPDATE version SET last_set = NULL WHERE content = ${rows.gone}`);
  });

  test("cannot move an entry to another directory, nor give it another's name", async () => {
    const { two, a, b } = rows;
    await expectFound(`UPDATE version SET directory = ${b} WHERE content = ${two}`);
    await expectFound(
      `UPDATE version SET name = (SELECT name FROM version WHERE child = ${a})
        WHERE content = ${two}`,
    );
  });

  test("cannot exchange directories, nor empty one", async () => {
    const { a, b } = rows;
    await expectFound(
      `UPDATE version SET child = -1 WHERE child = ${a}`,
      `UPDATE version SET child = ${a} WHERE child = ${b}`,
      `UPDATE version SET child = ${b} WHERE child = -1`,
    );
    await expectFound(`UPDATE version SET child = NULL WHERE child = ${a}`);
    await expectFound(
      `DELETE FROM version WHERE directory = ${a}`,
      `DELETE FROM tree_seal WHERE directory = ${a}`,
    );
  });

  test("cannot change what is said of an entry", async () => {
    for (const change of [
      "permissions = permissions | 2048",
      "mtime_ns = mtime_ns + 1",
      "size = size + 1",
      "inode = inode + 1",
      "kind = 4",
      "links = 2",
      "device_number = 1",
      "flags = 4",
      "attributes = content",
      "content = NULL",
    ]) {
      await expectFound(`UPDATE version SET ${change} WHERE content = ${rows.two}`);
    }
    await expectFound("UPDATE owner SET uid = 0, gid = 1234");
    await expectFound("UPDATE owner SET user_name = x'', group_name = x'41'");
  });

  test("cannot re-point a content to other bytes", async () => {
    const { one, two, three } = rows;
    await expectFound(
      `UPDATE content SET (parcel, member) = (SELECT parcel, member FROM content WHERE id = ${two})
        WHERE id = ${one}`,
    );
    await expectFound(`UPDATE content SET basis = ${two} WHERE basis = ${three}`);
    await expectFound(`UPDATE content SET basis = ${one} WHERE id = ${two}`);
    await expectFound(`UPDATE content SET hash = randomblob(32) WHERE id = ${two}`);
    await expectFound(`UPDATE parcel SET length = length - 1`);
  });

  test("cannot make a set of another: name, number, time, roots, seal", async () => {
    await expectFound("UPDATE backup_set SET seal = (SELECT seal FROM backup_set WHERE id = 1)");
    await expectFound("UPDATE backup_set SET seal = NULL");
    await expectFound("UPDATE backup_set SET name = 'Another' WHERE id = 2");
    await expectFound("UPDATE backup_set SET started_ms = started_ms + 1 WHERE id = 2");
    await expectFound("UPDATE backup_set SET ended_ms = ended_ms + 1 WHERE id = 2");
    await expectFound("UPDATE backup_set SET counts = '{\"files\":7}' WHERE id = 2");
    await expectFound(
      "UPDATE tree_seal SET last_set = NULL",
      "DELETE FROM tree_seal WHERE first_set = 2",
    );
    await expectFound(
      `UPDATE backup_root SET path = (
         SELECT CAST(path || '/' || n.bytes AS BLOB) FROM name n, version v
          WHERE v.name = n.id AND v.child = ${rows.a})`,
    );
  });

  test("cannot pass an old set off as a new one", async () => {
    // Number 2 is what 1 was, row by row.
    await expectFound(
      "DELETE FROM version WHERE first_set = 2",
      "UPDATE version SET last_set = NULL",
      "DELETE FROM tree_seal WHERE first_set = 2",
      "UPDATE tree_seal SET last_set = NULL",
      `UPDATE backup_set SET seal = (SELECT seal FROM backup_set WHERE id = 1),
         counts = (SELECT counts FROM backup_set WHERE id = 1) WHERE id = 2`,
    );
  });

  test("cannot have the next backup take over what was changed", async () => {
    const { one, two } = rows;
    const exchange = [
      `UPDATE version SET content = -1 WHERE content = ${one}`,
      `UPDATE version SET content = ${one} WHERE content = ${two}`,
      `UPDATE version SET content = ${two} WHERE content = -1`,
    ];
    // A directory that is as it was: the next set has its seal, and the restore finds it wrong.
    using settled = original.copy();
    await settled.backUp(); // by now nothing is too young to be believed
    using untouched = settled.copy();
    untouched.forge(...exchange);
    const { id } = await untouched.backUp();
    expect(await untouched.everythingIn([id])).toEqual([expect.any(RepositoryCorrupt)]);
    // One that is listed anew: the backup looks at the seals of what it does not read again.
    using touched = settled.copy();
    touched.forge(...exchange);
    touched.write({ "a/new": "new" });
    const outcome = await touched.backUp().catch((error: unknown) => error);
    touched.write({ "a/new": undefined });
    expect(outcome).toBeInstanceOf(RepositoryCorrupt);
  });

  test("cannot exchange packs", async () => {
    using disk = original.copy();
    const [first = "", second = ""] = disk.disk.packs();
    const [a, b] = [first, second].map((name) => readFileSync(disk.disk.file("packs", name)));
    writeFileSync(disk.disk.file("packs", first), b ?? "");
    writeFileSync(disk.disk.file("packs", second), a ?? "");
    const outcomes = await disk.everythingIn([FIRST, SECOND]);
    expect(outcomes.every((outcome) => outcome instanceof RepositoryCorrupt)).toBe(true);
  });

  test("finds no name, no content and no owner in any file", () => {
    const user = process.env["USER"] ?? "root";
    for (const path of readdirSync(original.disk.path, { recursive: true }).map(String)) {
      if (path === "README.txt" || !path.includes(".")) continue;
      const bytes = readFileSync(original.disk.file(path)).toString("latin1");
      for (const marker of [
        "three",
        "gone",
        "a line of text",
        "second one",
        "source",
        `/${user}`,
      ]) {
        expect({ path, marker, isFound: bytes.includes(marker) }).toEqual({
          path,
          marker,
          isFound: false,
        });
      }
    }
  });

  describe("changes a byte of", () => {
    test("a pack: found", async () => {
      for (const name of original.disk.packs()) {
        await expectHarmless(["packs", name], { stride: 1, from: 0 });
      }
    }, 120_000);

    test("the journal, with nothing else left of the catalog: found or harmless", async () => {
      const disk = original.copy();
      rmSync(disk.disk.file("tardis.db"));
      rmSync(disk.disk.file("tardis.db.sum"));
      await expectHarmless(["tardis.journal"], { stride: 1, from: 0 }, disk);
    }, 240_000);

    test("the catalog, whose checksum is made to fit: found or harmless", async () => {
      await expectHarmless(["tardis.db"], { stride: CATALOG_STRIDE, from: 101 });
    }, 240_000);
  });

  /** Flips bits of one byte after the other. */
  async function expectHarmless(
    names: readonly string[],
    { stride, from }: { readonly stride: number; readonly from: number },
    template = original,
  ): Promise<void> {
    using disk = template.copy();
    const file = disk.disk.file(...names);
    const bytes = readFileSync(file);
    for (let index = from; index < bytes.length; index += stride) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ (1 << (index % 8));
      writeFileSync(file, changed);
      if (names[0] === "tardis.db") disk.sealCatalog();
      const outcomes = await disk.everythingIn([FIRST, SECOND]);
      for (const [at, outcome] of outcomes.entries()) {
        const set = (at + 1) as BackupSetId;
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(TardisError);
        else expectPartOf(outcome, stateOf(set));
      }
    }
  }
});

type Rows = Readonly<Record<"one" | "two" | "gone" | "three" | "a" | "b", number>>;

/** Content ids are keyed, sizes are not: the files are told apart by them. */
function rowsOf(disk: EncryptedDisk): Rows {
  const contentOf = (size: number, set: number): number =>
    disk.rows<{ content: number }>(
      `SELECT content FROM version WHERE kind = 1 AND size = ${size} AND first_set = ${set}`,
    )[0]?.content ?? -1;
  const directoryOf = (content: number): number =>
    disk.rows<{ directory: number }>(`SELECT directory FROM version WHERE content = ${content}`)[0]
      ?.directory ?? -1;
  const [one, two, gone] = ["second one", "two", "gone"].map((text, index) =>
    contentOf(text.length, index === 0 ? 2 : 1),
  ) as [number, number, number];
  const three = contentOf("a line of text that is repeated\n".length * 400, 1);
  return { one, two, gone, three, a: directoryOf(two), b: directoryOf(three) };
}

async function expectRead(disk: EncryptedDisk, set: BackupSetId): Promise<Everything> {
  const [outcome = {}] = await disk.everythingIn([set]);
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

/** A set that is gone as a whole holds nothing: that is what a purge leaves, too. */
function expectPartOf(found: Everything, expected: Everything): void {
  if (Object.keys(found).length > 0) expect(found).toEqual(expected);
}
