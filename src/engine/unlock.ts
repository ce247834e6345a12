/**
 * Finds the keys of an encrypted repository and opens them with the password, or makes new ones.
 * They lie in tardis.keys, or in the user's own file; then tardis.keys only says so.
 */
import {
  KeysMissing,
  NotEncrypted,
  PasswordMissing,
  RepositoryCorrupt,
  RepositoryLocked,
  UsageError,
  WrongPassword,
  reasonOf,
} from "../core/errors.ts";
import type { RepositoryOptions, UnlockOptions } from "../core/repository-options.ts";
import {
  type KeyRecord,
  SCHEME_SIV_GCM,
  encodeKeysFile,
  encodeRepositoryKeys,
  parseKeysFile,
  parseRepositoryKeys,
} from "../format/keys-text.ts";
import {
  type RepositoryKeys,
  newRepositoryId,
  newRepositoryKeys,
  unwrapKeys,
  wrapKeys,
} from "../format/repository-keys.ts";
import type { RepositoryFolder } from "../store/repository-folder.ts";
import { TextFile } from "../store/text-file.ts";

/** An encrypted repository whose password was right. */
export type Unlocked = { readonly repository: string; readonly keys: RepositoryKeys };

/** undefined: the repository is not encrypted. Throws what keeps it from being opened. */
export async function unlock(
  folder: RepositoryFolder,
  { folder: path, unlock: options }: RepositoryOptions,
): Promise<Unlocked | undefined> {
  const record = readRecord(folder);
  if (record === undefined) {
    if (options?.password.isGiven === true) throw new NotEncrypted(path);
    return undefined;
  }
  if (options === undefined) throw new PasswordMissing(path);
  const wrapped = wrappedKeys(folder, record, options);
  const password = await options.password.ask("open", path);
  const keys = opened(record, password, folder.keys.path, wrapped);
  if (keys === undefined) throw new WrongPassword(path);
  return { repository: record.repository, keys };
}

/** For a repository that holds nothing yet. Asks for the password; writes nothing. */
export async function newKeys({ folder, unlock: options }: RepositoryOptions): Promise<NewKeys> {
  if (options === undefined) throw new PasswordMissing(folder);
  if (options.scheme !== SCHEME_SIV_GCM) {
    throw new UsageError(`there is no scheme ${options.scheme}`, `Leave --crypt out, or give 1.`);
  }
  const password = await options.password.ask("choose", folder);
  const repository = newRepositoryId();
  const keys = newRepositoryKeys();
  const wrapped = wrapKeys(keys, password, repository);
  return { repository, keys, record: { repository, scheme: SCHEME_SIV_GCM, wrapped } };
}

export type NewKeys = Unlocked & { readonly record: KeyRecord };

/**
 * For the one who holds the lock of a folder that is to become an encrypted repository: two who
 * begin it at the same time must not both give it keys. Throws RepositoryLocked.
 */
export function storeFirstKeys(
  folder: RepositoryFolder,
  record: KeyRecord,
  keysFile: string | undefined,
): void {
  if (!folder.isUnused || readRecord(folder) !== undefined) {
    throw new RepositoryLocked(folder.path, "another run, which has just begun it");
  }
  storeKeys(folder, record, keysFile);
}

/** Durably, before anything is encrypted: first where they are kept, then that they are. */
export function storeKeys(
  folder: RepositoryFolder,
  record: KeyRecord,
  keysFile: string | undefined,
): void {
  if (keysFile !== undefined) {
    const file = new TextFile(keysFile);
    const others = recordsIn(file).filter(({ repository }) => repository !== record.repository);
    file.write(encodeKeysFile([...others, record]));
  }
  const kept = keysFile === undefined ? record : { ...record, wrapped: undefined };
  folder.keys.write(encodeRepositoryKeys(kept));
}

/** Of the repository; undefined: it is not encrypted. Throws RepositoryCorrupt. */
export function readRecord(folder: RepositoryFolder): KeyRecord | undefined {
  const text = folder.keys.read();
  return text === undefined
    ? undefined
    : reading(folder.keys.path, () => parseRepositoryKeys(text));
}

/** Of the user's own file; none if there is no such file. Throws RepositoryCorrupt. */
export function recordsIn(file: TextFile): KeyRecord[] {
  const text = file.read();
  return text === undefined ? [] : reading(file.path, () => parseKeysFile(text));
}

/** The user's file counts before the repository's: it was named. */
function wrappedKeys(
  folder: RepositoryFolder,
  record: KeyRecord,
  { keysFile }: UnlockOptions,
): NonNullable<KeyRecord["wrapped"]> {
  const named = keysFile === undefined ? [] : recordsIn(new TextFile(keysFile));
  const found = named.find(({ repository }) => repository === record.repository)?.wrapped;
  const wrapped = found ?? record.wrapped;
  if (wrapped !== undefined) return wrapped;
  throw new KeysMissing(folder.path, keysFile ?? folder.keys.path);
}

function opened(
  { repository }: KeyRecord,
  password: string,
  path: string,
  wrapped: NonNullable<KeyRecord["wrapped"]>,
): RepositoryKeys | undefined {
  return reading(path, () => unwrapKeys(wrapped, password, repository));
}

function reading<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RepositoryCorrupt(path, reasonOf(cause), cause);
  }
}
