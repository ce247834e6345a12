/**
 * The keys of an encrypted repository, and how a password keeps them: four random secrets, wrapped
 * under a key that Argon2id makes of the password. Changing the password wraps them anew; nothing
 * that is stored changes. docs/format.md §7.1.
 */
import {
  type Argon2Parameters,
  argon2,
  argon2Sync,
  createCipheriv,
  createDecipheriv,
} from "node:crypto";

/** 32 bytes each, random. */
export type RepositoryKeys = {
  /** Of parcels and boxes. */
  readonly content: Uint8Array;
  /** Of names. */
  readonly name: Uint8Array;
  /** Of content ids. */
  readonly hash: Uint8Array;
  /** Of the seals of entries, directories and sets. */
  readonly auth: Uint8Array;
};

/** How hard a password is to be guessed, stored with what it protects. */
export type PasswordCost = { readonly memoryKib: number; readonly passes: number };

/** What is stored: of no use without the password. Binary fields are base64. */
export type WrappedKeys = PasswordCost & {
  readonly salt: string;
  readonly nonce: string;
  /** The four keys in the order of RepositoryKeys, then the tag. */
  readonly keys: string;
};

/** About 0.25 s on a PC, 0.6 s on a Raspberry Pi. */
const COST: PasswordCost = { memoryKib: 64 * 1024, passes: 3 };
/** What a stored cost may ask of a reader: a hostile one must not exhaust the machine. */
const COST_MAX = { memoryKib: 1024 * 1024, passes: 64 };
const COST_MIN = { memoryKib: 8 * 1024, passes: 1 };
/** The most memory times passes: a minute or so. */
const WORK_MAX = 8 * 1024 * 1024;
const LANES = 1;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_COUNT = 4;
const REPOSITORY_ID_BYTES = 16;

export function newRepositoryKeys(): RepositoryKeys {
  return {
    content: random(KEY_BYTES),
    name: random(KEY_BYTES),
    hash: random(KEY_BYTES),
    auth: random(KEY_BYTES),
  };
}

/** 32 hex digits, random: nothing of folder or host is in it, so both may be renamed. */
export function newRepositoryId(): string {
  return random(REPOSITORY_ID_BYTES).toHex();
}

/** Bound to the repository of that id. Takes as long as a password is to be hard to guess. */
export function wrapKeys(
  keys: RepositoryKeys,
  password: string,
  repository: string,
  cost: PasswordCost = COST,
): WrappedKeys {
  const salt = random(SALT_BYTES);
  const nonce = random(NONCE_BYTES);
  const key = argon2Sync("argon2id", passwordParameters(password, salt, cost));
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(associated(repository, cost));
  const { content, name, hash, auth } = keys;
  const sealed = cipher.update(Buffer.concat([content, name, hash, auth]));
  cipher.final();
  return {
    ...cost,
    salt: salt.toBase64(),
    nonce: nonce.toBase64(),
    keys: Buffer.concat([sealed, cipher.getAuthTag()]).toString("base64"),
  };
}

/**
 * undefined: the password is wrong, or what is stored was changed; nobody can tell which, nor by
 * the time it takes, unless the cost was changed too. Takes as long as wrapKeys(), but in another
 * thread. Throws RangeError when it asks for more work than any password is worth.
 */
export async function unwrapKeys(
  wrapped: WrappedKeys,
  password: string,
  repository: string,
): Promise<RepositoryKeys | undefined> {
  expectBearable(wrapped);
  const { memoryKib, passes } = wrapped;
  const salt = Buffer.from(wrapped.salt, "base64");
  const nonceBytes = Buffer.from(wrapped.nonce, "base64");
  const sealed = Buffer.from(wrapped.keys, "base64");
  const isPossible =
    salt.length === SALT_BYTES &&
    nonceBytes.length === NONCE_BYTES &&
    sealed.length === KEY_COUNT * KEY_BYTES + TAG_BYTES;
  // Made in any case, and of a salt of any length.
  const key = await passwordKey(password, Buffer.concat([salt], SALT_BYTES), wrapped);
  if (!isPossible) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, nonceBytes);
  decipher.setAAD(associated(repository, { memoryKib, passes }));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const opened = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined; // the only thing final() throws: the tag is another
  }
  const part = (index: number): Uint8Array =>
    Uint8Array.from(opened.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES));
  return { content: part(0), name: part(1), hash: part(2), auth: part(3) };
}

function passwordKey(password: string, salt: Uint8Array, cost: PasswordCost): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    argon2("argon2id", passwordParameters(password, salt, cost), (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Passwords that look the same are the same, however they were typed. */
function passwordParameters(
  password: string,
  salt: Uint8Array,
  cost: PasswordCost,
): Argon2Parameters {
  return {
    message: Buffer.from(password.normalize("NFC"), "utf8"),
    nonce: salt,
    parallelism: LANES,
    tagLength: KEY_BYTES,
    memory: cost.memoryKib,
    passes: cost.passes,
  };
}

function associated(repository: string, { memoryKib, passes }: PasswordCost): Uint8Array {
  return Buffer.from(`tardis keys 1 ${repository} argon2id ${memoryKib} ${passes} ${LANES}`);
}

function expectBearable({ memoryKib, passes }: PasswordCost): void {
  const isWithin =
    memoryKib >= COST_MIN.memoryKib &&
    memoryKib <= COST_MAX.memoryKib &&
    passes >= COST_MIN.passes &&
    passes <= COST_MAX.passes &&
    memoryKib * passes <= WORK_MAX;
  if (isWithin) return;
  throw new RangeError(`they ask for ${memoryKib} KiB of memory, ${passes} times`);
}

function random(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}
