/** What a first backup stores, where workers tell by themselves what has to be stored. */
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FilePath } from "../../../src/core/byte-string.ts";
import { ClaimTable } from "../../../src/engine/claim-table.ts";
import { contentIdOf } from "../../../src/format/checksum.ts";
import { backUpFiles } from "../../support/backup-in-process.ts";
import { noise } from "../../support/make-tree.ts";
import { RepositoryDisk } from "../../support/repository-disk.ts";
import { TempDir } from "../../support/temp-dir.ts";

/** Small and middling files of different contents, and a copy of each. */
function makeFiles(folder: string): Buffer[] {
  const contents = [noise(3000, 1), noise(700, 2), noise(2_000_000, 3), Buffer.alloc(0)];
  for (const [number, content] of contents.entries()) {
    for (const place of ["one", "two"]) {
      mkdirSync(join(folder, place), { recursive: true });
      writeFileSync(join(folder, place, String(number)), content);
    }
  }
  return contents;
}

async function backUp(disk: RepositoryDisk, source: string, claims: ClaimTable) {
  await using repository = await disk.open();
  const folders = { packsFolder: disk.file("packs"), temporaryFolder: disk.file("tmp") };
  return await backUpFiles(repository, { source: source as FilePath, claims, ...folders });
}

/** Each makes of an empty table what it says, for files of these contents. */
const TABLES: Readonly<Record<string, (claims: ClaimTable, contents: readonly Buffer[]) => void>> =
  {
    "that nobody has used": () => {},
    "that takes two contents for others, which nobody stores": (claims, contents) => {
      claims.reserve(2);
      for (const content of contents.slice(1, 3)) claims.claim(contentIdOf(content));
    },
    "that is full": (claims) => {
      while (claims.reserve(1)) continue;
    },
  };

for (const [what, prepare] of Object.entries(TABLES)) {
  test(`each content is stored, and its copies are not, by a table ${what}`, async () => {
    using source = new TempDir();
    using disk = new RepositoryDisk();
    const contents = makeFiles(source.path);
    const claims = new ClaimTable();
    prepare(claims, contents);
    const { counts } = await backUp(disk, source.path, claims);
    expect(counts).toMatchObject({ files: 8, storedFull: contents.length, problems: 0 });
  });
}
