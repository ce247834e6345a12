/** Numbers, sizes, times and tables for people. Pure. */

const SIZE_UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
const KIB = 1024;
const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;

/** 1536 → "1.5 KiB". */
export function humanSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1024 is shown as one of the next unit.
  while (value >= KIB - 0.5 && unit < SIZE_UNITS.length - 1) {
    value /= KIB;
    unit += 1;
  }
  if (unit === 0) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${SIZE_UNITS[unit]}`;
}

/** 66000 → "66,000". */
export function humanCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** humanCount and the noun: "1 file", "2 files"; `plural` where it is not noun + s. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${humanCount(count)} ${count === 1 ? noun : plural}`;
}

/** 480 → "0.5 s", 83000 → "1:23 min", 3723000 → "1:02:03 h". */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / SECOND_MS);
  if (seconds < MINUTE_S) return `${(milliseconds / SECOND_MS).toFixed(1)} s`;
  const pad = (number: number) => String(number).padStart(2, "0");
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
  const rest = pad(seconds % MINUTE_S);
  if (seconds < HOUR_S) return `${minutes}:${rest} min`;
  return `${Math.floor(seconds / HOUR_S)}:${pad(minutes)}:${rest} h`;
}

/** "2026-11-23 14:30:05", in the time zone of the process. */
export function humanTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const pad = (number: number) => String(number).padStart(2, "0");
  const day = `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
  return `${day} ${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
}

export type Column = { readonly title: string; readonly align: "left" | "right" };

/** Lines without spaces at their ends; columns are two spaces apart. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const titles = columns.map(({ title }) => title);
  const lines = titles.some((title) => title !== "") ? [titles, ...rows] : rows;
  const widths = columns.map((_, index) =>
    Math.max(0, ...lines.map((line) => Bun.stringWidth(line[index] ?? ""))),
  );
  return lines.map((line) => {
    const cells = columns.map(({ align }, index) => {
      const cell = line[index] ?? "";
      const space = " ".repeat((widths[index] ?? 0) - Bun.stringWidth(cell));
      return align === "left" ? cell + space : space + cell;
    });
    return cells.join("  ").trimEnd();
  });
}

/** `text` in at most `width` columns; the beginning of a longer one gives way to "…". */
export function shortened(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  if (width < 1) return "";
  const characters = Array.from(text);
  let kept = "";
  for (let index = characters.length - 1; index >= 0; index -= 1) {
    const longer = `${characters[index] as string}${kept}`;
    if (Bun.stringWidth(longer) > width - 1) break;
    kept = longer;
  }
  return `…${kept}`;
}
