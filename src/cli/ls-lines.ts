/** What `tardis ls` prints of a group of entries: lines of text, or an object an entry. Pure. */
import { displayPath, display } from "../core/byte-string.ts";
import type { PastVersion } from "../core/history.ts";
import type { ListGroup } from "../core/list-options.ts";
import { type Painter, colorKey } from "./colors.ts";
import { groupText, kindMark, modeText, octalText, timeText, userText } from "./entry-text.ts";
import { humanSize } from "./human.ts";
import { inColumns } from "./in-columns.ts";
import { type ShownEntry, type ShownVersion, isBroken } from "./ls-versions.ts";

export type LineStyle = {
  readonly paint: Painter;
  /** undefined: one name a line. */
  readonly columns: number | undefined;
  readonly layout: "one-line" | "blocks";
  readonly names: "last" | "whole";
  readonly marks: "by-kind" | "none";
  readonly sizes: "human" | "bytes";
  readonly directorySizes: "entries" | "bytes";
  readonly shows: ReadonlySet<Detail>;
};

export type Detail = "long" | "size" | "checksum" | "chain-length" | "inode";

type Numbers = Pick<ListGroup, "chainLengths" | "entryCounts">;

/** Column and text. */
type Cell = readonly [string, string];

const INDENT = "    ";
const RIGHT_ALIGNED = new Set(["inode", "chain", "links", "size"]);

/** `entries` without versions are names, in columns; with details, a line each. */
export function groupLines(
  entries: readonly ShownEntry[],
  numbers: Numbers,
  style: LineStyle,
): readonly string[] {
  const hasVersions = entries.some(({ versions }) => versions.length > 0);
  if (!hasVersions) return nameLines(entries, numbers, style);
  const cells = new CellTable(entries, numbers, style);
  return entries.flatMap((entry) => {
    const name = paintedName(entry, style);
    if (style.layout === "one-line") {
      const versions = entry.versions.map((version) => versionText(entry, version, cells, style));
      return [`${name}  ${versions.join("  ")}`];
    }
    return [name, ...versionLines(entry, cells, style)];
  });
}

/** One for each line of --json. */
export function entryJson({ entry, newest, versions }: ShownEntry, numbers: Numbers): object {
  return {
    path: displayPath(entry.path),
    kind: newest.kind,
    versions: versions.map((shown) => versionJson(shown, numbers)),
  };
}

/** "A – B (3 sets)"; in parentheses where it is gone. */
function setsText({ first, last, setCount, version }: ShownVersion): string {
  const sets = setCount === 1 ? first.name : `${first.name} – ${last.name} (${setCount} sets)`;
  return version === undefined ? `(${sets})` : sets;
}

function nameLines(
  entries: readonly ShownEntry[],
  numbers: Numbers,
  style: LineStyle,
): readonly string[] {
  const names = entries.map((entry) => paintedName(entry, style));
  if (style.shows.size === 0) return inColumns(names, style.columns, "");
  const cells = new CellTable(entries, numbers, style);
  return entries.map(({ newest }, index) => `${cells.text(newest)}  ${names[index]}`);
}

function versionLines(entry: ShownEntry, cells: CellTable, style: LineStyle): readonly string[] {
  const texts = entry.versions.map((version) => versionText(entry, version, cells, style));
  const isPlain = style.shows.size === 0;
  return inColumns(texts, isPlain ? style.columns : undefined, INDENT);
}

function versionText(
  { entry }: ShownEntry,
  shown: ShownVersion,
  cells: CellTable,
  { paint }: LineStyle,
): string {
  const { version, path } = shown;
  const sets = paint(setsText(shown), version === undefined ? "gone" : "set");
  const details = cells.text(version);
  const elsewhere = path === entry.path ? "" : `  ${displayPath(path)}`;
  const broken = version !== undefined && isBroken(version) ? "  unreadable" : "";
  return `${details === "" ? "" : `${details}  `}${sets}${elsewhere}${broken}`;
}

/** Named themselves, entries of several folders are told by their paths. */
function paintedName({ entry, newest }: ShownEntry, style: LineStyle): string {
  const { kind, permissions } = newest;
  const text = style.names === "whole" ? displayPath(entry.path) : display(entry.name);
  const isGone = entry.states.at(-1)?.version === undefined;
  const key = isGone ? "gone" : colorKey(text, kind, permissions);
  const mark = style.marks === "by-kind" ? kindMark(kind, permissions) : "";
  return `${style.paint(text, key)}${mark}`;
}

/** Details of versions, in cells as wide as the widest of the group. */
class CellTable {
  readonly #numbers: Numbers;
  readonly #style: LineStyle;
  readonly #widths = new Map<string, number>();

  constructor(entries: readonly ShownEntry[], numbers: Numbers, style: LineStyle) {
    this.#numbers = numbers;
    this.#style = style;
    if (style.shows.size === 0) return;
    const versions = entries.flatMap((entry) => [
      entry.newest,
      ...entry.versions.map(({ version }) => version),
    ]);
    for (const version of versions) {
      if (version === undefined) continue;
      for (const [column, text] of this.#cells(version))
        this.#widths.set(column, Math.max(this.#widths.get(column) ?? 0, Bun.stringWidth(text)));
    }
  }

  /** Spaces for one that is gone; empty where no details are wanted. */
  text(version: PastVersion | undefined): string {
    if (version === undefined)
      return [...this.#widths.values()].map((width) => " ".repeat(width)).join(" ");
    return this.#cells(version)
      .map(([column, text]) => {
        const space = " ".repeat((this.#widths.get(column) ?? 0) - Bun.stringWidth(text));
        return RIGHT_ALIGNED.has(column) ? space + text : text + space;
      })
      .join(" ");
  }

  #cells(version: PastVersion): readonly Cell[] {
    const { shows } = this.#style;
    const { inode, content } = version;
    const chain = content === undefined ? undefined : this.#numbers.chainLengths.get(content);
    const size: readonly Cell[] = [["size", this.#sizeText(version)]];
    return [
      ...(shows.has("inode") ? [["inode", String(inode)] as const] : []),
      ...(shows.has("chain-length") ? [["chain", String(chain ?? "–")] as const] : []),
      ...(shows.has("long") ? longCells(version, size) : shows.has("size") ? size : []),
      ...(shows.has("checksum") ? [["checksum", content ?? "–"] as const] : []),
    ];
  }

  #sizeText({ kind, child, sizeBytes }: PastVersion): string {
    const { sizes, directorySizes } = this.#style;
    if (kind === "directory" && directorySizes === "entries") {
      const count = child === undefined ? undefined : this.#numbers.entryCounts.get(child);
      return String(count ?? "–");
    }
    return sizes === "human" ? humanSize(sizeBytes) : String(sizeBytes);
  }
}

function longCells(version: PastVersion, size: readonly Cell[]): readonly Cell[] {
  const { kind, permissions, links, owner, mtimeNs } = version;
  return [
    ["mode", modeText(kind, permissions)],
    ["links", String(links)],
    ["user", userText(owner)],
    ["group", groupText(owner)],
    ...size,
    ["time", timeText(mtimeNs)],
  ];
}

function versionJson(shown: ShownVersion, { chainLengths }: Numbers): object {
  const { first, last, setCount, version, path } = shown;
  const sets = {
    first: { number: first.id, name: first.name },
    last: { number: last.id, name: last.name },
    count: setCount,
  };
  if (version === undefined) return { sets, path: displayPath(path), gone: true };
  const { kind, content, owner } = version;
  return {
    sets,
    path: displayPath(path),
    gone: false,
    kind,
    size: version.sizeBytes,
    permissions: octalText(version.permissions),
    user: userText(owner),
    uid: owner.uid,
    group: groupText(owner),
    gid: owner.gid,
    links: version.links,
    inode: String(version.inode),
    mtimeNs: String(version.mtimeNs),
    ctimeNs: String(version.ctimeNs),
    checksum: content ?? null,
    chainLength: content === undefined ? null : (chainLengths.get(content) ?? null),
    unreadable: isBroken(version),
  };
}
