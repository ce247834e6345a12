/** Statements on pack, parcel and content: what is stored, and where. */
import { type ContentId, type PackName, contentIdOfBytes, packName } from "../core/ids.ts";
import { CHAIN_LENGTH_MAX, OWN_PACK_BYTES } from "../core/limits.ts";
import type { BlobLocation, DeltaChain, ParcelMember } from "../core/repository.ts";
import { RecentMap } from "../core/recent-map.ts";
import { ContentFilter } from "./content-filter.ts";
import type { Pending } from "./pending.ts";
import type { Query, Sql } from "./sql.ts";

/** A stored content: its row, and the deltas down to its full blob. */
export type StoredContent = { readonly row: number; readonly chainLength: number };

export type StoredParcel = {
  readonly pack: PackName;
  readonly position: number;
  readonly lengthBytes: number;
  readonly members: readonly ParcelMember[];
};

/** Hex digits of a content id that make the number it is searched by: 6 bytes. */
const PREFIX_DIGITS = 12;
const DIGIT_0 = 0x30;
const LETTER_A = 0x61;
/** Contents stored lately: most are named by a version soon after. */
const RECENT_MAX = 4096;

/** Searches in vain, as a part of all contents, after which a filter is worth its making. */
const VAIN_PART = 1 / 20;
/** Rows read at once to make a filter. */
const FILTER_PAGE = 10_000;

type LinkRow = [
  hash: Uint8Array,
  size: number,
  pack: number,
  position: number,
  length: number,
  member: number,
  basis: number | null,
];

export class Contents {
  readonly #pending: Pending;
  readonly #recent = new RecentMap<ContentId, StoredContent>(RECENT_MAX);
  readonly #packRows = new Map<PackName, number>();
  readonly #packNames = new Map<number, PackName>();
  readonly #find: Query<[number, number]>;
  readonly #link: Query<LinkRow>;
  readonly #firstLink: Query<LinkRow>;
  readonly #packName: Query<[Uint8Array]>;
  readonly #hash: Query<[Uint8Array]>;
  readonly #chainLength: Query<[number]>;
  readonly #ofSize: Query<[number]>;
  readonly #insert: Query<[]>;
  readonly #replace: Query<[]>;
  readonly #insertParcel: Query<[]>;
  readonly #insertPack: Query<[]>;
  readonly #findPack: Query<[number]>;
  readonly #lastRow: Query<[number]>;
  readonly #prefixes: Query<[number, number]>;
  #filter: ContentFilter | undefined;
  #filtered = 0;
  #vainSearches = 0;

  constructor(sql: Sql, pending: Pending) {
    this.#pending = pending;
    this.#find = sql.prepare(
      "SELECT id, chain_length FROM content WHERE prefix = ?1 AND hash = ?2",
    );
    const link = `SELECT c.hash, c.size, p.pack, p.position, p.length, c.member, c.basis
                    FROM content c CROSS JOIN parcel p ON p.id = c.parcel`;
    this.#link = sql.prepare(`${link} WHERE c.id = ?1`);
    this.#firstLink = sql.prepare(`${link} WHERE c.prefix = ?1 AND c.hash = ?2`);
    this.#packName = sql.prepare("SELECT name FROM pack WHERE id = ?1");
    this.#hash = sql.prepare("SELECT hash FROM content WHERE id = ?1");
    this.#chainLength = sql.prepare("SELECT chain_length FROM content WHERE id = ?1");
    this.#ofSize = sql.prepare(
      `SELECT id FROM content WHERE size = ?1 AND size >= ${OWN_PACK_BYTES} LIMIT 1`,
    );
    this.#insert = sql.prepare(
      `INSERT INTO content (prefix, hash, size, parcel, member, basis, chain_length)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
    );
    this.#replace = sql.prepare(
      `UPDATE content SET parcel = ?2, member = ?3, basis = NULL, chain_length = 0 WHERE id = ?1`,
    );
    this.#insertParcel = sql.prepare(
      "INSERT INTO parcel (pack, position, length) VALUES (?1, ?2, ?3)",
    );
    this.#insertPack = sql.prepare("INSERT INTO pack (name) VALUES (?1)");
    this.#findPack = sql.prepare("SELECT id FROM pack WHERE name = ?1");
    this.#lastRow = sql.prepare("SELECT coalesce(max(id), 0) FROM content");
    this.#prefixes = sql.prepare(
      `SELECT id, prefix FROM content WHERE id > ?1 ORDER BY id LIMIT ${FILTER_PAGE}`,
    );
  }

  find(content: ContentId): StoredContent | undefined {
    return this.#recent.get(content) ?? this.#seek(content, prefixOf(content));
  }

  #seek(content: ContentId, prefix: number): StoredContent | undefined {
    if (this.#filter?.mayHave(prefix) === false) return undefined;
    const row = this.#find.first(prefix, Uint8Array.fromHex(content));
    if (row !== undefined) {
      // Most are asked for twice: whether they are stored, and by the row that names them.
      const found = { row: row[0], chainLength: row[1] };
      this.#recent.set(content, found);
      return found;
    }
    this.#countVainSearch();
    return undefined;
  }

  idOf(row: number): ContentId {
    const found = this.#hash.first(row);
    if (found === undefined) throw new Error(`no content ${row}`);
    return contentIdOfBytes(found[0]);
  }

  chainLength(row: number): number {
    const found = this.#chainLength.first(row);
    if (found === undefined) throw new Error(`no content ${row}`);
    return found[0];
  }

  isEmpty(): boolean {
    return this.#lastRow.first()?.[0] === 0;
  }

  /** Whether some content has this size, which is at least OWN_PACK_BYTES. */
  hasSize(sizeBytes: number): boolean {
    return this.#ofSize.first(sizeBytes) !== undefined;
  }

  /** Newest first, down to the full blob. */
  chain(row: number): DeltaChain {
    const first = this.#link.first(row);
    if (first === undefined) throw new Error(`no content ${row}`);
    return this.#chainFrom(first);
  }

  /** The same of a content by its id; undefined: it is not stored. */
  chainOf(content: ContentId): DeltaChain | undefined {
    const first = this.#firstLink.first(prefixOf(content), Uint8Array.fromHex(content));
    return first && this.#chainFrom(first);
  }

  hasPack(name: PackName): boolean {
    return this.#packRows.has(name) || this.#findPack.first(Uint8Array.fromHex(name)) !== undefined;
  }

  /**
   * Members that are stored already stay where they are; but one stored as a delta moves to a full
   * blob here.
   */
  add({ pack, position, lengthBytes, members }: StoredParcel): void {
    let parcel: number | undefined;
    for (const [index, member] of members.entries()) {
      const { content } = member;
      const prefix = prefixOf(content);
      const known = this.#recent.get(content) ?? this.#seek(content, prefix);
      if (known !== undefined && !isBetter(member, known)) continue;
      parcel ??= this.#insertParcel.insert(this.#packRow(pack), position, lengthBytes);
      if (known === undefined) this.#addMember(member, prefix, { parcel, index });
      else this.#moveMember(member, known.row, parcel, index);
    }
  }

  /** Whether add() would store anything of it. */
  wants(member: ParcelMember): boolean {
    const known = this.find(member.content);
    return known === undefined || isBetter(member, known);
  }

  /** After a rollback: what was found may be gone. */
  forget(): void {
    this.#recent.clear();
    this.#packRows.clear();
    this.#packNames.clear();
  }

  #chainFrom(first: LinkRow): DeltaChain {
    const links: BlobLocation[] = [];
    for (let link = first; ;) {
      const [hash, sizeBytes, pack, position, length, member, basis] = link;
      links.push({
        content: contentIdOfBytes(hash),
        sizeBytes,
        parcel: { pack: this.#packNameOf(pack), position, length },
        member,
      });
      if (basis === null) return links;
      const next = this.#link.first(basis);
      if (next === undefined) throw new Error(`no content ${basis}`);
      if (links.length > CHAIN_LENGTH_MAX)
        throw new Error(`the chain of ${hash.toHex()} has no end`);
      link = next;
    }
  }

  #packNameOf(row: number): PackName {
    const known = this.#packNames.get(row);
    if (known !== undefined) return known;
    const found = this.#packName.first(row);
    if (found === undefined) throw new Error(`no pack ${row}`);
    const name = packName(found[0].toHex());
    if (this.#packNames.size >= RECENT_MAX) this.#packNames.clear();
    this.#packNames.set(row, name);
    return name;
  }

  #addMember(
    member: ParcelMember,
    prefix: number,
    { parcel, index }: { readonly parcel: number; readonly index: number },
  ): void {
    const basis = member.basis === undefined ? undefined : this.find(member.basis);
    if (member.basis !== undefined && basis === undefined) {
      throw new Error(`the basis of a delta is stored before it: ${member.basis}`);
    }
    const chainLength = basis === undefined ? 0 : basis.chainLength + 1;
    const row = this.#insert.insert(
      prefix,
      Uint8Array.fromHex(member.content),
      member.sizeBytes,
      parcel,
      index,
      basis?.row ?? null,
      chainLength,
    );
    this.#recent.set(member.content, { row, chainLength });
    this.#addToFilter(prefix);
  }

  /** Makes a filter once more was sought in vain than making it costs. */
  #countVainSearch(): void {
    this.#vainSearches += 1;
    if (this.#filter !== undefined) return;
    const [rows] = this.#lastRow.first() ?? [0];
    if (this.#vainSearches > rows * VAIN_PART) this.#makeFilter(rows);
  }

  #makeFilter(rows: number): void {
    const filter = new ContentFilter(2 * rows);
    this.#filtered = 0;
    for (let last = 0; ;) {
      const page = this.#prefixes.all(last);
      for (const [row, prefix] of page) {
        filter.add(prefix);
        last = row;
      }
      this.#filtered += page.length;
      if (page.length < FILTER_PAGE) break;
    }
    this.#filter = filter;
  }

  #addToFilter(prefix: number): void {
    if (this.#filter === undefined) return;
    this.#filter.add(prefix);
    this.#filtered += 1;
    if (this.#filtered > this.#filter.capacity) this.#makeFilter(this.#filtered);
  }

  #moveMember(member: ParcelMember, row: number, parcel: number, index: number): void {
    this.#replace.run(row, parcel, index);
    this.#pending.add("content", row);
    this.#recent.set(member.content, { row, chainLength: 0 });
  }

  #packRow(name: PackName): number {
    const known = this.#packRows.get(name);
    if (known !== undefined) return known;
    const bytes = Uint8Array.fromHex(name);
    const row = this.#findPack.first(bytes)?.[0] ?? this.#insertPack.insert(bytes);
    if (this.#packRows.size >= RECENT_MAX) this.#packRows.clear();
    this.#packRows.set(name, row);
    return row;
  }
}

/** A full blob is better than a delta. */
function isBetter(member: ParcelMember, known: StoredContent): boolean {
  return member.basis === undefined && known.chainLength > 0;
}

/** By arithmetic: it is asked several times for each content, and parsing would make strings. */
function prefixOf(content: ContentId): number {
  let prefix = 0;
  for (let index = 0; index < PREFIX_DIGITS; index += 1) {
    const code = content.charCodeAt(index);
    prefix = prefix * 16 + (code < LETTER_A ? code - DIGIT_0 : code - LETTER_A + 10);
  }
  return prefix;
}
