/** A LocalRepository on memory: catalog, packs and journal, which tests can look into. */
import { Catalog } from "../../src/catalog/catalog.ts";
import { LocalRepository } from "../../src/engine/local-repository.ts";
import type { IngestTarget } from "../../src/engine/ingest.ts";
import { type Journal, replay } from "../../src/engine/journal-records.ts";
import { MemoryPacks } from "../../src/store/memory-packs.ts";

/** 2023-11-14 22:13:20 UTC. */
export const FIRST_RUN_MS = 1_700_000_000_000;

class MemoryJournal implements Journal {
  readonly path = "tardis.journal";
  readonly #records: Uint8Array[] = [];

  get lengthBytes(): number {
    return this.#records.reduce((sum, record) => sum + record.length, 0);
  }

  get endMark(): { lengthBytes: number; sum: string } {
    return { lengthBytes: this.lengthBytes, sum: String(this.#records.length) };
  }

  append(record: Uint8Array): void {
    this.#records.push(record);
  }

  async sync(): Promise<void> {}

  *records(): Generator<Uint8Array> {
    yield* this.#records;
  }
}

export class MemoryRepository implements AsyncDisposable {
  readonly catalog = Catalog.create(":memory:");
  readonly packs = new MemoryPacks();
  readonly journal = new MemoryJournal();
  readonly notices: string[] = [];
  readonly target: IngestTarget;
  readonly repository: LocalRepository;
  #nowMs = FIRST_RUN_MS;

  constructor() {
    const { catalog, packs, journal } = this;
    this.target = {
      catalog,
      packs,
      journal,
      now: () => (this.#nowMs += 1000),
      notice: (text) => this.notices.push(text),
      heartbeat() {},
    };
    this.repository = new LocalRepository({
      name: "memory",
      catalog,
      packs,
      writing: this.target,
      close: async () => catalog[Symbol.dispose](),
    });
  }

  passTime(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }

  /** A catalog made from the journal alone. */
  replayed(): Catalog {
    const catalog = Catalog.create(":memory:");
    replay(catalog, this.journal.records(), this.journal.path);
    return catalog;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.repository[Symbol.asyncDispose]();
  }
}

/** Every row that the journal carries, as text. */
export function rowsOf(catalog: Catalog): string[] {
  catalog.journal.markNothingWritten();
  const lines: string[] = [];
  for (const { table, rows } of catalog.journal.changes()) {
    for (const row of rows) lines.push(`${table}: ${row.map(String).join(" ")}`);
  }
  return lines.toSorted();
}
