/** The command line of `tardis backup` becomes what the engine is asked for. */
import type {
  BackupOptions,
  DataOptions,
  SetOptions,
  WalkOptions,
} from "../core/backup-options.ts";
import type { SetSchedule } from "../core/backup-set.ts";
import type { FileName, FilePath } from "../core/byte-string.ts";
import { UsageError } from "../core/errors.ts";
import { byteStringOfLosslessText } from "../core/lossless-text.ts";
import type { DeltaPolicy } from "../core/repository.ts";
import type { RepositoryOptions } from "../core/repository-options.ts";
import type { PatternText, SelectionOptions } from "../core/selection-options.ts";
import type { BackupCommand } from "./backup.ts";
import * as all from "./backup-settings.ts";
import { extensionsOf } from "./compression.ts";
import type { Host } from "./host.ts";
import { linesOf, patternOption, readPatternFile, readTextFile } from "./option-files.ts";
import { absolutePath, backupRoots } from "./paths.ts";
import { withoutPasswords } from "./password.ts";
import { type Setting, SettingError, longFlag } from "./setting.ts";
import type { SettingValues } from "./setting-values.ts";

/** A smaller file is never stored as a delta: it would save nothing. */
const DELTA_SIZE_BYTES_MIN = 4096;
const SET_NAME_CHARACTERS_MAX = 255;

/** The options that all say the schedule. */
export type GivenSchedules = { readonly schedule: string | undefined } & {
  readonly [name in SetSchedule]: boolean | undefined;
};

/** Throws UsageError before anything is done. */
export function backupOptions(
  command: BackupCommand,
  repository: RepositoryOptions,
  settings: SettingValues,
): BackupOptions {
  const { host } = command.context;
  const selection = selectionOptions(command, settings, host);
  const walk = walkOptions(command, settings);
  const data = dataOptions(command, settings, host);
  const set = setOptions(command, settings);
  const takeover = settings.switch(all.FORCE, command.force) ? "force" : "never";
  const mode = settings.switch(all.DRY_RUN, command.dryRun) ? "dry-run" : "save";
  checkAccepted(command, settings);
  const basePath = settings.value(all.BASE_PATH, command.basePath);
  const roots = backupRoots(targetsOf(command, settings), basePath, host);
  const isConfigSent = settings.switch(all.SEND_CONFIG, command.sendConfig);
  return {
    repository,
    roots,
    selection,
    walk,
    data,
    set,
    takeover,
    mode,
    clientVersion: host.version,
    commandLine: withoutPasswords(host.commandLine),
    configuration: isConfigSent ? configurationOf(settings) : undefined,
    signal: host.stop,
    now: host.now,
  };
}

function targetsOf(command: BackupCommand, settings: SettingValues): readonly string[] {
  const configured = settings.list(all.DIRECTORIES, undefined);
  const targets = command.targets.length > 0 ? command.targets : configured;
  if (targets.length === 0)
    throw new UsageError(
      "nothing to back up was named",
      "Name files or directories: tardis backup ~",
    );
  return targets;
}

function selectionOptions(
  command: BackupCommand,
  settings: SettingValues,
  host: Host,
): SelectionOptions {
  const here = absolutePath(".", host);
  const files = settings.list(all.EXCLUDE_FILES, command.excludeFiles);
  const patterns = settings.list(all.EXCLUDE, command.exclude);
  const directories = settings.list(all.EXCLUDE_DIRECTORIES, command.excludeDirectories);
  const isCvs = settings.switch(all.CVS_IGNORE, command.cvsIgnore);
  const isCacheSkipped = settings.switch(all.SKIP_CACHES, command.skipCaches);
  const name = (setting: Setting<string>, given: string | undefined): FileName =>
    byteStringOfLosslessText(settings.value(setting, given));
  return {
    globalPatterns: globalPatterns(command, settings, host),
    patterns: [
      ...files.map((path) => patternFile(path, host)),
      ...patterns.map((text) =>
        patternOption(longFlag(all.EXCLUDE), byteStringOfLosslessText(text), here),
      ),
    ],
    excludedDirectories: directories.flatMap((text) => directoryPaths(text, host)),
    fileNames: {
      excludes: name(all.EXCLUDE_FILE_NAME, command.excludeFileName),
      localExcludes: name(all.LOCAL_EXCLUDE_FILE_NAME, command.localExcludeFileName),
      skip: name(all.SKIP_FILE_NAME, command.skipFileName),
    },
    cvs: isCvs ? "ignore" : "keep",
    caches: isCacheSkipped ? "skip" : "keep",
  };
}

function globalPatterns(
  command: BackupCommand,
  settings: SettingValues,
  host: Host,
): readonly PatternText[] {
  const path = settings.value(all.GLOBAL_EXCLUDES, undefined);
  if (settings.switch(all.IGNORE_GLOBAL_EXCLUDES, command.ignoreGlobalExcludes)) return [];
  const patterns = readPatternFile(path, host);
  return patterns === undefined ? [] : [patterns];
}

function patternFile(path: string, host: Host): PatternText {
  const patterns = readPatternFile(path, host);
  if (patterns === undefined)
    throw new UsageError(`there is no file ${path}`, "Give --exclude-file a file that exists.");
  return patterns;
}

/** As named, and with symlinks followed: the walk sees real paths. */
function directoryPaths(text: string, host: Host): readonly FilePath[] {
  const path = absolutePath(text, host);
  const real = host.realPath(path);
  return real === undefined || real === path ? [path] : [path, real];
}

function walkOptions(command: BackupCommand, settings: SettingValues): WalkOptions {
  const isCrossing = settings.switch(all.CROSS_DEVICE, command.crossDevice);
  const isLeftOut = settings.switch(all.EXCLUDE_NO_ACCESS, command.excludeNoAccess);
  const isExtended = settings.switch(all.EXTENDED_ATTRIBUTES, command.extendedAttributes);
  const isListed = settings.switch(all.ACCESS_LISTS, command.accessLists);
  return {
    fileSystems: isCrossing ? "all" : "one",
    depthMax: settings.value(all.DEPTH_MAX, command.depthMax),
    unreadable: isLeftOut ? "leave-out" : "report",
    extendedAttributes: isExtended ? "save" : "leave-out",
    accessLists: isListed ? "save" : "leave-out",
  };
}

function dataOptions(command: BackupCommand, settings: SettingValues, host: Host): DataOptions {
  return {
    compression: settings.value(all.COMPRESS_DATA, command.compressData),
    compressSizeBytesMin: settings.value(all.COMPRESS_MIN, command.compressMin),
    uncompressedExtensions: uncompressedExtensions(command, settings, host),
    delta: deltaPolicy(command, settings),
    deltaPercentMax: settings.value(all.DELTA_THRESHOLD, command.deltaThreshold),
  };
}

function deltaPolicy(command: BackupCommand, settings: SettingValues): DeltaPolicy {
  const isFull = settings.switch(all.FULL, command.full);
  const isAlwaysFull = settings.switch(all.SAVE_FULL, command.saveFull);
  const chainLengthMax = settings.value(all.DELTA_CHAIN_MAX, command.deltaChainMax);
  return {
    chainLengthMax: isFull || isAlwaysFull ? 0 : chainLengthMax,
    changePercentMax: settings.value(all.CHANGE_PERCENT_MAX, command.changePercentMax),
    sizeBytesMin: DELTA_SIZE_BYTES_MIN,
    existing: isFull ? "replace" : "keep",
  };
}

function uncompressedExtensions(
  command: BackupCommand,
  settings: SettingValues,
  host: Host,
): ReadonlySet<string> {
  const extensions = new Set<string>();
  const add = (type: string, place: string) => {
    for (const extension of knownExtensions(type, place)) extensions.add(extension);
  };
  for (const type of settings.list(all.NO_COMPRESS, command.noCompress))
    add(type, longFlag(all.NO_COMPRESS));
  for (const path of settings.list(all.NO_COMPRESS_TYPES, command.noCompressTypes)) {
    const text = readTextFile(path, host);
    if (text === undefined)
      throw new UsageError(
        `there is no file ${path}`,
        "Give --nocompress-types a file that exists.",
      );
    for (const type of linesOf(text)) add(type, path);
  }
  return extensions;
}

function knownExtensions(type: string, place: string): readonly string[] {
  try {
    return extensionsOf(type);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new UsageError(`${place}: "${type}" ${error.message}`, error.hint);
  }
}

function setOptions(command: BackupCommand, settings: SettingValues): SetOptions {
  const name = settings.value(all.SET_NAME, command.setName);
  const tags = settings.list(all.TAGS, command.tags);
  for (const [text, what] of [[name, "set"] as const, ...tags.map((tag) => [tag, "tag"] as const)])
    if (text !== undefined) checkName(text, what);
  const isMoved = settings.switch(all.MOVE_TAG, command.moveTag);
  if (isMoved && tags.length === 0)
    throw new UsageError("--movetag without a tag", "Say which with --tag NAME.");
  return {
    name,
    schedule: scheduleOf(command.schedules, settings),
    priority: settings.value(all.PRIORITY, command.priority),
    tags: [...new Set(tags)],
    takenTags: isMoved ? "move" : "keep",
  };
}

/** A name must not be taken for a number or a path where a set is chosen by it. */
function checkName(name: string, what: "set" | "tag"): void {
  const isBad = name === "" || name.length > SET_NAME_CHARACTERS_MAX || /[/\p{Cc}]/u.test(name);
  if (!isBad && !/^\d+$/.test(name) && name !== "Current" && !/^\.\.?$/.test(name)) return;
  throw new UsageError(
    `"${name}" cannot be the name of a ${what}`,
    "A name has 1 to 255 characters, no slash, is no number and not Current.",
  );
}

function scheduleOf(given: GivenSchedules, settings: SettingValues): SetSchedule {
  const { schedule, ...short } = given;
  const named = Object.entries(short).flatMap(([name, value]) => (value === true ? [name] : []));
  const names = [...(schedule === undefined ? [] : [schedule]), ...named];
  if (new Set(names).size > 1)
    throw new UsageError(`${names.join(" and ")} cannot both be the schedule`, "Give one of them.");
  return settings.value(all.SCHEDULE, names[0]);
}

/** What only says the way it is already must not be asked the other way round. */
function checkAccepted(command: BackupCommand, settings: SettingValues): void {
  if (!settings.switch(all.LOCAL, command.local))
    throw new UsageError("a backup to a server is not possible yet", "Leave --no-local out.");
  if (!settings.switch(all.EXCLUSIVE, command.exclusive))
    throw new UsageError("one backup at a time is all there is", "Leave --no-exclusive out.");
  settings.switch(all.CREATE, command.create);
}

function configurationOf(settings: SettingValues): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(settings.used));
}
