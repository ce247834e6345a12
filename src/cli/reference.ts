/** docs/commands.md and docs/settings.md, made from the declarations. A test keeps them true. */
import { EXIT } from "../core/errors.ts";
import { ALL_SETTINGS } from "./all-settings.ts";
import { knownTypes } from "./compression.ts";
import { EXIT_MEANINGS } from "./exit-codes.ts";
import { type CommandHelp, type OptionHelp, commandHelps, detailLines } from "./help.ts";
import { createCli } from "./program.ts";
import { type Setting, longFlag } from "./setting.ts";

const COLUMNS = 100;
const MADE = "<!-- Made by test/unit/cli/reference.test.ts from the declarations in src/cli. -->";

export function commandsDocument(): string {
  const helps = commandHelps(createCli(""));
  return [
    "# Commands",
    "",
    MADE,
    "",
    "`tardis COMMAND --help` shows the same. [settings.md](settings.md) tells how an option can be",
    "set once and for all, [patterns.md](patterns.md) what patterns mean.",
    "",
    ...helps.flatMap(commandSection),
    "## Options of every command",
    "",
    ...optionTable(helps[0]?.commonOptions ?? []),
    ...datesSection(),
    ...argumentsSection(),
    ...exitCodesSection(),
    ...typesSection(),
  ].join("\n");
}

export function settingsDocument(): string {
  return [
    "# Settings",
    "",
    MADE,
    "",
    "The first of these that says what a setting is counts:",
    "",
    "1. the option on the command line;",
    "2. the environment variable;",
    "3. the section `--job SECTION` of the file `--config FILE`;",
    "4. the section `[Tardis]` of `/etc/tardis/system.defaults`, or of the file that the",
    "   environment variable `TARDIS_DEFAULTS` names, where a setting may also go by its",
    "   variable's name;",
    "5. the default.",
    "",
    "An option that may be repeated adds to what files say. Files are INI files: `Key = value`,",
    "keys in any case, comments with `#` or `;`, further lines of a list indented; yes or no for",
    "what has no value.",
    "",
    "```ini",
    "[home]",
    "Repository = /media/disk/backups",
    "ExcludePatterns = *.o",
    "    node_modules/",
    "Directories = /home",
    "    /etc",
    "SkipCaches = yes",
    "```",
    "",
    "`tardis backup --config FILE --job home` then is the whole command.",
    "",
    "| In files | Option | Environment | Default | What it says |",
    "|---|---|---|---|---|",
    ...ALL_SETTINGS.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(settingRow),
    "",
    "Without `--database` and `--repository`, a backup goes to `/srv/tardis` if that is a folder",
    "that can be written or made, else to `$XDG_DATA_HOME/tardis` (`~/.local/share/tardis`); other",
    "commands use the first of the two in which the client has a repository. With `NO_COLOR` set,",
    "colours are used only where an option asks for them.",
    "",
  ].join("\n");
}

function commandSection(help: CommandHelp): readonly string[] {
  const examples = help.examples.flatMap(({ what, command }) => [`# ${what}`, command]);
  return [
    `## tardis ${help.path.join(" ")}`,
    "",
    `    ${help.usage}`,
    "",
    help.description,
    "",
    ...detailLines(help.details, COLUMNS),
    "```sh",
    ...examples,
    "```",
    "",
    ...(help.options.length === 0 ? [] : optionTable(help.options)),
  ];
}

function optionTable(options: readonly OptionHelp[]): readonly string[] {
  const rows = options.map(
    ({ option, description }) => `| ${code(option)} | ${cell(description)} |`,
  );
  return ["| Option | What it does |", "|---|---|", ...rows, ""];
}

function settingRow(setting: Setting<unknown>): string {
  const { key, flags, env, fallbackText, description } = setting;
  const option = flags === "" ? "" : code(longFlag(setting));
  const environment = env === undefined ? "" : code(env);
  const cells = [code(key), option, environment, cell(fallbackText), cell(description)];
  return `| ${cells.join(" | ")} |`;
}

function datesSection(): readonly string[] {
  return [
    "## Dates",
    "",
    "As people say them: `3 days ago`, `an hour ago`, `yesterday 14:00`, `last friday`, `Dec 24`,",
    "`03/15/2014`, `2014-03-15`, `2014-03-15T10:30`, `2014-03-15T10:30:00+02:00`. Without a zone",
    "the time is that of the machine. Without a year or a day it is the latest such time.",
    "A day stands for all of it: as the time of a set its end counts. A range is two dates with a",
    "colon between them, either of which may be missing (`2014-03-15:`, `:3 days ago`), or a day.",
    "`-v` tells what was understood.",
    "",
  ];
}

function argumentsSection(): readonly string[] {
  return [
    "## Arguments from a file",
    "",
    "`@FILE` anywhere on a command line stands for the arguments in FILE: words separated by",
    "spaces or ends of lines, with quotes and backslashes as in a shell, and comments from `#` to",
    "the end of the line. FILE may name further files, relative to itself. A path that begins",
    "with `@` is written `./@…`.",
    "",
    "Called by the name `regenerate`, the program is `tardis regen`; called `lstardis`, it is",
    "`tardis ls`; called `tardiff`, `tardis diff`; called `sonic`, `tardis admin`.",
    "",
  ];
}

function exitCodesSection(): readonly string[] {
  const names = Object.keys(EXIT) as (keyof typeof EXIT)[];
  return [
    "## Exit codes",
    "",
    "Scripts may rely on them; one that is not listed is a failure. `tardis diff` has those of",
    "diff(1) instead: 0, 1, 2, and 130.",
    "",
    "| Code | Meaning |",
    "|---|---|",
    ...names.map((name) => `| ${EXIT[name]} | ${EXIT_MEANINGS[name]} |`),
    "",
  ];
}

function typesSection(): readonly string[] {
  return [
    "## Types for --nocompress",
    "",
    "Files are told apart by their names. `*.EXT` names an extension, `video/*` all types of that",
    "kind. Without the option nothing is exempt: what compression does not make smaller is stored",
    "as it is anyway, so this only saves the time of trying.",
    "",
    ...knownTypes().map((type) => `- ${code(type)}`),
    "",
  ];
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
