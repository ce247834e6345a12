/**
 * Dates as people say them: "3 days ago", "yesterday 14:00", "last friday", "03/15/2014", ISO, and
 * ranges A:B. The library that understands them is loaded only when there is a date to understand.
 * What is said without a year, a day or a date at all is the latest such time, since backups lie in
 * the past.
 */
import type { ParsedComponents } from "chrono-node";
import { UsageError } from "../core/errors.ts";
import { humanTime } from "./human.ts";

/** What was said: a whole day, or a moment, which begins and ends at once. Milliseconds. */
export type When = {
  readonly said: string;
  readonly startMs: number;
  readonly endMs: number;
};

/** undefined: open at that end. Both ends are in it. */
export type TimeRange = { readonly fromMs: number | undefined; readonly toMs: number | undefined };

const DATE_FORMS =
  'Dates can be written as "3 days ago", "yesterday 14:00", "last friday", 03/15/2014, ' +
  "2014-03-15, or 2014-03-15T10:30:00Z.";
const RANGE_FORMS =
  "Ranges are two dates with a colon between them, of which one may be missing: " +
  '"monday:yesterday", "2014-03-15:", ":3 days ago"; or one day.';

/** Day, time and zone. */
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ]([\d:]{5,8}(?:[.,]\d{1,9})?) *(Z|[+-]\d\d:?\d\d)?)?$/i;
/** Said without an hour, these still mean the moment that long ago. */
const SPAN = /\b(?:ago|before|last (?:week|month|year))\b/i;
const WEEK_DAYS = 7;
const OPEN = { startMs: undefined, endMs: undefined };

/** The time that `text` says, seen from `nowMs`. Throws UsageError. */
export async function parseWhen(text: string, nowMs: number): Promise<When> {
  const when = await understood(text, nowMs);
  if (when !== undefined) return when;
  throw new UsageError(`the date "${text}" is not understood`, DATE_FORMS);
}

/** A:B, A:, :B, or one day. Throws UsageError. */
export async function parseTimeRange(text: string, nowMs: number): Promise<TimeRange> {
  const readings = (await Promise.all(splits(text).map((ends) => rangeOf(ends, nowMs)))).filter(
    (reading) => reading !== undefined,
  );
  if (readings.length > 1)
    throw new UsageError(
      `the range "${text}" can be read in more than one way`,
      "Write both dates in full: 2014-03-15T10:00:2014-03-16T10:00.",
    );
  const range = readings[0] ?? (await wholeDay(text, nowMs));
  if (range === undefined)
    throw new UsageError(
      `the range of dates "${text}" is not understood`,
      `${RANGE_FORMS} ${DATE_FORMS}`,
    );
  if ((range.fromMs ?? -Infinity) > (range.toMs ?? Infinity))
    throw new UsageError(
      `the range "${text}" ends before it begins: it is taken ${describeRange(range)}`,
      "Write the earlier date first.",
    );
  return range;
}

/** For -v: what a range was taken for. */
export function describeRange({ fromMs, toMs }: TimeRange): string {
  const from = fromMs === undefined ? "the first set" : humanTime(fromMs);
  const to = toMs === undefined ? "the newest set" : humanTime(toMs);
  return `from ${from} to ${to}`;
}

/** At each colon, also at those within times: which of them is meant is seen by what is a date. */
function splits(text: string): readonly (readonly [string, string])[] {
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index);
  return colons.map((index) => [text.slice(0, index).trim(), text.slice(index + 1).trim()]);
}

/** undefined: an end is no date. */
async function rangeOf(
  [from, to]: readonly [string, string],
  nowMs: number,
): Promise<TimeRange | undefined> {
  const start = from === "" ? OPEN : await understood(from, nowMs);
  const end = to === "" ? OPEN : await understood(to, nowMs);
  return start && end && { fromMs: start.startMs, toMs: end.endMs };
}

async function wholeDay(text: string, nowMs: number): Promise<TimeRange | undefined> {
  const when = await understood(text, nowMs);
  if (when === undefined || when.startMs === when.endMs) return undefined;
  return { fromMs: when.startMs, toMs: when.endMs };
}

async function understood(text: string, nowMs: number): Promise<When | undefined> {
  const said = text.trim();
  const iso = ISO.exec(said);
  if (iso !== null) return ofIso(said, iso);
  const chrono = await import("chrono-node/en");
  const [found, another] = chrono.parse(said, new Date(nowMs));
  if (found === undefined || another !== undefined || (found.end ?? undefined) !== undefined)
    return undefined;
  if (found.text.length !== said.length) return undefined;
  const time = inThePast(found.start, nowMs);
  const isMoment = found.start.isCertain("hour") || SPAN.test(said);
  return isMoment ? moment(said, time.getTime()) : day(said, time);
}

/** undefined: there is no such day or hour. */
function ofIso(said: string, [, date = "", time, zone = ""]: RegExpExecArray): When | undefined {
  const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const clock = (time ?? "00:00").replace(",", ".");
  // Rolled over to another day, or not at all: there is no such day.
  const inUtc = new Date(`${date}T${clock}Z`);
  if (Number.isNaN(inUtc.getTime()) || !inUtc.toISOString().startsWith(date)) return undefined;
  const local = new Date(`${date}T${clock}${colon.toUpperCase()}`);
  return time === undefined ? day(said, local) : moment(said, local.getTime());
}

/** What the library guesses to come next is rather what was last. */
function inThePast(components: ParsedComponents, nowMs: number): Date {
  const time = components.date();
  if (time.getTime() <= nowMs) return time;
  if (components.isCertain("day") && components.isCertain("month")) {
    if (!components.isCertain("year")) time.setFullYear(time.getFullYear() - 1);
  } else if (components.isCertain("weekday")) time.setDate(time.getDate() - WEEK_DAYS);
  else if (components.isCertain("hour")) time.setDate(time.getDate() - 1);
  return time;
}

function moment(said: string, timeMs: number): When {
  return { said, startMs: timeMs, endMs: timeMs };
}

function day(said: string, time: Date): When {
  const start = new Date(time.getFullYear(), time.getMonth(), time.getDate());
  const next = new Date(time.getFullYear(), time.getMonth(), time.getDate() + 1);
  return { said, startMs: start.getTime(), endMs: next.getTime() - 1 };
}
