/**
 * `sqlite`: one database file as a mail or chat program keeps it, then four rounds in each of which
 * 1 % of its rows, chosen at random, are updated in place (plain UPDATE, no vacuum). One file is
 * kept per state.
 */

import { Database } from "bun:sqlite";
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Folders, Scale } from "../folders.ts";
import { ensureDataset } from "./dataset.ts";
import { integerBetween, proseWriter, seededRandom, type Random } from "./random.ts";

const SIZE_BYTES = { full: 100_000_000, quick: 5_000_000 } as const;
const ROUNDS = 4;
const CHANGED_SHARE = 0.01;
const ROWS_PER_TRANSACTION = 5_000;
const BODY_CHARACTERS_MIN = 60;
const BODY_CHARACTERS_MAX = 700;
const SENT_FROM_MS = Date.UTC(2020, 0, 1);
const SEED = 2;

const SCHEMA = `
  CREATE TABLE message (
    id       INTEGER PRIMARY KEY,
    sender   TEXT NOT NULL,
    sent_ms  INTEGER NOT NULL,
    subject  TEXT NOT NULL,
    body     TEXT NOT NULL,
    is_read  INTEGER NOT NULL,
    score    REAL NOT NULL
  );
  CREATE INDEX message_by_sender ON message (sender, sent_ms);
`;

/** The states of the file, the one before any change first. */
export async function ensureSqliteStates(
  folders: Folders,
  scale: Scale,
): Promise<readonly string[]> {
  const folder = await ensureDataset(join(folders.data, "sqlite"), (unfinished) =>
    makeStates(unfinished, scale),
  );
  return Array.from({ length: ROUNDS + 1 }, (_, round) => statePath(folder, round));
}

async function makeStates(folder: string, scale: Scale): Promise<void> {
  mkdirSync(folder, { recursive: true });
  fill(statePath(folder, 0), SIZE_BYTES[scale]);
  for (let round = 1; round <= ROUNDS; round += 1) {
    copyFileSync(statePath(folder, round - 1), statePath(folder, round));
    change(statePath(folder, round), round);
  }
}

function statePath(folder: string, round: number): string {
  return join(folder, `round-${round}.sqlite`);
}

function fill(path: string, sizeBytes: number): void {
  const random = seededRandom(SEED);
  const prose = proseWriter(random);
  const senders = Array.from(
    { length: 400 },
    () => `${prose(8).replaceAll(/\W/g, "")}@example.org`,
  );
  using database = openForBulk(path);
  database.run(SCHEMA);
  using insert = database.prepare(
    `INSERT INTO message (sender, sent_ms, subject, body, is_read, score)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  let sentMs = SENT_FROM_MS;
  const insertSome = database.transaction(() => {
    for (let count = 0; count < ROWS_PER_TRANSACTION; count += 1) {
      sentMs += integerBetween(random, 1, 600_000);
      const sender = senders[Math.floor(senders.length * random() ** 2)] ?? "";
      const subject = prose(integerBetween(random, 15, 60));
      insert.run(sender, sentMs, subject, body(random, prose), random() < 0.8 ? 1 : 0, random());
    }
  });
  while (statSync(path).size < sizeBytes) insertSome();
}

function change(path: string, round: number): void {
  const random = seededRandom(SEED + round);
  const prose = proseWriter(random);
  using database = openForBulk(path);
  using counting = database.prepare<{ rows: number }, []>("SELECT count(*) AS rows FROM message");
  using update = database.prepare(
    "UPDATE message SET body = ?, is_read = 1 - is_read, score = ? WHERE id = ?",
  );
  const rows = counting.get()?.rows ?? 0;
  const chosen = new Set<number>();
  while (chosen.size < Math.round(rows * CHANGED_SHARE))
    chosen.add(integerBetween(random, 1, rows));
  database.transaction(() => {
    for (const id of chosen) update.run(body(random, prose), random(), id);
  })();
}

function body(random: Random, prose: (characters: number) => string): string {
  return prose(integerBetween(random, BODY_CHARACTERS_MIN, BODY_CHARACTERS_MAX));
}

/** Without the waits for the disk: a database that a crash spoils is simply made again. */
function openForBulk(path: string): Database {
  const database = new Database(path, { create: true });
  database.run("PRAGMA page_size = 4096");
  database.run("PRAGMA journal_mode = MEMORY");
  database.run("PRAGMA synchronous = OFF");
  return database;
}
