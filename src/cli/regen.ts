/** `tardis regen`: brings files back from a backup set. */
import { Command, Option } from "clipanion";
import { type ExitCode, UsageError } from "../core/errors.ts";
import { type ContentId, contentId } from "../core/ids.ts";
import type {
  RestoreAttributes,
  RestoreOptions,
  RestoreOutcome,
  RestoreOutput,
  RestoreWanted,
} from "../core/restore-options.ts";
import type { SetChoice } from "../core/set-choice.ts";
import { problemLines, problemsJson } from "./backup-result.ts";
import { TardisCommand } from "./command.ts";
import { exitCodeHelp } from "./exit-codes.ts";
import { counted, humanCount, humanDuration, humanSize } from "./human.ts";
import { absolutePath, restorePath } from "./paths.ts";
import { inPlaceJson, inPlaceLines, undoFolder, undoLines } from "./in-place-lines.ts";
import { planJson, planLines } from "./plan-lines.ts";
import type { Report, ReportOptions } from "./report.ts";
import { flag, optionalValueFlag, switchFlag } from "./setting.ts";
import { chosenSet } from "./set-choice.ts";
import type { SettingValues } from "./setting-values.ts";
import * as all from "./settings.ts";

const EXIT_CODES = [
  "ok",
  "failed",
  "usage",
  "incomplete",
  "noRepository",
  "badPassword",
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
      is verified before it gets its name; nothing is ever written outside that folder. Of an
      encrypted repository so is every directory: what somebody changed is told and left out.

      With --in-place each PATH becomes again what it is in the set, where it was: a plan is shown,
      what differs is replaced, each file at once, and what it replaced is kept in a folder beside
      it, so that --undo brings it back. Neither can be stopped at a moment that loses anything.

      ${exitCodeHelp(EXIT_CODES)}
    `,
    examples: [
      ["One file, as it was, to look at", "$0 regen ~/notes.txt"],
      ["A folder, next to what is there now", "$0 regen -o /tmp/restored ~/project"],
      ["As it was some time ago", "$0 regen -d '3 days ago' -o /tmp/restored ~/project"],
      ["What would that do?", "$0 regen --dry-run -O newer -o / ~/project"],
      ["A file that is gone, wherever it was last", "$0 regen --last ~/thesis.tex"],
      ["Back where it was, as of friday; then not", "$0 regen --in-place -d friday ~/project"],
      ["Undo that", "$0 regen --undo"],
      ["From a certain set", "$0 regen -b Daily-2026-11-23 -o /tmp/restored ~/project"],
    ],
  });

  output = flag(all.OUTPUT);
  backup = flag(all.BACKUP_SET);
  date = flag(all.DATE);
  last = switchFlag(all.LAST);
  checksum = switchFlag(all.CHECKSUM);
  recoverName = switchFlag(all.RECOVER_NAME);
  reducePath = optionalValueFlag(all.REDUCE_PATH);
  dryRun = switchFlag(all.RESTORE_DRY_RUN);
  inPlace = switchFlag(all.IN_PLACE);
  deleteExtras = switchFlag(all.DELETE_EXTRAS);
  undo = switchFlag(all.UNDO);
  overwrite = flag(all.OVERWRITE);
  setTimes = switchFlag(all.SET_TIMES);
  setPermissions = switchFlag(all.SET_PERMISSIONS);
  setAttributes = switchFlag(all.SET_ATTRIBUTES);
  setAccessLists = switchFlag(all.SET_ACCESS_LISTS);
  hardLinks = switchFlag(all.HARD_LINKS);
  recurse = switchFlag(all.RECURSE);
  owners = flag(all.OWNERS);
  authenticate = switchFlag(all.AUTHENTICATE);
  noAuthenticate = Option.Boolean("--noauthenticate", {
    description: "The same as --no-authenticate.",
  });
  verifyAction = flag(all.VERIFY_ACTION);
  progress = switchFlag(all.PROGRESS);
  targets = Option.Rest({ name: "PATH" });

  protected override shown(settings: SettingValues): Pick<ReportOptions, "listing" | "progress"> {
    const isLive = settings.switch(all.PROGRESS, this.progress) ?? true;
    return { listing: "none", progress: isLive ? "live" : "none" };
  }

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    if (settings.switch(all.UNDO, this.undo)) return this.#undo(settings, report);
    if (settings.switch(all.IN_PLACE, this.inPlace)) return this.#runInPlace(settings, report);
    if (settings.switch(all.DELETE_EXTRAS, this.deleteExtras))
      throw new UsageError("--delete is for a restore in place", "Give --in-place, too.");
    const options = await this.#options(settings, report);
    const outcome = await this.context.engine.restore(options, report);
    // Nothing but the file itself goes to standard output.
    if (options.output.kind === "stream") return outcome.exitCode;
    report.text(restoreLines(outcome));
    report.json(restoreJson(outcome, options));
    return outcome.exitCode;
  }

  async #runInPlace(settings: SettingValues, report: Report): Promise<ExitCode> {
    const { engine, host, env } = this.context;
    const repository = this.chosenRepository(settings, "read");
    const wanted = this.#wanted(settings);
    const set = await this.#set(settings, report);
    const owners = settings.value(all.OWNERS, this.owners);
    const hasForeign = this.output !== undefined || this.overwrite !== undefined;
    if (hasForeign || wanted.kind === "contents" || set.kind === "last" || owners === "none")
      throw new UsageError(
        "a restore in place makes paths what they were in one set",
        "Leave out --output, --overwrite, --checksum, --last and --owners none.",
      );
    this.#expectTargets();
    const outcome = await engine.restoreInPlace(
      {
        repository,
        set,
        paths: wanted.paths,
        extras: settings.switch(all.DELETE_EXTRAS, this.deleteExtras) ? "delete" : "leave",
        owners,
        mode: settings.switch(all.RESTORE_DRY_RUN, this.dryRun) ? "dry-run" : "restore",
        undoFolder: undoFolder(settings, host, env),
        onPlan: (plan, { name }) => report.text([`From ${name}:`, ...planLines(plan)]),
        signal: host.stop,
        now: host.now,
      },
      report,
    );
    report.text(inPlaceLines(outcome));
    report.json(inPlaceJson(outcome, repository));
    return outcome.exitCode;
  }

  async #undo(settings: SettingValues, report: Report): Promise<ExitCode> {
    const { engine, host, env } = this.context;
    if (this.targets.length > 0)
      throw new UsageError(
        "--undo takes no PATH",
        "It undoes the last restore in place as a whole.",
      );
    const folder = undoFolder(settings, host, env);
    const options = { undoFolder: folder, signal: host.stop, now: host.now };
    const outcome = await engine.undoInPlace(options, report);
    report.text(undoLines(outcome));
    report.json({ command: "regen --undo", ...outcome, problems: problemsJson(outcome.problems) });
    return outcome.exitCode;
  }

  #expectTargets(): void {
    if (this.targets.length > 0) return;
    throw new UsageError(
      "nothing to restore was named",
      "Name files or directories as they were: tardis regen -o /tmp/restored ~/project",
    );
  }

  async #options(settings: SettingValues, report: Report): Promise<RestoreOptions> {
    const { host } = this.context;
    this.#expectTargets();
    return {
      set: await this.#set(settings, report),
      wanted: this.#wanted(settings),
      output: this.#output(settings),
      existing: settings.value(all.OVERWRITE, this.overwrite),
      attributes: this.#attributes(settings),
      hardLinks: settings.switch(all.HARD_LINKS, this.hardLinks) ? "link" : "copy",
      directories: settings.switch(all.RECURSE, this.recurse) ? "recurse" : "only",
      mode: settings.switch(all.RESTORE_DRY_RUN, this.dryRun) ? "dry-run" : "restore",
      authentication: this.#isAuthenticated(settings) ? "on" : "off",
      damaged: settings.value(all.VERIFY_ACTION, this.verifyAction),
      repository: this.chosenRepository(settings, "read"),
      signal: host.stop,
      now: host.now,
    };
  }

  async #set(settings: SettingValues, reporter: Report): Promise<SetChoice> {
    const { now } = this.context.host;
    if (!settings.switch(all.LAST, this.last)) return chosenSet(settings, this, { now, reporter });
    if (this.backup !== undefined || this.date !== undefined)
      throw new UsageError("--last means no certain set", "Leave out --backup and --date.");
    return { kind: "last" };
  }

  #wanted(settings: SettingValues): RestoreWanted {
    const isRecovered = settings.switch(all.RECOVER_NAME, this.recoverName);
    if (!settings.switch(all.CHECKSUM, this.checksum)) {
      if (isRecovered)
        throw new UsageError("--recovername is for contents", "Give --checksum, too.");
      const leftOut = settings.value(all.REDUCE_PATH, this.reducePath);
      const reading = { symlinks: "resolve", leftOut } as const;
      const { host } = this.context;
      return {
        kind: "paths",
        paths: this.targets.map((target) => restorePath(target, host, reading)),
      };
    }
    const names = isRecovered ? "recover" : "checksum";
    return { kind: "contents", contents: this.targets.map(checksumOf), names };
  }

  #isAuthenticated(settings: SettingValues): boolean {
    const { authenticate, noAuthenticate } = this;
    return settings.switch(all.AUTHENTICATE, noAuthenticate === true ? false : authenticate);
  }

  #output(settings: SettingValues): RestoreOutput {
    const { host } = this.context;
    const output = settings.value(all.OUTPUT, this.output);
    if (output !== undefined && output !== "-")
      return { kind: "folder", path: absolutePath(output, host) };
    if (settings.switch(all.RESTORE_DRY_RUN, this.dryRun))
      throw new UsageError("--dry-run is for a folder", "Say which, with --output DIR.");
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

/** Throws UsageError. */
function checksumOf(text: string): ContentId {
  const hex = text.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return contentId(hex);
  throw new UsageError(
    `${text} is no checksum`,
    "Give all of its 64 digits, as tardis ls -c shows them.",
  );
}

function keptText(count: number): string {
  if (count === 1) return "1 was there already and left as it is";
  return `${humanCount(count)} were there already and left as they are`;
}

function restoreLines(outcome: RestoreOutcome): readonly string[] {
  const { sets, counts, durationMs, plan } = outcome;
  const names = sets.map(({ name }) => name).join(", ");
  if (plan !== undefined) return [...planLines(plan), `Nothing was written; from ${names}`];
  const { files, directories, others, bytes, kept } = counts;
  const what = [
    counted(files, "file"),
    counted(directories, "directory", "directories"),
    ...(others === 0 ? [] : [`${humanCount(others)} other`]),
  ].join(", ");
  const duration = humanDuration(durationMs);
  return [
    `Restored from ${names}: ${what}, ${humanSize(bytes)}, in ${duration}`,
    ...(kept === 0 ? [] : [`${keptText(kept)}; see --overwrite`]),
    ...problemLines(outcome, "restored"),
  ];
}

function restoreJson(outcome: RestoreOutcome, { repository }: RestoreOptions): object {
  const { sets, counts, plan, durationMs, problems, exitCode } = outcome;
  const named = sets.map(({ id, name }) => ({ number: id, name }));
  return {
    command: "regen",
    repository: { folder: repository.folder, client: repository.clientName },
    set: named[0],
    sets: named,
    counts,
    ...(plan === undefined ? {} : { plan: planJson(plan) }),
    durationMs,
    problems: problemsJson(problems),
    exitCode,
  };
}
