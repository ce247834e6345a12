/** `tardis diff`: what differs between two backup sets, or a set and the disk. */
import { Command, Option } from "clipanion";
import { byteStringOfText, displayPath } from "../core/byte-string.ts";
import type { DiffChange, DiffContents, DiffOptions } from "../core/diff-options.ts";
import { EXIT, type ExitCode, UsageError } from "../core/errors.ts";
import type { OneSetChoice } from "../core/set-choice.ts";
import { PLAIN, type Painter, painter, wantsColors } from "./colors.ts";
import { TardisCommand } from "./command.ts";
import {
  type ChangeSum,
  binaryText,
  changeJson,
  changeText,
  lineCounts,
  statLines,
} from "./diff-lines.ts";
import * as own from "./diff-settings.ts";
import {
  type DiffForm,
  type TextPair,
  asBytes,
  contextLines,
  isBinary,
  textPair,
  unifiedLines,
} from "./diff-text.ts";
import { timeText } from "./entry-text.ts";
import type { Pager } from "./host.ts";
import { ndiffLines } from "./ndiff.ts";
import { restorePath } from "./paths.ts";
import type { Report } from "./report.ts";
import { flag, listFlag, optionalValueFlag, switchFlag } from "./setting.ts";
import type { SettingValues } from "./setting-values.ts";
import { chosenTime } from "./set-choice.ts";
import { DATE, JSON_OUTPUT, REDUCE_PATH } from "./settings.ts";

const COLUMNS = 80;

/** Those of diff(1): for scripts, what differs and what could not be told must not be the same. */
const SAME = EXIT.ok;
const DIFFERENT = EXIT.failed;
const TROUBLE = EXIT.usage;

type Style = {
  readonly form: DiffForm;
  readonly shows: "lines" | "names" | "sums";
  readonly format: "text" | "json";
  readonly binary: "lines" | "summary";
  readonly paint: Painter;
};

export class DiffCommand extends TardisCommand {
  static override paths = [["diff"]];
  static override usage = Command.Usage({
    description: "Compare a backup set with the disk, or with another set.",
    details: `
      Without --backup, the newest complete set with what is on the disk now. Of a folder, what is
      right in it, or with --recurse all that is below: what was added, removed, renamed, changed,
      or became another kind of thing, and where only mode, owner, time or attributes differ. On
      a terminal a long answer is shown by a pager.

      Exit codes:

      - 0: nothing differs

      - 1: something does

      - 2: trouble of any kind, as it is with diff(1); the message tells which

      - ${EXIT.interrupted}: stopped by Ctrl-C or a signal
    `,
    examples: [
      ["What did I change in this file since the last backup?", "$0 diff ~/notes.txt"],
      ["What became of a folder since friday?", "$0 diff -d 'last friday' --recurse ~/project"],
      ["Between two sets, files only named", "$0 diff -b 12 -b Current --recurse --list ~"],
    ],
  });

  sets = listFlag(own.DIFF_SETS);
  date = flag(DATE);
  unified = optionalValueFlag(own.UNIFIED);
  contextDiff = optionalValueFlag(own.CONTEXT);
  ndiff = switchFlag(own.NDIFF);
  color = switchFlag(own.COLOR);
  binary = switchFlag(own.BINARY);
  recurse = switchFlag(own.DIFF_RECURSE);
  listOnly = switchFlag(own.LIST_ONLY);
  stat = switchFlag(own.STAT);
  reducePath = optionalValueFlag(REDUCE_PATH);
  pager = switchFlag(own.PAGER);
  targets = Option.Rest({ name: "PATH" });

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const options = await this.#options(settings, report);
    const style = this.#style(settings);
    const output = new Output(() => this.#openPager(settings, style), this.context.host.write);
    const sums: ChangeSum[] = [];
    try {
      const { changes, problems } = await this.context.engine.diff(
        options,
        report,
        async (change, read) => {
          const contents = style.shows === "names" ? undefined : await read();
          const pair = contents && pairOf(contents, style);
          const counts = pair && lineCounts(pair);
          if (style.format === "json") report.jsonLine(changeJson(change, counts));
          else if (style.shows === "sums") sums.push({ change, counts });
          else await output.write(textOf(change, { contents, pair, style }));
        },
      );
      const columns = this.context.host.outputColumns() ?? COLUMNS;
      if (sums.length > 0)
        await output.write(statLines(sums, columns).map((line) => `${byteStringOfText(line)}\n`));
      if (problems > 0) return TROUBLE;
      return changes === 0 ? SAME : DIFFERENT;
    } finally {
      await output.close();
    }
  }

  protected override exitCodeOf(code: ExitCode): ExitCode {
    return code === EXIT.interrupted ? code : TROUBLE;
  }

  async #options(settings: SettingValues, report: Report): Promise<DiffOptions> {
    const { host } = this.context;
    if (this.targets.length === 0)
      throw new UsageError("nothing to compare was named", "Name a file or folder: tardis diff .");
    const [old, now] = await this.#sides(settings, report);
    const leftOut = settings.value(REDUCE_PATH, this.reducePath);
    return {
      repository: this.chosenRepository(settings, "read"),
      old,
      new: now,
      paths: this.targets.map((text) => restorePath(text, host, { symlinks: "resolve", leftOut })),
      folders: settings.switch(own.DIFF_RECURSE, this.recurse) ? "recurse" : "only",
      signal: host.stop,
      now: host.now,
    };
  }

  async #sides(
    settings: SettingValues,
    report: Report,
  ): Promise<readonly [OneSetChoice, DiffOptions["new"]]> {
    const { now } = this.context.host;
    const said = settings.value(DATE, this.date);
    const named = settings
      .list(own.DIFF_SETS, this.sets)
      .map((text) => ({ kind: "named", text }) as const);
    const sides: OneSetChoice[] =
      said === undefined ? named : [await chosenTime(said, { now, reporter: report }), ...named];
    const [old = { kind: "named", text: "Current" }, other = { kind: "disk" }, third] = sides;
    if (third === undefined) return [old, other];
    throw new UsageError(
      "more than two sets are named",
      "Give --backup twice, or --date and --backup, to compare two sets.",
    );
  }

  #style(settings: SettingValues): Style {
    const { env, host } = this.context;
    const isTerminal = host.outputColumns() !== undefined;
    const isColored = wantsColors(settings.switch(own.COLOR, this.color), env, isTerminal);
    return {
      form: this.#form(settings),
      shows: settings.switch(own.LIST_ONLY, this.listOnly)
        ? "names"
        : settings.switch(own.STAT, this.stat)
          ? "sums"
          : "lines",
      format: settings.switch(JSON_OUTPUT, this.json) ? "json" : "text",
      binary: settings.switch(own.BINARY, this.binary) ? "lines" : "summary",
      paint: isColored ? painter(undefined) : PLAIN,
    };
  }

  #form(settings: SettingValues): DiffForm {
    const unified = settings.value(own.UNIFIED, this.unified);
    const context = settings.value(own.CONTEXT, this.contextDiff);
    const isNdiff = settings.switch(own.NDIFF, this.ndiff);
    if ([unified, context].filter((lines) => lines !== undefined).length + Number(isNdiff) > 1)
      throw new UsageError("a diff has one form", "Give one of --unified, --context and --ndiff.");
    if (isNdiff) return { kind: "ndiff" };
    if (context !== undefined) return { kind: "context", lines: context };
    return { kind: "unified", lines: unified ?? settings.value(own.UNIFIED, true) ?? 0 };
  }

  #openPager(settings: SettingValues, { format }: Style): Pager | undefined {
    if (format === "json" || !settings.switch(own.PAGER, this.pager)) return undefined;
    return this.context.host.openPager(this.context.env);
  }
}

/** To the pager, or straight out. The pager is started when there is something to show. */
class Output {
  readonly #openPager: () => Pager | undefined;
  readonly #write: (piece: Uint8Array) => Promise<void>;
  #pager: Pager | undefined;
  #state: "unused" | "open" | "closed" = "unused";

  constructor(openPager: () => Pager | undefined, write: (piece: Uint8Array) => Promise<void>) {
    this.#openPager = openPager;
    this.#write = write;
  }

  /** Pieces of byte strings. */
  async write(pieces: Iterable<string>): Promise<void> {
    const text = [...pieces].join("");
    if (text === "" || this.#state === "closed") return;
    if (this.#state === "unused") this.#pager = this.#openPager();
    if (this.#pager === undefined) await this.#write(asBytes(text));
    this.#state = (await this.#pager?.write(asBytes(text))) ?? "open";
  }

  async close(): Promise<void> {
    await this.#pager?.close();
  }
}

/** undefined: it is not to be compared by lines. */
function pairOf({ old, new: now }: DiffContents, { binary }: Style): TextPair | undefined {
  const isText = binary === "lines" || (!isBinary(old) && !isBinary(now));
  return isText ? textPair(old, now) : undefined;
}

function* textOf(
  change: DiffChange,
  about: {
    readonly contents: DiffContents | undefined;
    readonly pair: TextPair | undefined;
    readonly style: Style;
  },
): Generator<string, void> {
  const { contents, pair, style } = about;
  const { paint } = style;
  const isDiff = style.shows === "lines" && pair !== undefined;
  // The head of a diff says all there is to say of a file that is only changed.
  const isPlain = change.status === "changed" && change.metadata.every(isTime);
  if (!isDiff || !isPlain) yield `${paint(bytes(changeText(change)), "header")}\n`;
  if (style.shows === "names" || change.content === "same") return;
  if (pair === undefined) {
    if (contents !== undefined) yield `${bytes(binaryText(change))}\n`;
    return;
  }
  yield* headLines(change, style);
  switch (style.form.kind) {
    case "unified":
      yield* unifiedLines(pair, style.form.lines, paint);
      break;
    case "context":
      yield* contextLines(pair, style.form.lines, paint);
      break;
    case "ndiff":
      yield* ndiffLines(pair, paint);
      break;
  }
}

function* headLines(change: DiffChange, { form, paint }: Style): Generator<string, void> {
  const isContext = form.kind === "context";
  const { oldPath, path, old, new: now } = change;
  const head = (mark: string, at: typeof path, mtimeNs = 0n): string =>
    `${paint(bytes(`${mark} ${displayPath(at)}\t${timeText(mtimeNs)}`), "header")}\n`;
  yield head(isContext ? "***" : "---", oldPath, old?.mtimeNs);
  yield head(isContext ? "---" : "+++", path, now?.mtimeNs);
}

function isTime({ field }: { readonly field: string }): boolean {
  return field === "mtime";
}

function bytes(text: string): string {
  return byteStringOfText(text);
}
