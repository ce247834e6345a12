/**
 * Reads a repository by docs/format.md §1 and §2 and nothing of src/: proof that the document is
 * enough. Slow and simple: everything in memory. Form 3 of deltas is left out: no client makes it.
 */
import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, zstdDecompressSync } from "node:zlib";
import { IndependentCrypto } from "./independent-crypto.ts";

type Entry = { child: number | null; content: number | null; path: string };
type Content = { hash: Uint8Array; basis: number | null; member: number } & Place;
type Place = { pack: Uint8Array; position: number; length: number };

export class IndependentReader implements Disposable {
  readonly #folder: string;
  readonly #catalog: Database;
  readonly #crypto: IndependentCrypto | undefined;

  /** `password`: of an encrypted repository. */
  constructor(folder: string, password?: string) {
    this.#folder = folder;
    this.#crypto =
      password === undefined
        ? undefined
        : IndependentCrypto.open(readFileSync(join(folder, "tardis.keys"), "utf8"), password);
    this.#catalog = new Database(join(folder, "tardis.db"), { readonly: true, strict: true });
  }

  /** §2.2, of a set that is complete: paths, in latin1, with the row ids of contents. */
  entries(set: number): Map<string, number | null> {
    const roots = this.#catalog
      .query<{ path: Uint8Array }, [number]>("SELECT path FROM backup_root WHERE backup_set = ?")
      .all(set)
      .map(({ path }) => latin1(path));
    const found = new Map<string, number | null>();
    const places = [{ directory: 1, path: "" }];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      for (const { path, child, content } of this.#rows(set, place)) {
        const isHeld = roots.some((root) => isWithin(path, root) || isWithin(root, path));
        if (!isHeld) continue;
        found.set(this.#crypto?.path(path) ?? path, content);
        if (child !== null) places.push({ directory: child, path });
      }
    }
    return found;
  }

  /** §2.4 and §1: the content of that row id, checked. */
  content(row: number): Buffer {
    const about = this.#catalog
      .query<Content, [number]>(
        `SELECT c.hash, c.basis, c.member, k.name AS pack, p.position, p.length FROM content c
           JOIN parcel p ON p.id = c.parcel JOIN pack k ON k.id = p.pack WHERE c.id = ?`,
      )
      .get(row);
    if (about === null) throw new Error(`no content ${row}`);
    const basis = about.basis === null ? Buffer.alloc(0) : this.content(about.basis);
    const content = memberOf(this.#parcel(about), about.member, basis, this.#crypto);
    const id = this.#crypto?.idOf(content) ?? sha256(content);
    if (!Buffer.from(id).equals(about.hash)) throw new Error(`content ${row} is another`);
    return content;
  }

  /** §7.4 */
  commandLine(set: number): string {
    const row = this.#catalog
      .query<{ line: Uint8Array }, [number]>(
        "SELECT command_line AS line FROM backup_set WHERE id = ?",
      )
      .get(set);
    const line = row?.line ?? new Uint8Array(0);
    return latin1(this.#crypto?.box("command line", line) ?? line);
  }

  [Symbol.dispose](): void {
    this.#catalog.close();
  }

  #rows(set: number, { directory, path }: { directory: number; path: string }): Entry[] {
    return this.#catalog
      .query<Omit<Entry, "path"> & { bytes: Uint8Array }, [number, number, number]>(
        `SELECT n.bytes, v.child, v.content FROM version v JOIN name n ON n.id = v.name
          WHERE directory = ? AND first_set <= ? AND (last_set IS NULL OR last_set >= ?)`,
      )
      .all(directory, set, set)
      .map(({ bytes, child, content }) => ({ path: `${path}/${latin1(bytes)}`, child, content }));
  }

  #parcel({ pack, position, length }: Place): Buffer {
    const name = Buffer.from(pack).toString("hex");
    const bytes = readFileSync(join(this.#folder, "packs", name.slice(0, 2), `${name}.pack`));
    if (latin1(bytes.subarray(0, 8)) !== "TARDISPK") throw new Error("not a pack");
    return bytes.subarray(position, position + length);
  }
}

/** §1.1: member `index` of a parcel; `basis` is what it applies to, if it is a delta. */
function memberOf(
  parcel: Buffer,
  index: number,
  basis: Buffer,
  crypto: IndependentCrypto | undefined,
): Buffer {
  const bodyStart = 32 + parcel.readUInt32LE(4);
  const header = parcel.subarray(32, bodyStart);
  const stored = parcel.subarray(bodyStart);
  check(Buffer.concat([parcel.subarray(0, 16), header]), parcel.subarray(16, 32));
  checkBody(stored, header);
  if ((header[2] === 1) !== (crypto !== undefined)) throw new Error("of another cipher");
  const head = { header, bodyBytes: stored.length };
  const body = Buffer.from(crypto?.body(head, stored) ?? stored);
  const isDelta = header[1] === 2;
  const reader = new Reader(header, crypto === undefined ? 20 : 68);
  let start = 0;
  for (let left = reader.varint(), number = 0; left > 0; left -= 1, number += 1) {
    reader.bytes(32);
    const size = reader.varint();
    if (isDelta) reader.bytes(32);
    const length = isDelta ? reader.varint() : size;
    if (number === index) {
      return isDelta
        ? patched(body.subarray(start, start + length), basis, size)
        : solid(body, 2 ** (header[3] ?? 0)).subarray(start, start + size);
    }
    start += length;
  }
  throw new Error(`no member ${index}`);
}

/** §1.2: all plaintexts. */
function solid(body: Buffer, segmentBytes: number): Buffer {
  const segments: Buffer[] = [];
  for (const reader = new Reader(body, 0); reader.position < body.length;) {
    const word = reader.bytes(4).readUInt32LE();
    const stored = reader.bytes(word & 0x7fffffff);
    const segment = word >>> 31 === 1 ? stored : zstdDecompressSync(stored);
    if (segment.length > segmentBytes) throw new Error("a segment is too long");
    segments.push(segment);
  }
  return Buffer.concat(segments);
}

/** §1.3, forms 1 and 2. */
function patched(delta: Buffer, basis: Buffer, size: number): Buffer {
  if (delta[0] === 1) return withDictionary(delta.subarray(1), [basis]);
  const reader = new Reader(delta, 1);
  const pieces: Buffer[] = [];
  let cursor = 0;
  for (let made = 0; made < size;) {
    const operations = new Reader(reader.bytes(reader.varint()), 0);
    const ranges: Buffer[] = [];
    const steps: (Buffer | number)[] = []; // a copy, or the length of a literal
    while (!operations.isAtEnd) {
      const word = operations.varint();
      const length = Math.floor(word / 2);
      if (word % 2 === 1) cursor += unzigzag(operations.varint());
      const range = basis.subarray(cursor, cursor + length);
      cursor += length;
      made += length;
      if (word % 2 === 0) ranges.push(range);
      steps.push(word % 2 === 1 ? range : length);
    }
    const stored = reader.bytes(reader.varint());
    const literals = new Reader(stored.length > 0 ? withDictionary(stored, ranges) : stored, 0);
    for (const step of steps) pieces.push(typeof step === "number" ? literals.bytes(step) : step);
  }
  return Buffer.concat(pieces);
}

function withDictionary(frame: Buffer, parts: readonly Buffer[]): Buffer {
  return zstdDecompressSync(frame, { dictionary: Buffer.concat([Buffer.alloc(1), ...parts]) });
}

class Reader {
  readonly #bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  bytes(length: number): Buffer {
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes.readUInt8(this.position);
      this.position += 1;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  }
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** §1.1, and §7.3 of what is encrypted. */
function checkBody(stored: Buffer, header: Buffer): void {
  if (header[0] === 1 && header[2] === 0) check(stored, header.subarray(4, 20));
  else if (crc32(stored) !== header.readUInt32LE(4)) throw new Error("a sum is wrong");
}

function check(bytes: Buffer, sum: Buffer): void {
  if (!sha256(bytes).subarray(0, 16).equals(sum)) throw new Error("a sum is wrong");
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
