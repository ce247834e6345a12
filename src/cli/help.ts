/**
 * What `tardis --help` and `tardis COMMAND --help` show, and the same as data for docs/commands.md.
 * It comes from the commands' declarations.
 */
import type { Cli, Definition } from "clipanion";
import { ALL_SETTINGS } from "./all-settings.ts";
import type { TardisContext } from "./host.ts";
import * as secret from "./secret-settings.ts";
import * as common from "./settings.ts";

const WIDTH_DEFAULT = 80;
const WIDTH_MIN = 40;
const INDENT = "  ";
/** Options longer than this have their description on the next line. */
const OPTION_COLUMNS_MAX = 32;
const COMMON_SETTINGS = [
  common.DATABASE,
  common.REPOSITORY,
  common.CLIENT,
  common.CONFIG,
  common.JOB,
  common.LOG,
  common.JSON_OUTPUT,
  secret.PASSWORD,
  secret.PASSWORD_FILE,
  secret.PASSWORD_PROGRAM,
  secret.KEYS_FILE,
  secret.SCHEME,
  common.VERBOSITY,
];

/** Of a command that is one of a group: "admin list". */
const COMMAND_WORDS_MAX = 2;

export type OptionHelp = { readonly option: string; readonly description: string };

export type CommandHelp = {
  /** "tardis backup [OPTION…] PATH…" */
  readonly usage: string;
  /** The words after "tardis". */
  readonly path: readonly string[];
  readonly description: string;
  /** Paragraphs; items of a list begin with "- ". */
  readonly details: readonly string[];
  readonly examples: readonly { readonly what: string; readonly command: string }[];
  readonly options: readonly OptionHelp[];
  readonly commonOptions: readonly OptionHelp[];
};

export function commandHelps(cli: Cli<TardisContext>): readonly CommandHelp[] {
  return cli
    .definitions()
    .map(commandHelp)
    .toSorted((a, b) => (a.usage < b.usage ? -1 : 1));
}

/**
 * The help that `args` ask for; undefined: they ask for something else. Without a command, or with
 * none that exists, that is the list of commands.
 */
export function requestedHelp(
  args: readonly string[],
  cli: Cli<TardisContext>,
  columns: number | undefined,
): string | undefined {
  const end = args.indexOf("--");
  const isAsked = (end === -1 ? args : args.slice(0, end)).some((arg) =>
    /^(?:-h|--help)$/.test(arg),
  );
  // No group of commands has a longer name, and to put all help together takes 6 ms.
  if (!isAsked && args.length >= COMMAND_WORDS_MAX) return undefined;
  const helps = commandHelps(cli);
  const isGroup = args.length > 0 && helps.some(({ path }) => isLonger(path, args));
  if (!isAsked && args.length > 0 && !isGroup) return undefined;
  const width = Math.max(WIDTH_MIN, columns ?? WIDTH_DEFAULT);
  const help = helps.find(({ path }) => path.every((word, index) => args[index] === word));
  if (help !== undefined) return commandText(help, width);
  const words = args.filter((arg) => !arg.startsWith("-"));
  const within = helps.filter(({ path }) => words.every((word, index) => path[index] === word));
  return overviewText(within.length > 0 ? within : helps, width);
}

/** `text` in lines of at most `width` columns, where words allow. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && Bun.stringWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function isLonger(path: readonly string[], args: readonly string[]): boolean {
  return path.length > args.length && args.every((arg, index) => path[index] === arg);
}

function commandHelp(definition: Definition): CommandHelp {
  const path = definition.path
    .split(" ")
    .slice(1)
    .filter((word) => /^[a-z]+$/.test(word));
  const options = definition.options.map((option) => ({
    isCommon: COMMON_SETTINGS.some(({ flags }) => option.definition.startsWith(flags)),
    option: optionName(option),
    description: option.description ?? "",
  }));
  const withoutMark = ({ option, description }: OptionHelp): OptionHelp => ({
    option,
    description,
  });
  const takesPaths = definition.usage.endsWith("...");
  return {
    usage: `tardis ${path.join(" ")} [OPTION…]${takesPaths ? " PATH…" : ""}`,
    path,
    description: (definition.description ?? "").trim(),
    details: paragraphsOf(definition.details ?? ""),
    examples: (definition.examples ?? []).map(([what, command]) => ({
      what: what.trim(),
      command,
    })),
    options: options.filter(({ isCommon }) => !isCommon).map(withoutMark),
    commonOptions: options.filter(({ isCommon }) => isCommon).map(withoutMark),
  };
}

/** Each on one line: clipanion has wrapped them to 80 columns. */
function paragraphsOf(details: string): readonly string[] {
  return details
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replace(/\s+/g, " "))
    .filter((paragraph) => paragraph !== "");
}

/** "-D,--database #0" becomes "-D, --database DIR"; a switch that is on is shown as --no-…. */
function optionName({ definition, description = "" }: Definition["options"][number]): string {
  const [flags = ""] = definition.split(" ");
  const setting = ALL_SETTINGS.find(
    (each) => each.flags === flags && description.startsWith(each.description),
  );
  const names = flags.split(",").join(", ");
  if (setting === undefined) return names;
  if (setting.argument === "") return switchName(names, setting.fallback);
  if (setting.kind === "optional-value") return `${names}[=${setting.argument}]`;
  return setting.kind === "count" ? names : `${names} ${setting.argument}`;
}

function switchName(names: string, fallback: unknown): string {
  return fallback === false ? names : names.replace(/--(?=[a-z-]+$)/, "--[no-]");
}

function commandText(help: CommandHelp, width: number): string {
  const examples = help.examples.flatMap(({ what, command }) => [
    ...wrapped(what, width - INDENT.length).map((line) => INDENT + line),
    `${INDENT}${INDENT}${command}`,
  ]);
  return [
    `Usage: ${help.usage}`,
    "",
    ...wrapped(help.description, width),
    "",
    ...detailLines(help.details, width),
    "Examples:",
    ...examples,
    "",
    ...(help.options.length === 0 ? [] : ["Options:", ...optionLines(help.options, width), ""]),
    "Options of every command:",
    ...optionLines(help.commonOptions, width),
  ].join("\n");
}

/** Items of a list stay together. */
export function detailLines(paragraphs: readonly string[], width: number): readonly string[] {
  return paragraphs.flatMap((paragraph, index) => {
    const isBeforeItem = paragraphs[index + 1]?.startsWith("- ") === true;
    return [...wrapped(paragraph, width), ...(isBeforeItem ? [] : [""])];
  });
}

function optionLines(options: readonly OptionHelp[], width: number): readonly string[] {
  const longest = Math.max(...options.map(({ option }) => option.length));
  const column = Math.min(longest, OPTION_COLUMNS_MAX) + 2 * INDENT.length;
  return options.flatMap(({ option, description }) => {
    const lines = wrapped(description, Math.max(width - column, WIDTH_MIN / 2));
    const name = INDENT + option;
    const isBeside = name.length + INDENT.length <= column;
    const described = lines.map((line) => " ".repeat(column) + line);
    if (!isBeside) return [name, ...described];
    return [name.padEnd(column) + (lines[0] ?? ""), ...described.slice(1)];
  });
}

function overviewText(helps: readonly CommandHelp[], width: number): string {
  return [
    "Usage: tardis COMMAND [OPTION…] [PATH…]",
    "",
    "Incremental backups in which every backup set looks like a full one.",
    "",
    ...helps.flatMap(({ path, description }) => [
      `${INDENT}tardis ${path.join(" ")}`,
      ...wrapped(description, width - 3 * INDENT.length).map((line) => INDENT.repeat(3) + line),
    ]),
    "",
    "`tardis COMMAND --help` tells all about one of them, `tardis --version` which tardis this is.",
    "@FILE anywhere on the command line stands for the arguments in FILE.",
  ].join("\n");
}
