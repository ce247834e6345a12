/** `tardis backup`: saves paths as a new backup set. */
import { Command, Option } from "clipanion";
import type { ExitCode } from "../core/errors.ts";
import { backupJson, backupLines } from "./backup-result.ts";
import { type GivenSchedules, backupOptions } from "./backup-request.ts";
import * as all from "./backup-settings.ts";
import { TardisCommand } from "./command.ts";
import { exitCodeHelp } from "./exit-codes.ts";
import type { Report, ReportOptions } from "./report.ts";
import { flag, listFlag, optionalValueFlag, switchFlag } from "./setting.ts";
import type { SettingValues } from "./setting-values.ts";
import { PROGRESS } from "./settings.ts";

const EXIT_CODES = [
  "ok",
  "failed",
  "usage",
  "incomplete",
  "locked",
  "badPassword",
  "corrupt",
  "interrupted",
] as const;

export class BackupCommand extends TardisCommand {
  static override paths = [["backup"]];
  static override usage = Command.Usage({
    description: "Save files and directories as a new backup set.",
    details: `
      Only what changed since the last set is read and stored; the set still holds everything.
      The first backup makes the repository. It never saves its own repository.

      ${exitCodeHelp(EXIT_CODES)}
    `,
    examples: [
      ["Back up your home folder", "$0 backup ~"],
      ["To a USB disk, without caches", "$0 backup -D /media/disk --skip-caches ~"],
      ["Every hour, from cron", "$0 backup --hourly --no-progress ~ /etc"],
      ["What would be saved?", "$0 backup --dry-run --report all ~"],
    ],
  });

  exclude = listFlag(all.EXCLUDE);
  excludeFiles = listFlag(all.EXCLUDE_FILES);
  excludeDirectories = listFlag(all.EXCLUDE_DIRECTORIES);
  excludeFileName = flag(all.EXCLUDE_FILE_NAME);
  localExcludeFileName = flag(all.LOCAL_EXCLUDE_FILE_NAME);
  skipFileName = flag(all.SKIP_FILE_NAME);
  ignoreGlobalExcludes = switchFlag(all.IGNORE_GLOBAL_EXCLUDES);
  cvsIgnore = switchFlag(all.CVS_IGNORE);
  skipCaches = switchFlag(all.SKIP_CACHES);
  excludeNoAccess = switchFlag(all.EXCLUDE_NO_ACCESS);
  crossDevice = switchFlag(all.CROSS_DEVICE);
  depthMax = flag(all.DEPTH_MAX);
  basePath = flag(all.BASE_PATH);
  extendedAttributes = switchFlag(all.EXTENDED_ATTRIBUTES);
  accessLists = switchFlag(all.ACCESS_LISTS);

  setName = flag(all.SET_NAME);
  schedule = flag(all.SCHEDULE);
  automatic = Option.Boolean("-A,--auto", { description: "The same as --schedule automatic." });
  hourly = Option.Boolean("-H,--hourly", { description: "The same as --schedule hourly." });
  daily = Option.Boolean("--daily", { description: "The same as --schedule daily." });
  weekly = Option.Boolean("--weekly", { description: "The same as --schedule weekly." });
  monthly = Option.Boolean("--monthly", { description: "The same as --schedule monthly." });
  priority = flag(all.PRIORITY);
  tags = listFlag(all.TAGS);
  moveTag = switchFlag(all.MOVE_TAG);
  force = switchFlag(all.FORCE);

  full = switchFlag(all.FULL);
  saveFull = switchFlag(all.SAVE_FULL);
  compressData = optionalValueFlag(all.COMPRESS_DATA);
  compressMin = flag(all.COMPRESS_MIN);
  noCompress = listFlag(all.NO_COMPRESS);
  noCompressTypes = listFlag(all.NO_COMPRESS_TYPES);
  deltaThreshold = flag(all.DELTA_THRESHOLD);
  deltaChainMax = flag(all.DELTA_CHAIN_MAX);
  changePercentMax = flag(all.CHANGE_PERCENT_MAX);

  progress = switchFlag(PROGRESS);
  statistics = switchFlag(all.STATISTICS);
  listing = flag(all.LISTING);
  dryRun = switchFlag(all.DRY_RUN);
  sendConfig = switchFlag(all.SEND_CONFIG);
  local = switchFlag(all.LOCAL);
  create = switchFlag(all.CREATE);
  exclusive = switchFlag(all.EXCLUSIVE);

  targets = Option.Rest({ name: "PATH" });

  get schedules(): GivenSchedules {
    const { schedule, automatic, hourly, daily, weekly, monthly } = this;
    return { schedule, automatic, hourly, daily, weekly, monthly };
  }

  protected override shown(settings: SettingValues): Pick<ReportOptions, "listing" | "progress"> {
    const isLive = settings.switch(PROGRESS, this.progress) ?? true;
    return {
      listing: settings.value(all.LISTING, this.listing),
      progress: isLive ? "live" : "none",
    };
  }

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const repository = this.chosenRepository(settings, "write");
    const options = backupOptions(this, repository, settings);
    const outcome = await this.context.engine.backup(options, report);
    const isTable = settings.switch(all.STATISTICS, this.statistics);
    report.text(backupLines(outcome, options, isTable ? "table" : "summary"));
    report.json(backupJson(outcome, options));
    return outcome.exitCode;
  }
}
