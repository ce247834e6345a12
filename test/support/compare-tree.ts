/**
 * Whether two trees are the same to the last bit that a backup keeps. Looks at everything by
 * itself, with nothing of src/: contents, kinds, modes, owners, times, links, holes, attributes.
 * Trees may be deeper than a path can be long: every directory is entered from the one above it.
 */
import { createHash } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  readlinkSync,
} from "node:fs";
import { attributesOf, dataRanges } from "./system-calls.ts";

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW;
const READ_BYTES = 1 << 20;
const NAMED_MAX = 20;
const KINDS: Readonly<Record<number, string>> = {
  [constants.S_IFREG]: "file",
  [constants.S_IFDIR]: "directory",
  [constants.S_IFLNK]: "symlink",
  [constants.S_IFIFO]: "fifo",
  [constants.S_IFSOCK]: "socket",
  [constants.S_IFCHR]: "character device",
  [constants.S_IFBLK]: "block device",
};

/** Everything that is kept of an entry, as text. */
export type EntryState = Readonly<Record<string, string>>;
/** By path below the tree, one character a byte; "" is the tree itself. */
export type TreeState = ReadonlyMap<string, EntryState>;

/** Of an entry of any kind, and all below it. */
export function stateOf(root: string): TreeState {
  const tree = new Map<string, EntryState>();
  look({ tree, firstNames: new Map() }, Buffer.from(root), "");
  return tree;
}

export type Comparison = {
  /** Fields of EntryState that need not agree, such as the owners of what nobody restored. */
  readonly except?: readonly string[];
  /** How many differences are told one by one. */
  readonly namedMax?: number;
};

/** What is missing, too much, or other than expected: nothing if the trees are the same. */
export function differences(
  expected: TreeState,
  actual: TreeState,
  { except = [], namedMax = NAMED_MAX }: Comparison = {},
): string[] {
  const found: string[] = [];
  for (const [path, entry] of expected) {
    const other = actual.get(path);
    if (other === undefined) found.push(`${shown(path)} is missing`);
    else found.push(...fieldDifferences(path, without(entry, except), without(other, except)));
  }
  for (const path of actual.keys()) {
    if (!expected.has(path)) found.push(`${shown(path)} is too much`);
  }
  if (found.length <= namedMax) return found;
  return [...found.slice(0, namedMax), `and ${found.length - namedMax} more`];
}

type Look = { readonly tree: Map<string, EntryState>; readonly firstNames: Map<string, string> };

function look(about: Look, at: Buffer, path: string): void {
  const stat = lstatSync(at, { bigint: true });
  about.tree.set(path, { ...commonState(stat, at), ...kindState(about, { stat, at, path }) });
  if (!stat.isDirectory()) return;
  const directory = openSync(at, OPEN_DIRECTORY);
  try {
    const names = readdirSync(throughDescriptor(directory, ""), { encoding: "buffer" });
    for (const name of names.sort((one, other) => Buffer.compare(one, other))) {
      const text = name.toString("latin1");
      const inside = throughDescriptor(directory, text);
      look(about, inside, path === "" ? text : `${path}/${text}`);
    }
  } finally {
    closeSync(directory);
  }
}

function commonState(stat: BigIntStats, at: Buffer): EntryState {
  return {
    kind: kindOf(stat),
    mode: (Number(stat.mode) & 0o7777).toString(8),
    owner: `${stat.uid}:${stat.gid}`,
    mtimeNs: String(stat.mtimeNs),
    attributes: JSON.stringify(attributesOf(at)),
  };
}

function kindState(
  { firstNames }: Look,
  { stat, at, path }: { readonly stat: BigIntStats; readonly at: Buffer; readonly path: string },
): EntryState {
  if (stat.isDirectory()) return {};
  const identity = `${stat.dev}:${stat.ino}`;
  const first = firstNames.get(identity) ?? path;
  firstNames.set(identity, first);
  const links = { sameAs: first === path ? "" : shown(first) };
  if (stat.isSymbolicLink()) {
    return { ...links, target: readlinkSync(at, { encoding: "buffer" }).toString("latin1") };
  }
  if (stat.isFile()) return { ...links, size: String(stat.size), ...contentState(at) };
  return { ...links, device: String(stat.rdev) };
}

function contentState(at: Buffer): EntryState {
  const file = openSync(at, OPEN_FILE);
  try {
    const data = dataRanges(file).join(" ");
    return { sha256: hashOf(file), data };
  } finally {
    closeSync(file);
  }
}

function hashOf(file: number): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let position = 0; ;) {
    const count = readSync(file, buffer, 0, buffer.length, position);
    if (count === 0) return hash.digest("hex");
    hash.update(buffer.subarray(0, count));
    position += count;
  }
}

function kindOf({ mode }: BigIntStats): string {
  return KINDS[Number(mode) & constants.S_IFMT] ?? "unknown";
}

/** A path of any directory that is open, however deep it lies. */
export function throughDescriptor(directory: number, name: string): Buffer {
  return Buffer.from(`/proc/self/fd/${directory}/${name}`, "latin1");
}

function without(entry: EntryState, fields: readonly string[]): EntryState {
  return Object.fromEntries(Object.entries(entry).filter(([field]) => !fields.includes(field)));
}

function fieldDifferences(path: string, expected: EntryState, actual: EntryState): string[] {
  const fields = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return fields
    .filter((field) => expected[field] !== actual[field])
    .map((field) => `${shown(path)}: ${field} ${actual[field]} instead of ${expected[field]}`);
}

/** Bytes that are not printable ASCII as \xNN; long paths are cut. */
function shown(path: string): string {
  const text = path.replaceAll(
    /[^ -~]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  if (text === "") return "the tree itself";
  return text.length > 120 ? `${text.slice(0, 50)}…${text.slice(-50)}` : text;
}
