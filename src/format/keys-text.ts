/**
 * The files that hold keys: tardis.keys in a repository, and a user's own file for several of them.
 * JSON, read strictly: neither is of use without the password. docs/format.md §7.1.
 */
import type { WrappedKeys } from "./repository-keys.ts";

/** What is known of one repository's keys. */
export type KeyRecord = {
  /** The repository's id: 32 hex digits. */
  readonly repository: string;
  /** Number in the registry of schemes. */
  readonly scheme: number;
  /** undefined: they are kept in the user's own file. */
  readonly wrapped: WrappedKeys | undefined;
};

/** Registry of schemes: docs/format.md §7. */
export const SCHEME_SIV_GCM = 1;

const FORMAT = 1;
const REPOSITORY_ID = /^[0-9a-f]{32}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function encodeRepositoryKeys(record: KeyRecord): string {
  return encode({ tardisKeys: FORMAT, ...fieldsOf(record) });
}

/** Throws RangeError on anything else. */
export function parseRepositoryKeys(text: string): KeyRecord {
  const fields = parse(text);
  return recordOf(fields);
}

export function encodeKeysFile(records: readonly KeyRecord[]): string {
  return encode({ tardisKeys: FORMAT, repositories: records.map(fieldsOf) });
}

/** Throws RangeError on anything else. */
export function parseKeysFile(text: string): KeyRecord[] {
  const { repositories } = parse(text);
  if (!Array.isArray(repositories)) throw new RangeError("it lists no repositories");
  return repositories.map((fields) => recordOf(objectOf(fields)));
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf({ repository, scheme, wrapped }: KeyRecord): object {
  return { repository, scheme, ...(wrapped && { keys: wrapped }) };
}

function encode(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function parse(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RangeError("it is no JSON", { cause });
  }
  const fields = objectOf(value);
  if (fields["tardisKeys"] !== FORMAT)
    throw new RangeError("it is no file of keys, or a newer one");
  return fields;
}

function recordOf(fields: Fields): KeyRecord {
  const { repository, scheme, keys } = fields;
  if (typeof repository !== "string" || !REPOSITORY_ID.test(repository)) {
    throw new RangeError("it does not name its repository");
  }
  if (scheme !== SCHEME_SIV_GCM) throw new RangeError(`scheme ${String(scheme)} is not known`);
  return {
    repository,
    scheme,
    wrapped: keys === undefined ? undefined : wrappedOf(objectOf(keys)),
  };
}

function wrappedOf({ memoryKib, passes, salt, nonce, keys }: Fields): WrappedKeys {
  if (!isCount(memoryKib) || !isCount(passes)) throw new RangeError("the cost is no number");
  if (!isBase64(salt) || !isBase64(nonce) || !isBase64(keys)) {
    throw new RangeError("the keys are not written as they should be");
  }
  return { memoryKib, passes, salt, nonce, keys };
}

function objectOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new RangeError("it is no file of keys");
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function isBase64(value: unknown): value is string {
  return typeof value === "string" && BASE64.test(value);
}
