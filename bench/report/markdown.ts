/** Tables and numbers as the report writes them. */

const NOTHING = "–";
const NUMBER = /^[\d.–]+$/;

/** A Markdown table; columns that hold nothing but numbers are aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const alignments = head.map((_, column) =>
    rows.every((row) => NUMBER.test(row[column] ?? "")) ? "---:" : "---",
  );
  return [head, alignments, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function seconds(ms: number | undefined): string {
  if (ms === undefined) return NOTHING;
  return (ms / 1_000).toFixed(ms < 10_000 ? 2 : 1);
}

/** Millions of bytes. */
export function megabytes(bytes: number | undefined): string {
  if (bytes === undefined) return NOTHING;
  const millions = bytes / 1_000_000;
  return millions.toFixed(millions < 100 ? 1 : 0);
}

export function times(factor: number | undefined): string {
  if (factor === undefined) return NOTHING;
  return factor.toFixed(factor < 10 ? 2 : 1);
}
