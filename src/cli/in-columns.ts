/** Texts side by side, in as many columns as fit: down the first, then down the next. Pure. */

const SPACE = 2;

/** `width`: of the terminal; undefined: a line each. Colours take no room. */
export function inColumns(
  texts: readonly string[],
  width: number | undefined,
  indent: string,
): readonly string[] {
  if (width === undefined || texts.length < 2) return texts.map((text) => indent + text);
  const widths = texts.map((text) => Bun.stringWidth(text) + SPACE);
  const room = width - indent.length + SPACE;
  const columnsMax = Math.max(1, Math.min(texts.length, Math.floor(room / Math.min(...widths))));
  for (let columns = columnsMax; columns > 1; columns -= 1) {
    const rows = Math.ceil(texts.length / columns);
    const columnWidths = columnWidthsOf(widths, rows);
    if (columnWidths.reduce((sum, each) => sum + each, 0) > room) continue;
    return Array.from({ length: rows }, (_, row) =>
      lineOf(texts, { widths, columnWidths, row, rows, indent }),
    );
  }
  return texts.map((text) => indent + text);
}

function columnWidthsOf(widths: readonly number[], rows: number): readonly number[] {
  const columns = Math.ceil(widths.length / rows);
  return Array.from({ length: columns }, (_, column) =>
    Math.max(...widths.slice(column * rows, (column + 1) * rows)),
  );
}

function lineOf(
  texts: readonly string[],
  about: {
    readonly widths: readonly number[];
    readonly columnWidths: readonly number[];
    readonly row: number;
    readonly rows: number;
    readonly indent: string;
  },
): string {
  const { widths, columnWidths, row, rows, indent } = about;
  const cells = columnWidths.map((columnWidth, column) => {
    const index = column * rows + row;
    const text = texts[index];
    if (text === undefined) return "";
    return text + " ".repeat(columnWidth - (widths[index] ?? 0) + SPACE);
  });
  return `${indent}${cells.join("")}`.trimEnd();
}
