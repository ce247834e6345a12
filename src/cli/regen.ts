/** `tardis regen`: brings files back from a backup set. */
import { Command, Option } from "clipanion";
import { type ExitCode, UsageError } from "../core/errors.ts";
import type {
  RestoreAttributes,
  RestoreOptions,
  RestoreOutcome,
  RestoreOutput,
} from "../core/restore-options.ts";
import { problemLines, problemsJson } from "./backup-result.ts";
import { TardisCommand } from "./command.ts";
import { exitCodeHelp } from "./exit-codes.ts";
import { counted, humanCount, humanDuration, humanSize } from "./human.ts";
import { absolutePath, restorePath } from "./paths.ts";
import type { Report, ReportOptions } from "./report.ts";
import { flag, switchFlag } from "./setting.ts";
import { chosenSet } from "./set-choice.ts";
import type { SettingValues } from "./setting-values.ts";
import * as all from "./settings.ts";

const EXIT_CODES = [
  "ok",
  "failed",
  "usage",
  "incomplete",
  "noRepository",
  "corrupt",
  "interrupted",
] as const;

export class RegenCommand extends TardisCommand {
  static override paths = [["regen"]];
  static override usage = Command.Usage({
    description: "Restore files and directories from a backup set.",
    details: `
      Each PATH is named as it was when it was backed up, and goes below the folder of --output
      under its last name. A single file without --output goes to standard output. Every content
      is verified before it gets its name; nothing is ever written outside that folder.

      ${exitCodeHelp(EXIT_CODES)}
    `,
    examples: [
      ["One file, as it was, to look at", "$0 regen ~/notes.txt"],
      ["A folder, next to what is there now", "$0 regen -o /tmp/restored ~/project"],
      ["As it was some time ago", "$0 regen -d '3 days ago' -o /tmp/restored ~/project"],
      ["From a certain set", "$0 regen -b Daily-2026-11-23 -o /tmp/restored ~/project"],
    ],
  });

  output = flag(all.OUTPUT);
  backup = flag(all.BACKUP_SET);
  date = flag(all.DATE);
  overwrite = flag(all.OVERWRITE);
  setTimes = switchFlag(all.SET_TIMES);
  setPermissions = switchFlag(all.SET_PERMISSIONS);
  setAttributes = switchFlag(all.SET_ATTRIBUTES);
  setAccessLists = switchFlag(all.SET_ACCESS_LISTS);
  hardLinks = switchFlag(all.HARD_LINKS);
  recurse = switchFlag(all.RECURSE);
  owners = flag(all.OWNERS);
  progress = switchFlag(all.PROGRESS);
  targets = Option.Rest({ name: "PATH" });

  protected override shown(settings: SettingValues): Pick<ReportOptions, "listing" | "progress"> {
    const isLive = settings.switch(all.PROGRESS, this.progress) ?? true;
    return { listing: "none", progress: isLive ? "live" : "none" };
  }

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const options = await this.#options(settings, report);
    const outcome = await this.context.engine.restore(options, report);
    // Nothing but the file itself goes to standard output.
    if (options.output.kind === "stream") return outcome.exitCode;
    report.text(restoreLines(outcome));
    report.json(restoreJson(outcome, options));
    return outcome.exitCode;
  }

  async #options(settings: SettingValues, report: Report): Promise<RestoreOptions> {
    const { host } = this.context;
    if (this.targets.length === 0)
      throw new UsageError(
        "nothing to restore was named",
        "Name files or directories as they were: tardis regen -o /tmp/restored ~/project",
      );
    return {
      set: await chosenSet(settings, this, { now: host.now, reporter: report }),
      paths: this.targets.map((target) => restorePath(target, host)),
      output: this.#output(settings),
      existing: settings.value(all.OVERWRITE, this.overwrite),
      attributes: this.#attributes(settings),
      hardLinks: settings.switch(all.HARD_LINKS, this.hardLinks) ? "link" : "copy",
      directories: settings.switch(all.RECURSE, this.recurse) ? "recurse" : "only",
      repository: this.chosenRepository(settings, "read"),
      signal: host.stop,
      now: host.now,
    };
  }

  #output(settings: SettingValues): RestoreOutput {
    const { host } = this.context;
    const output = settings.value(all.OUTPUT, this.output);
    if (output !== undefined && output !== "-")
      return { kind: "folder", path: absolutePath(output, host) };
    if (this.targets.length > 1)
      throw new UsageError(
        "only one file can go to standard output",
        "Say where to restore to: -o DIR, or -o . for the current folder.",
      );
    if (settings.switch(all.JSON_OUTPUT, this.json))
      throw new UsageError("--json and a file cannot both go to standard output", "Give -o DIR.");
    return { kind: "stream", write: host.write };
  }

  #attributes(settings: SettingValues): RestoreAttributes {
    const mode = (isSet: boolean) => (isSet ? "set" : "leave");
    return {
      times: mode(settings.switch(all.SET_TIMES, this.setTimes)),
      permissions: mode(settings.switch(all.SET_PERMISSIONS, this.setPermissions)),
      extendedAttributes: mode(settings.switch(all.SET_ATTRIBUTES, this.setAttributes)),
      accessLists: mode(settings.switch(all.SET_ACCESS_LISTS, this.setAccessLists)),
      owners: settings.value(all.OWNERS, this.owners),
    };
  }
}

function restoreLines({ set, counts, durationMs, problems }: RestoreOutcome): readonly string[] {
  const { files, directories, others, bytes, kept } = counts;
  const what = [
    counted(files, "file"),
    counted(directories, "directory", "directories"),
    ...(others === 0 ? [] : [`${humanCount(others)} other`]),
  ].join(", ");
  const duration = humanDuration(durationMs);
  return [
    `Restored from ${set.name}: ${what}, ${humanSize(bytes)}, in ${duration}`,
    ...(kept === 0
      ? []
      : [`${humanCount(kept)} were there already and left as they are; see --overwrite`]),
    ...problemLines(problems, "restored"),
  ];
}

function restoreJson(outcome: RestoreOutcome, { repository }: RestoreOptions): object {
  const { set, counts, durationMs, problems, exitCode } = outcome;
  return {
    command: "regen",
    repository: { folder: repository.folder, client: repository.clientName },
    set: { number: set.id, name: set.name },
    counts,
    durationMs,
    problems: problemsJson(problems),
    exitCode,
  };
}
