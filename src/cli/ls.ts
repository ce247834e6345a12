/** `tardis ls`: what there is in the backup sets, and what became of it from set to set. */
import { Command, Option } from "clipanion";
import { displayPath } from "../core/byte-string.ts";
import { EXIT, type ExitCode, UsageError } from "../core/errors.ts";
import type { ListGroup, ListOptions, ListWanted } from "../core/list-options.ts";
import { DEPTH_MAX } from "./backup-settings.ts";
import { PLAIN, painter, wantsColors } from "./colors.ts";
import { TardisCommand } from "./command.ts";
import { exitCodeHelp } from "./exit-codes.ts";
import { type Detail, type LineStyle, entryJson, groupLines } from "./ls-lines.ts";
import * as own from "./ls-settings.ts";
import { type VersionChoice, shownEntry } from "./ls-versions.ts";
import { restorePath } from "./paths.ts";
import type { Report } from "./report.ts";
import { flag, optionalValueFlag, switchFlag } from "./setting.ts";
import type { SettingValues } from "./setting-values.ts";
import { JSON_OUTPUT, REDUCE_PATH } from "./settings.ts";
import { type TimeRange, describeRange, parseTimeRange } from "./when.ts";

const EXIT_CODES = [
  "ok",
  "failed",
  "usage",
  "noRepository",
  "badPassword",
  "corrupt",
  "interrupted",
] as const;

export class LsCommand extends TardisCommand {
  static override paths = [["ls"]];
  static override usage = Command.Usage({
    description: "List what is in the backup sets, each version with the sets that have it.",
    details: `
      Of a folder, what is in it; without a PATH, of the current folder. Each version of an entry
      is shown with the first and the last set it was in. Where it was not there any more, the
      sets are in parentheses. With --find the whole history is searched by name, wherever things
      were. With --json every entry is an object on a line of its own.

      ${exitCodeHelp(EXIT_CODES)}
    `,
    examples: [
      ["The versions of a file", "$0 ls -l ~/notes.txt"],
      ["What a folder had, names only", "$0 ls --versions none ~/project"],
      ["What became of a file that was renamed", "$0 ls --follow ~/thesis.tex"],
      ["Where did I have that?", "$0 ls --find '*invoice*' --dates '2026-01-01:'"],
    ],
  });

  long = switchFlag(own.LONG);
  hidden = switchFlag(own.HIDDEN);
  reverse = switchFlag(own.REVERSE);
  annotate = switchFlag(own.ANNOTATE);
  size = switchFlag(own.SIZE);
  human = switchFlag(own.HUMAN);
  dirInfo = switchFlag(own.DIR_INFO);
  checksums = switchFlag(own.CHECKSUMS);
  chainLength = switchFlag(own.CHAIN_LENGTH);
  inode = switchFlag(own.INODE);
  dirSize = switchFlag(own.DIR_SIZE);
  versions = flag(own.VERSIONS);
  deletions = switchFlag(own.DELETIONS);
  broken = switchFlag(own.BROKEN);
  oneLine = switchFlag(own.ONE_LINE);
  times = switchFlag(own.TIMES);
  metadata = switchFlag(own.METADATA);
  headers = switchFlag(own.HEADERS);
  colors = switchFlag(own.COLORS);
  columns = flag(own.COLUMNS);
  recurse = switchFlag(own.LIST_RECURSE);
  maxDepth = flag(DEPTH_MAX);
  glob = switchFlag(own.GLOB);
  reducePath = optionalValueFlag(REDUCE_PATH);
  realPath = switchFlag(own.REAL_PATH);
  range = flag(own.RANGE);
  dates = flag(own.DATES);
  find = flag(own.FIND);
  follow = switchFlag(own.FOLLOW);
  targets = Option.Rest({ name: "PATH" });

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const options = await this.#options(settings, report);
    const choice = this.#choice(settings);
    const style = this.#style(settings);
    const isSeveral = hasSeveral(options.wanted);
    const hasHeaders = settings.switch(own.HEADERS, this.headers) && isSeveral;
    const isReversed = settings.switch(own.REVERSE, this.reverse);
    let groups = 0;
    const outcome = await this.context.engine.list(options, report, async (group) => {
      const entries = group.entries
        .map((entry) => shownEntry(entry, choice))
        .filter((entry) => entry !== undefined);
      if (isReversed) entries.reverse();
      for (const entry of entries) report.jsonLine(entryJson(entry, group));
      const names = isSeveral && group.folder === undefined ? "whole" : "last";
      const lines = groupLines(entries, group, { ...style, names });
      report.text([...(hasHeaders ? headerLines(group, groups, style) : []), ...lines]);
      groups += 1;
    });
    for (const { message, hint } of outcome.missing)
      report.notice("notice", `tardis: ${message}\n${hint}`);
    return outcome.missing.length > 0 ? EXIT.failed : EXIT.ok;
  }

  async #options(settings: SettingValues, report: Report): Promise<ListOptions> {
    const { host } = this.context;
    const dates = settings.value(own.DATES, this.dates);
    const when: TimeRange =
      dates === undefined
        ? { fromMs: undefined, toMs: undefined }
        : await parseTimeRange(dates, host.now());
    if (dates !== undefined) report.notice("detail", `"${dates}" is taken ${describeRange(when)}`);
    const wantsChains = settings.switch(own.CHAIN_LENGTH, this.chainLength);
    return {
      repository: this.chosenRepository(settings, "read"),
      wanted: this.#wanted(settings),
      setRange: settings.value(own.RANGE, this.range),
      ...when,
      details: [
        ...(wantsChains || settings.switch(JSON_OUTPUT, this.json)
          ? ["chain-lengths" as const]
          : []),
        ...(settings.switch(own.DIR_SIZE, this.dirSize) ? ["entry-counts" as const] : []),
      ],
      signal: host.stop,
      now: host.now,
    };
  }

  #wanted(settings: SettingValues): ListWanted {
    const pattern = settings.value(own.FIND, this.find);
    if (pattern !== undefined) {
      if (this.targets.length > 0)
        throw new UsageError(
          "--find looks everywhere, and takes no PATH",
          "To search below a folder: tardis ls --recurse --glob 'FOLDER/*'.",
        );
      return { kind: "names", pattern };
    }
    const isRecursive = settings.switch(own.LIST_RECURSE, this.recurse);
    const isGlob = settings.switch(own.GLOB, this.glob);
    const reading = {
      symlinks: settings.switch(own.REAL_PATH, this.realPath) ? "resolve" : "as-named",
      leftOut: settings.value(REDUCE_PATH, this.reducePath),
    } as const;
    const targets = this.targets.length === 0 ? ["."] : this.targets;
    return {
      kind: "paths",
      paths: targets.map((target) => ({
        ...restorePath(target, this.context.host, reading),
        form: isGlob ? "glob" : "literal",
      })),
      folders: settings.switch(own.DIR_INFO, this.dirInfo)
        ? "themselves"
        : isRecursive
          ? "recurse"
          : "contents",
      depthMax: settings.value(DEPTH_MAX, this.maxDepth) ?? Infinity,
      hidden: settings.switch(own.HIDDEN, this.hidden) ? "show" : "leave-out",
      renames: settings.switch(own.FOLLOW, this.follow) ? "follow" : "ignore",
    };
  }

  #choice(settings: SettingValues): VersionChoice {
    const isByMetadata = settings.switch(own.METADATA, this.metadata);
    const isByTimes = settings.switch(own.TIMES, this.times);
    return {
      versions: settings.value(own.VERSIONS, this.versions),
      deletions: settings.switch(own.DELETIONS, this.deletions),
      broken: settings.switch(own.BROKEN, this.broken),
      changes: isByMetadata ? "metadata" : isByTimes ? "times" : "content",
    };
  }

  #style(settings: SettingValues): Omit<LineStyle, "names"> {
    const { env, host } = this.context;
    const terminal = host.outputColumns();
    const isColored = wantsColors(
      settings.switch(own.COLORS, this.colors),
      env,
      terminal !== undefined,
    );
    const described = settings.value(own.LS_COLORS, undefined) ?? env["LS_COLORS"];
    return {
      paint: isColored ? painter(described) : PLAIN,
      columns: settings.value(own.COLUMNS, this.columns) ?? terminal,
      layout: settings.switch(own.ONE_LINE, this.oneLine) ? "one-line" : "blocks",
      marks: settings.switch(own.ANNOTATE, this.annotate) ? "by-kind" : "none",
      sizes: settings.switch(own.HUMAN, this.human) ? "human" : "bytes",
      directorySizes: settings.switch(own.DIR_SIZE, this.dirSize) ? "entries" : "bytes",
      shows: this.#details(settings),
    };
  }

  #details(settings: SettingValues): ReadonlySet<Detail> {
    const details: readonly (readonly [Detail, boolean])[] = [
      ["long", settings.switch(own.LONG, this.long)],
      ["size", settings.switch(own.SIZE, this.size)],
      ["checksum", settings.switch(own.CHECKSUMS, this.checksums)],
      ["chain-length", settings.switch(own.CHAIN_LENGTH, this.chainLength)],
      ["inode", settings.switch(own.INODE, this.inode)],
    ];
    return new Set(details.filter(([, isWanted]) => isWanted).map(([detail]) => detail));
  }
}

/** Whether names alone would not tell which entries are meant. */
function hasSeveral(wanted: ListWanted): boolean {
  if (wanted.kind === "names") return true;
  const isOne = wanted.paths.length === 1 && wanted.paths[0]?.form === "literal";
  return !isOne || wanted.folders === "recurse";
}

function headerLines(
  { folder }: ListGroup,
  before: number,
  { paint }: Pick<LineStyle, "paint">,
): readonly string[] {
  if (folder === undefined) return [];
  return [...(before > 0 ? [""] : []), paint(`${displayPath(folder)}:`, "header")];
}
