/**
 * Files to restore on their way to a worker, as columns, and each parcel they lie in named once. A
 * clone of the objects themselves would take longer than writing the files.
 */
import type { FilePath } from "../core/byte-string.ts";
import { KIND_CODES, type Owner, kindOfCode } from "../core/entry.ts";
import type { ContentId } from "../core/ids.ts";
import type { BlobLocation, DeltaChain, ParcelLocation } from "../core/repository.ts";
import type { FolderState } from "../source/staging.ts";
import type { FileToRestore } from "./jobs.ts";

export type RestoreTable = {
  /** Joined by NUL, which no path has. */
  readonly paths: string;
  readonly kinds: Uint8Array;
  readonly permissions: Uint16Array;
  readonly owners: readonly Owner[];
  /** Of each file: index of its owner. */
  readonly ownerOf: Uint32Array;
  readonly sizes: Float64Array;
  readonly mtimes: BigInt64Array;
  readonly deviceNumbers: Float64Array;
  /** Index into FOLDER_STATES. */
  readonly folders: Uint8Array;
  /** Per file two chains, of content and of attributes: how many blobs each has; 0: none. */
  readonly chainLengths: Uint8Array;
  readonly blobs: BlobTable;
};

/** Blobs of all chains, one after the other. */
type BlobTable = {
  /** 64 digits each. */
  readonly contents: string;
  readonly sizes: Float64Array;
  readonly parcelOf: Uint32Array;
  readonly members: Uint32Array;
  readonly parcels: readonly ParcelLocation[];
};

const CONTENT_DIGITS = 64;
const FOLDER_STATES: readonly FolderState[] = ["any", "new", "staged"];

export function packFiles(files: readonly FileToRestore[]): RestoreTable {
  const owners = new Numbering<Owner>();
  const blobs: BlobLocation[] = [];
  const columns = {
    kinds: new Uint8Array(files.length),
    permissions: new Uint16Array(files.length),
    ownerOf: new Uint32Array(files.length),
    sizes: new Float64Array(files.length),
    mtimes: new BigInt64Array(files.length),
    deviceNumbers: new Float64Array(files.length),
    folders: new Uint8Array(files.length),
    chainLengths: new Uint8Array(2 * files.length),
  };
  for (const [index, { version, content, attributes, folder }] of files.entries()) {
    columns.kinds[index] = KIND_CODES[version.kind];
    columns.permissions[index] = version.permissions;
    columns.ownerOf[index] = owners.of(ownerKey(version.owner), version.owner);
    columns.sizes[index] = version.sizeBytes;
    columns.mtimes[index] = version.mtimeNs;
    columns.deviceNumbers[index] = version.deviceNumber;
    columns.folders[index] = FOLDER_STATES.indexOf(folder);
    columns.chainLengths[2 * index] = content?.length ?? 0;
    columns.chainLengths[2 * index + 1] = attributes?.length ?? 0;
    if (content !== undefined) blobs.push(...content);
    if (attributes !== undefined) blobs.push(...attributes);
  }
  const paths = files.map(({ path }) => path).join("\0");
  return { paths, ...columns, owners: owners.values, blobs: packBlobs(blobs) };
}

export function* unpackFiles(table: RestoreTable): Generator<FileToRestore, void> {
  const blobs = unpackBlobs(table.blobs);
  for (const [index, path] of (table.paths.split("\0") as FilePath[]).entries()) {
    const content = takeChain(blobs, table.chainLengths[2 * index]);
    const attributes = takeChain(blobs, table.chainLengths[2 * index + 1]);
    const version = {
      kind: kindOfCode(table.kinds[index] ?? 0),
      permissions: table.permissions[index] ?? 0,
      owner: table.owners[table.ownerOf[index] ?? 0] as Owner,
      sizeBytes: table.sizes[index] ?? 0,
      mtimeNs: table.mtimes[index] ?? 0n,
      deviceNumber: table.deviceNumbers[index] ?? 0,
    };
    const folder = FOLDER_STATES[table.folders[index] ?? 0] ?? "any";
    yield { path, version, content, attributes, folder };
  }
}

function packBlobs(blobs: readonly BlobLocation[]): BlobTable {
  const parcels = new Numbering<ParcelLocation>();
  const sizes = new Float64Array(blobs.length);
  const parcelOf = new Uint32Array(blobs.length);
  const members = new Uint32Array(blobs.length);
  for (const [index, { sizeBytes, parcel, member }] of blobs.entries()) {
    sizes[index] = sizeBytes;
    parcelOf[index] = parcels.of(parcelKey(parcel), parcel);
    members[index] = member;
  }
  const contents = blobs.map(({ content }) => content).join("");
  return { contents, sizes, parcelOf, members, parcels: parcels.values };
}

function* unpackBlobs(table: BlobTable): Generator<BlobLocation, void> {
  for (const [index, member] of table.members.entries()) {
    const start = index * CONTENT_DIGITS;
    yield {
      content: table.contents.slice(start, start + CONTENT_DIGITS) as ContentId,
      sizeBytes: table.sizes[index] ?? 0,
      parcel: table.parcels[table.parcelOf[index] ?? 0] as ParcelLocation,
      member,
    };
  }
}

function takeChain(blobs: Generator<BlobLocation, void>, length = 0): DeltaChain | undefined {
  if (length === 0) return undefined;
  const chain: BlobLocation[] = [];
  while (chain.length < length) {
    const next = blobs.next();
    if (next.done === true) break;
    chain.push(next.value);
  }
  return chain;
}

/** Gives equal things one number. */
class Numbering<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<string, number>();

  of(key: string, value: T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.values.length);
    this.values.push(value);
    return this.values.length - 1;
  }
}

function ownerKey({ uid, gid, userName, groupName }: Owner): string {
  return `${uid}:${gid}:${userName}:${groupName}`;
}

function parcelKey({ pack, position }: ParcelLocation): string {
  return `${pack}@${position}`;
}
