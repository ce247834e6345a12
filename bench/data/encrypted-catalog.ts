/**
 * `catalog-encrypted`: the catalog of catalog.ts as it is with a password. Names and owners are
 * encrypted and entries sealed by what `tardis admin encrypt` does it with; seals of directories
 * and sets are left out, which would be a thousand trees, and which no answer over many sets needs.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Catalog } from "../../src/catalog/catalog.ts";
import { Disguise } from "../../src/engine/disguise.ts";
import { markEncryption } from "../../src/engine/encryption-mark.ts";
import { Seals } from "../../src/format/entry-seals.ts";
import {
  type KeyRecord,
  SCHEME_SIV_GCM,
  encodeKeysFile,
  encodeRepositoryKeys,
} from "../../src/format/keys-text.ts";
import {
  type PasswordCost,
  type RepositoryKeys,
  newRepositoryId,
  newRepositoryKeys,
  wrapKeys,
} from "../../src/format/repository-keys.ts";
import { RepositoryFolder } from "../../src/store/repository-folder.ts";
import type { Folders, Scale } from "../folders.ts";
import { CLIENT, ensureCatalog } from "./catalog.ts";
import { ensureDataset } from "./dataset.ts";

const PASSWORD = "a password to measure with";
/** The least that is accepted: what is left is the time of everything but the password. */
const CHEAP: PasswordCost = { memoryKib: 8 * 1024, passes: 1 };

/** Where things are below the folder. */
export const PASSWORD_FILE = "password";
/** The same keys, behind a password that costs next to nothing to try: for --keys. */
export const CHEAP_KEYS_FILE = "cheap-keys.json";

/** The folder to give to -D. */
export async function ensureEncryptedCatalog(folders: Folders, scale: Scale): Promise<string> {
  const plain = await ensureCatalog(folders, scale);
  return ensureDataset(join(folders.data, "catalog-encrypted"), async (unfinished) => {
    const repository = newRepositoryId();
    const keys = newRepositoryKeys();
    const record = (cost?: PasswordCost): KeyRecord => ({
      repository,
      scheme: SCHEME_SIV_GCM,
      wrapped: wrapKeys(keys, PASSWORD, repository, cost),
    });
    writeFileSync(join(unfinished, PASSWORD_FILE), PASSWORD);
    writeFileSync(join(unfinished, CHEAP_KEYS_FILE), encodeKeysFile([record(CHEAP)]));
    using folder = RepositoryFolder.create(join(unfinished, CLIENT), CLIENT);
    folder.keys.write(encodeRepositoryKeys(record()));
    encryptCatalog(join(plain, CLIENT), folder, { repository, keys });
    folder.seal.write();
  });
}

function encryptCatalog(
  plain: string,
  to: RepositoryFolder,
  { repository, keys }: { readonly repository: string; readonly keys: RepositoryKeys },
): void {
  const scratch = join(to.temporaryPath, "tardis.db");
  {
    using source = Catalog.open(RepositoryFolder.open(plain).catalogPath, "read");
    source.copyTo(scratch);
  }
  using catalog = Catalog.open(scratch, "write");
  const { names } = new Disguise(keys);
  const seals = new Seals(keys.auth);
  const hasNone = (): never => {
    throw new Error("the generated catalog has no texts and no digests");
  };
  catalog.transaction(() => {
    catalog.conversion().finish({
      name: (name) => names.seal(name),
      path: (path) => names.sealPath(path),
      user: (name) => names.sealAs("user", name),
      group: (name) => names.sealAs("group", name),
      commandLine: hasNone,
      configuration: hasNone,
      error: hasNone,
      entrySeal: (entry) => seals.entry(entry),
      digest: hasNone,
    });
    markEncryption(catalog, repository);
  });
  // Without the pages that were free after the rows had been changed, as it is with users.
  catalog.copyTo(to.catalogPath);
  RepositoryFolder.removeIfThere(scratch);
}
