/** `tardis admin setpass`, `chpass`, `keys`: what is done with keys, not with what is stored. */
import {
  KeysMissing,
  NoRepository,
  PasswordMissing,
  RepositoryCorrupt,
  TardisError,
  EXIT,
  UsageError,
} from "../core/errors.ts";
import type { PasswordSource, RepositoryOptions } from "../core/repository-options.ts";
import { type KeyRecord, encodeKeysFile, encodeRepositoryKeys } from "../format/keys-text.ts";
import { wrapKeys } from "../format/repository-keys.ts";
import { RepositoryFolder } from "../store/repository-folder.ts";
import { TextFile } from "../store/text-file.ts";
import { openLocalRepository } from "./local-repository.ts";
import { newKeys, readRecord, recordsIn, storeFirstKeys, unlock } from "./unlock.ts";

type Host = { readonly now: () => number; readonly notice: (text: string) => void };

/** Makes a repository whose contents will be encrypted, or makes one that is empty so. */
export async function setPassword(location: RepositoryOptions, host: Host): Promise<void> {
  const { folder: path, clientName } = location;
  const existing = folderIfAny(path);
  if (existing !== undefined) {
    if (readRecord(existing) !== undefined) {
      throw new UsageError(
        `${path} has a password already`,
        "Change it with tardis admin chpass. Nothing was done.",
      );
    }
    if (!existing.isUnused) {
      throw new UsageError(
        `${path} holds backup sets that are not encrypted`,
        "Encrypt them with tardis admin encrypt, or begin another repository. Nothing was done.",
      );
    }
  }
  const made = await newKeys(location);
  const folder = existing ?? RepositoryFolder.create(path, clientName);
  await using _opened = await openLocalRepository(folder, {
    access: "write",
    command: "admin setpass",
    takeover: "refuse",
    copyCount: 0,
    encryption: made.repository,
    prepare: () => storeFirstKeys(folder, made.record, location.unlock?.keysFile),
    ...host,
  });
}

/** Wraps the keys under another password, wherever they lie: nothing that is stored is touched. */
export async function changePassword(
  location: RepositoryOptions,
  chosen: PasswordSource,
): Promise<void> {
  const folder = RepositoryFolder.open(location.folder);
  const { record, keys, repository } = await unlocked(folder, location);
  const password = await chosen.ask("choose", location.folder);
  const wrapped = wrapKeys(keys, password, repository);
  const keysFile = location.unlock?.keysFile;
  const file = keysFile === undefined ? undefined : new TextFile(keysFile);
  const others = file === undefined ? [] : recordsIn(file);
  if (file !== undefined && others.some((other) => other.repository === repository)) {
    putInto(file, { ...record, wrapped });
  }
  if (record.wrapped !== undefined) folder.keys.write(encodeRepositoryKeys({ ...record, wrapped }));
}

/** Puts the keys into the user's file too. */
export async function extractKeys(location: RepositoryOptions): Promise<void> {
  const folder = RepositoryFolder.open(location.folder);
  const { record } = await unlocked(folder, location);
  if (record.wrapped === undefined) throw new KeysMissing(location.folder, folder.keys.path);
  putInto(keysFileOf(location), record);
}

/** Puts the keys in the user's file into the repository. */
export async function insertKeys(location: RepositoryOptions): Promise<void> {
  const folder = RepositoryFolder.open(location.folder);
  const file = keysFileOf(location);
  const { record } = await unlocked(folder, location);
  const found = recordsIn(file).find(({ repository }) => repository === record.repository);
  if (found?.wrapped === undefined) throw new KeysMissing(location.folder, file.path);
  folder.keys.write(encodeRepositoryKeys(found));
}

/** Takes the keys out of the repository, if the user's file has them and the password fits. */
export async function deleteKeys(location: RepositoryOptions): Promise<void> {
  const folder = RepositoryFolder.open(location.folder);
  const file = keysFileOf(location);
  const { record } = await unlocked(folder, location);
  const found = recordsIn(file).find(({ repository }) => repository === record.repository);
  if (found?.wrapped === undefined) {
    throw new UsageError(
      `${file.path} does not have the keys of ${location.folder}`,
      "Put them there first, with --extract. Nothing was done.",
    );
  }
  folder.keys.write(encodeRepositoryKeys({ ...record, wrapped: undefined }));
}

/** The keys as text to be printed: the content of a tardis.keys, wherever they lie now. */
export async function printableKeys(location: RepositoryOptions): Promise<string> {
  const folder = RepositoryFolder.open(location.folder);
  const { record } = await unlocked(folder, location);
  const keysFile = location.unlock?.keysFile;
  const named = keysFile === undefined ? [] : recordsIn(new TextFile(keysFile));
  const found = named.find(({ repository }) => repository === record.repository) ?? record;
  return JSON.stringify(JSON.parse(encodeRepositoryKeys(found)));
}

async function unlocked(folder: RepositoryFolder, location: RepositoryOptions) {
  const record = readRecord(folder);
  if (record === undefined) {
    throw new TardisError(`${location.folder} is not encrypted`, {
      hint: "tardis admin setpass makes a new one encrypted. Nothing was done.",
      exitCode: EXIT.usage,
    });
  }
  const opened = await unlock(folder, location);
  if (opened === undefined) throw new RepositoryCorrupt(folder.keys.path, "it has just gone");
  return { record, ...opened };
}

function keysFileOf({ folder, unlock: options }: RepositoryOptions): TextFile {
  if (options === undefined) throw new PasswordMissing(folder);
  if (options.keysFile !== undefined) return new TextFile(options.keysFile);
  throw new UsageError("no file of keys was named", "Name it with --keys FILE.");
}

function putInto(file: TextFile, record: KeyRecord): void {
  const others = recordsIn(file).filter(({ repository }) => repository !== record.repository);
  file.write(encodeKeysFile([...others, record]));
}

function folderIfAny(path: string): RepositoryFolder | undefined {
  try {
    return RepositoryFolder.open(path);
  } catch (error) {
    if (error instanceof NoRepository) return undefined;
    throw error;
  }
}
