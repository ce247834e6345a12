/**
 * The catalog says whether all in it is encrypted, and with which keys: so that nothing is ever
 * added as plaintext because tardis.keys was lost, or with keys of another repository.
 */
import type { Catalog } from "../catalog/catalog.ts";
import { KeysMissing, RepositoryCorrupt } from "../core/errors.ts";

const SETTING = "encryption";
const KEYS_FILE = "tardis.keys";

/** `encryption`: the id that the keys at hand are of; undefined: there are none. */
export function checkEncryption(
  catalog: Catalog,
  encryption: string | undefined,
  repository: string,
): void {
  const marked = catalog.settings.get(SETTING);
  if (marked === encryption) return;
  if (encryption === undefined) throw new KeysMissing(repository, KEYS_FILE);
  if (marked === undefined && catalog.sets.all().length === 0) return; // nothing is in it yet
  const detail =
    marked === undefined ? "what is stored is not encrypted" : "they are another repository's keys";
  throw new RepositoryCorrupt(`${repository}/${KEYS_FILE}`, detail);
}

/** From now on all is encrypted. */
export function markEncryption(catalog: Catalog, encryption: string | undefined): void {
  if (encryption === undefined || catalog.settings.get(SETTING) === encryption) return;
  catalog.settings.set(SETTING, encryption);
}

export function isMarkedEncrypted(catalog: Catalog): boolean {
  return catalog.settings.get(SETTING) !== undefined;
}
