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
  encodeRepositoryKeys,
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
import { UserKeys } from "./user-keys.ts";

/** An encrypted repository whose password was right. */
export type Unlocked = { readonly repository: string; readonly keys: RepositoryKeys };

/** An encrypted repository and its password; whether that is right takes its time to tell. */
export type Unlocking = { readonly repository: string; readonly keys: Promise<RepositoryKeys> };

/** undefined: the repository is not encrypted. Throws what keeps it from being opened. */
export async function unlock(
  folder: RepositoryFolder,
  location: RepositoryOptions,
): Promise<Unlocked | undefined> {
  const begun = await beginUnlocking(folder, location);
  return begun && { repository: begun.repository, keys: await begun.keys };
}

/**
 * unlock() for who has something else to do meanwhile. Throws all but that the password is wrong or
 * the keys are damaged; with that, `keys` fails, which it may do before anybody waits for them.
 */
export async function beginUnlocking(
  folder: RepositoryFolder,
  { folder: path, unlock: options }: RepositoryOptions,
): Promise<Unlocking | undefined> {
  const record = readRecord(folder);
  if (record === undefined) {
    if (options?.password.isGiven === true) throw new NotEncrypted(path);
    return undefined;
  }
  if (options === undefined) throw new PasswordMissing(path);
  const wrapped = wrappedKeys(folder, record, options);
  const password = await options.password.ask("open", path);
  const { repository } = record;
  const keys = opened({ repository, path, keysPath: folder.keys.path }, password, wrapped);
  keys.catch(() => undefined); // who waits for them is told
  return { repository, keys };
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
  options: UnlockOptions | undefined,
): void {
  if (!folder.isUnused || readRecord(folder) !== undefined) {
    throw new RepositoryLocked(folder.path, "another run, which has just begun it");
  }
  storeKeys(folder, record, options);
}

/** Durably, before anything is encrypted: first where they are kept, then that they are. */
export function storeKeys(
  folder: RepositoryFolder,
  record: KeyRecord,
  options: UnlockOptions | undefined,
): void {
  const own = userKeys(options);
  own?.put(record);
  folder.keys.write(encodeRepositoryKeys(own ? { ...record, wrapped: undefined } : record));
}

/** undefined: the user named no file. */
export function userKeys(options: UnlockOptions | undefined): UserKeys | undefined {
  if (options?.keysFile === undefined) return undefined;
  return new UserKeys(options.keysFile, options.now);
}

/** Of the repository; undefined: it is not encrypted. Throws RepositoryCorrupt. */
export function readRecord(folder: RepositoryFolder): KeyRecord | undefined {
  const text = folder.keys.read();
  if (text === undefined) return undefined;
  try {
    return parseRepositoryKeys(text);
  } catch (cause) {
    throw unreadable(folder.keys.path, cause);
  }
}

/** The user's file counts before the repository's: it was named. */
function wrappedKeys(
  folder: RepositoryFolder,
  record: KeyRecord,
  options: UnlockOptions,
): NonNullable<KeyRecord["wrapped"]> {
  const own = userKeys(options);
  const wrapped = own?.find(record.repository)?.wrapped ?? record.wrapped;
  if (wrapped !== undefined) return wrapped;
  throw new KeysMissing(folder.path, own?.path ?? folder.keys.path);
}

async function opened(
  about: { readonly repository: string; readonly path: string; readonly keysPath: string },
  password: string,
  wrapped: NonNullable<KeyRecord["wrapped"]>,
): Promise<RepositoryKeys> {
  let keys: RepositoryKeys | undefined;
  try {
    keys = await unwrapKeys(wrapped, password, about.repository);
  } catch (cause) {
    throw unreadable(about.keysPath, cause);
  }
  if (keys === undefined) throw new WrongPassword(about.path);
  return keys;
}

function unreadable(path: string, cause: unknown): unknown {
  return cause instanceof RangeError ? new RepositoryCorrupt(path, reasonOf(cause), cause) : cause;
}
