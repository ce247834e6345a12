/**
 * What a record of the journal holds: some of the rows that one run changed. docs/format.md §3.1.
 *
 *     version   u8   1
 *     place     u8   1 the first of its run, 2 the last, 3 both, 0 neither
 *     size      u32  bytes of what follows, decompressed
 *     rows      one zstd frame of MessagePack: an array of [table, columns]; a column is the array
 *               of its cells; a number is told as its difference from the number before it
 *
 * Memory is bounded by a batch of rows, whatever a run has changed.
 */
import { Unpackr } from "msgpackr";
import type { Catalog } from "../catalog/catalog.ts";
import { type ChangedRows, type RowBatch, cellAt } from "../catalog/journal-rows.ts";
import type { Cell } from "../catalog/journal-tables.ts";
import { RepositoryCorrupt, RepositoryTooNew } from "../core/errors.ts";
import { compress, decompress } from "../format/compress.ts";
import { MessageWriter } from "../format/message-writer.ts";
import { GarbageSchedule } from "./garbage.ts";
import type { JournalFile, JournalMark } from "../store/journal-file.ts";

const RECORD_VERSION = 1;
const PLACE_FIRST = 1;
const PLACE_LAST = 2;
const HEADER_BYTES = 6;
const LEVEL = 3;
/** Rows after which a record is closed. Batches are not cut. */
const ROWS_PER_RECORD = 8192;
/** What a record may make a reader allocate. */
const RECORD_BYTES_MAX = 256 * 1024 * 1024;

/** Records between two collections of garbage: the rows of one take many times its bytes. */
const GARBAGE_RECORDS = 4;

/** What is used of a journal; a memory twin serves tests. */
export type Journal = Pick<JournalFile, "path" | "append" | "sync" | "endMark" | "records">;

const unpackr = new Unpackr({ useRecords: false, int64AsType: "number" });

/** Durably appends what the journal lacks. The catalog's changes must be durable before. */
export async function catchUp(catalog: Catalog, journal: Journal): Promise<void> {
  if (!catalog.journal.isBehind()) return;
  const garbage = new GarbageSchedule(GARBAGE_RECORDS, "young");
  for (const record of encodeRun(catalog.journal.changes())) {
    journal.append(record);
    garbage.handled(1);
  }
  await journal.sync();
  catalog.transaction(() => {
    catalog.journal.markWritten();
    rememberEnd(catalog, journal.endMark);
  });
}

/** Where the journal was whole up to when the catalog was last brought in line with it. */
export function rememberedEnd(catalog: Catalog): JournalMark | undefined {
  const [lengthBytes, sum] = catalog.settings.get("local.journal-end")?.split(" ") ?? [];
  if (lengthBytes === undefined || sum === undefined) return undefined;
  return { lengthBytes: Number(lengthBytes), sum };
}

export function rememberEnd(catalog: Catalog, { lengthBytes, sum }: JournalMark): void {
  catalog.settings.setLocal("local.journal-end", `${lengthBytes} ${sum}`);
}

/** Records of one run, in order. */
export function* encodeRun(changes: Iterable<ChangedRows>): Generator<Uint8Array> {
  const writer = new MessageWriter();
  let place = PLACE_FIRST;
  let batches: ChangedRows[] = [];
  let rowCount = 0;
  for (const batch of changes) {
    if (rowCount >= ROWS_PER_RECORD) {
      yield encodeRecord(place, batches, writer);
      place = 0;
      batches = [];
      rowCount = 0;
    }
    batches.push(batch);
    rowCount += batch.rows.length;
  }
  yield encodeRecord(place | PLACE_LAST, batches, writer);
}

/**
 * Brings `catalog` to where the records lead, one transaction a run; a run that is not whole is
 * left out. Throws RepositoryCorrupt, naming `path`, on a record that makes no sense.
 */
export function replay(catalog: Catalog, records: Iterable<Uint8Array>, path: string): void {
  let run: "open" | "none" = "none";
  try {
    for (const record of records) {
      const { place, batches } = decodeRecord(record, path);
      const isFirst = (place & PLACE_FIRST) !== 0;
      if (isFirst && run === "open") catalog.rollback();
      if (isFirst) catalog.begin();
      else if (run === "none") throw new RepositoryCorrupt(path, "a run has no first record");
      run = "open";
      for (const batch of batches) applyBatch(catalog, batch, path);
      if ((place & PLACE_LAST) === 0) continue;
      catalog.commit();
      run = "none";
    }
  } finally {
    if (run === "open") catalog.rollback();
  }
}

function applyBatch(catalog: Catalog, batch: RowBatch, path: string): void {
  try {
    catalog.journal.apply(batch);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RepositoryCorrupt(path, cause.message, cause);
  }
}

/** `writer` is used for its rows, and holds nothing of worth afterwards. */
function encodeRecord(
  place: number,
  batches: readonly ChangedRows[],
  writer: MessageWriter,
): Uint8Array {
  writer.clear();
  writer.array(batches.length);
  for (const { table, cellCount, rows } of batches) {
    writer.array(2);
    writer.text(table);
    writer.array(cellCount);
    for (let column = 0; column < cellCount; column += 1) writeColumn(writer, rows, column);
  }
  const plain = writer.written;
  const frame = compress(plain, LEVEL);
  const record = new Uint8Array(HEADER_BYTES + frame.length);
  record[0] = RECORD_VERSION;
  record[1] = place;
  new DataView(record.buffer).setUint32(2, plain.length, true);
  record.set(frame, HEADER_BYTES);
  return record;
}

function decodeRecord(
  record: Uint8Array,
  path: string,
): { readonly place: number; readonly batches: readonly RowBatch[] } {
  const [version = 0, place = 0] = record;
  if (version > RECORD_VERSION) throw new RepositoryTooNew(path, version, RECORD_VERSION);
  try {
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
    const sizeBytes = view.getUint32(2, true);
    if (sizeBytes > RECORD_BYTES_MAX) throw new RangeError(`a record of ${sizeBytes} bytes`);
    const batches: unknown = unpackr.unpack(decompress(record.subarray(HEADER_BYTES), sizeBytes));
    if (!Array.isArray(batches)) throw new RangeError("a record without rows");
    return { place, batches: batches.map(batchOf) };
  } catch (cause) {
    throw new RepositoryCorrupt(path, "a record cannot be read", cause);
  }
}

function batchOf(batch: unknown): RowBatch {
  if (!Array.isArray(batch) || typeof batch[0] !== "string" || !Array.isArray(batch[1])) {
    throw new RangeError("rows without a table");
  }
  return { table: batch[0], columns: batch[1].map(sums) };
}

/** Neighbours resemble each other: what is left of them compresses well. */
function writeColumn(
  writer: MessageWriter,
  rows: readonly (readonly Cell[])[],
  column: number,
): void {
  let previous = 0;
  writer.array(rows.length);
  for (const row of rows) {
    const cell = cellAt(row, column);
    if (typeof cell === "number") {
      writer.number(cell - previous);
      previous = cell;
    } else if (cell === null) writer.nothing();
    else if (typeof cell === "string") writer.text(cell);
    else writer.bytes(cell);
  }
}

function sums(cells: unknown): Cell[] {
  if (!Array.isArray(cells)) throw new RangeError("a column without cells");
  let previous = 0;
  return cells.map((cell: unknown) => {
    if (typeof cell === "number") return (previous += cell);
    if (cell === null || typeof cell === "string" || cell instanceof Uint8Array) return cell;
    throw new RangeError("a cell of an unknown kind");
  });
}
