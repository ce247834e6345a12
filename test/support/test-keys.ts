/** Keys for tests: the same ones every time, and no password to wait for. */
import type { RepositoryKeys } from "../../src/format/repository-keys.ts";

export const TEST_KEYS: RepositoryKeys = {
  content: new Uint8Array(32).fill(1),
  name: new Uint8Array(32).fill(2),
  hash: new Uint8Array(32).fill(3),
  auth: new Uint8Array(32).fill(4),
};
