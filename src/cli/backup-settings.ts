/** The settings of `tardis backup`. docs/settings.md is made from these declarations. */
import { ALGORITHM, parseCompression } from "./compression.ts";
import { choice, fileName, list, optionalValue, text, toggle, wholeNumber } from "./setting.ts";

const CHAIN_MAX = 100;
const PRIORITY_MAX = 1_000_000;
const BYTES_MAX = 2 ** 40;

// What is backed up.
export const DIRECTORIES = list({
  key: "Directories",
  flags: "",
  description: "What to back up when the command line names nothing.",
});
export const EXCLUDE = list({
  key: "ExcludePatterns",
  flags: "-x,--exclude",
  argument: "PATTERN",
  description: "Leave out what matches (docs/patterns.md). May be given more than once.",
});
export const EXCLUDE_FILES = list({
  key: "ExcludeFiles",
  flags: "-X,--exclude-file",
  argument: "FILE",
  description: "Leave out what matches a pattern in FILE, one a line. May be given more than once.",
});
export const EXCLUDE_DIRECTORIES = list({
  key: "ExcludeDirs",
  flags: "--exclude-dir",
  argument: "DIR",
  description: "Leave out this one directory, no pattern. May be given more than once.",
});
export const EXCLUDE_FILE_NAME = fileName({
  key: "ExcludeFileName",
  flags: "--exclude-file-name",
  env: "TARDIS_EXCLUDES",
  description: "Name of files with patterns for their directory and all below.",
  fallback: ".tardis-excludes",
});
export const LOCAL_EXCLUDE_FILE_NAME = fileName({
  key: "LocalExcludeFileName",
  flags: "--local-exclude-file-name",
  env: "TARDIS_LOCAL_EXCLUDES",
  description: "Name of files with patterns for their directory only.",
  fallback: ".tardis-local-excludes",
});
export const SKIP_FILE_NAME = fileName({
  key: "SkipFileName",
  flags: "--skip-file-name",
  env: "TARDIS_SKIPFILE",
  description: "A directory with a file of this name is kept empty.",
  fallback: ".tardis-skip",
});
export const GLOBAL_EXCLUDES = text({
  key: "GlobalExcludeFileName",
  flags: "",
  env: "TARDIS_GLOBAL_EXCLUDES",
  argument: "FILE",
  description: "The machine's patterns, where there is such a file.",
  fallback: "/etc/tardis/excludes",
});
export const IGNORE_GLOBAL_EXCLUDES = toggle({
  key: "IgnoreGlobalExcludes",
  flags: "--ignore-global-excludes",
  description: "Do not read the machine's patterns.",
  fallback: false,
});
export const CVS_IGNORE = toggle({
  key: "CvsIgnore",
  flags: "--cvs-ignore",
  description: "Leave out what CVS ignores, and version control folders; read .cvsignore files.",
  fallback: false,
});
export const SKIP_CACHES = toggle({
  key: "SkipCaches",
  flags: "--skip-caches",
  description: "Of directories with a valid CACHEDIR.TAG keep only that file.",
  fallback: false,
});
export const EXCLUDE_NO_ACCESS = toggle({
  key: "ExcludeNoAccess",
  flags: "--exclude-no-access",
  description: "Leave out, without a problem, what may not be read.",
  fallback: false,
});
export const CROSS_DEVICE = toggle({
  key: "CrossDevice",
  flags: "--crossdevice",
  description: "Go on into other file systems mounted below the paths.",
  fallback: false,
});
export const DEPTH_MAX = wholeNumber({
  key: "MaxDepth",
  flags: "--maxdepth",
  description: "Levels of directories below the paths to go down.",
  fallback: undefined,
  fallbackText: "all",
  min: 0,
  max: 10_000,
});
export const BASE_PATH = choice({
  key: "BasePath",
  flags: "--basepath",
  description:
    "Paths in the set: full from /, without the folder all paths share, or last names only.",
  choices: ["none", "common", "full"],
  fallback: "full",
});
export const EXTENDED_ATTRIBUTES = toggle({
  key: "Xattr",
  flags: "--xattr",
  description: "Save extended attributes.",
  fallback: true,
});
export const ACCESS_LISTS = toggle({
  key: "Acl",
  flags: "--acl",
  description: "Save access control lists.",
  fallback: true,
});

// The set.
export const SET_NAME = text({
  key: "Name",
  flags: "-n,--name",
  argument: "NAME",
  description: "Name of the new set.",
  fallback: undefined,
  fallbackText: "by the schedule: Monthly-…, Weekly-…, Daily-…",
});
export const SCHEDULE = choice({
  key: "Schedule",
  flags: "--schedule",
  description:
    "What names and priorities sets get by themselves; -A, -H and the like are short for it.",
  choices: ["automatic", "hourly", "daily", "weekly", "monthly"],
  fallback: "automatic",
});
export const PRIORITY = wholeNumber({
  key: "Priority",
  flags: "--priority",
  description: "How long a set is kept is told by its priority.",
  fallback: undefined,
  fallbackText: "by the schedule",
  min: 0,
  max: PRIORITY_MAX,
});
export const TAGS = list({
  key: "Tags",
  flags: "-t,--tag",
  argument: "NAME",
  description: "A further name for the set. May be given more than once.",
});
export const MOVE_TAG = toggle({
  key: "MoveTag",
  flags: "--movetag",
  description: "Take the tags away from sets that have them.",
  fallback: false,
});
export const FORCE = toggle({
  key: "Force",
  flags: "--force",
  description: "Take over from a run that died on another machine. A live one is never disturbed.",
  fallback: false,
});

// How contents are stored.
export const FULL = toggle({
  key: "Full",
  flags: "--full",
  description: "Store whole files, no deltas, and replace the deltas of files in this set.",
  fallback: false,
});
export const SAVE_FULL = toggle({
  key: "SaveFull",
  flags: "--save-full",
  description: "Store whole files, no deltas, from now on.",
  fallback: false,
});
export const COMPRESS_DATA = optionalValue({
  key: "CompressData",
  flags: "-Z,--compress-data",
  argument: "ALG[:LEVEL]",
  description: "zstd or none, and zstd's level, 1 to 19.",
  parse: parseCompression,
  nextWord: ALGORITHM,
  fallback: parseCompression("zstd"),
  fallbackText: "zstd, level 2; 5 for the little that later runs add",
});
export const COMPRESS_MIN = wholeNumber({
  key: "CompressMin",
  flags: "--compress-min",
  argument: "BYTES",
  description: "Smaller files are not compressed on their own, only together with others.",
  fallback: 4096,
  min: 0,
  max: BYTES_MAX,
});
export const NO_COMPRESS = list({
  key: "NoCompress",
  flags: "-z,--nocompress",
  argument: "MIME",
  description: "Store files of this type as they are: image/jpeg, video/*, *.iso. May be repeated.",
});
export const NO_COMPRESS_TYPES = list({
  key: "NoCompressTypes",
  flags: "--nocompress-types",
  argument: "FILE",
  description: "Like --nocompress for each line of FILE.",
});
export const DELTA_THRESHOLD = wholeNumber({
  key: "DeltaThreshold",
  flags: "--deltathreshold",
  argument: "PERCENT",
  description: "A delta bigger than this part of the compressed file is not worth it.",
  fallback: 66,
  min: 0,
  max: 100,
});
export const DELTA_CHAIN_MAX = wholeNumber({
  key: "MaxDeltaChain",
  flags: "--max-delta-chain",
  description: "Deltas on top of one another before a file is stored whole again.",
  fallback: 5,
  min: 0,
  max: CHAIN_MAX,
});
export const CHANGE_PERCENT_MAX = wholeNumber({
  key: "MaxChangePercent",
  flags: "--max-change-percent",
  argument: "PERCENT",
  description: "A file whose size changed by more is stored whole.",
  fallback: 50,
  min: 0,
  max: 100,
});

// What is told.
export const STATISTICS = toggle({
  key: "Stats",
  flags: "--stats",
  description: "Print a table of what was seen and stored.",
  fallback: false,
});
export const LISTING = choice({
  key: "Report",
  flags: "--report",
  description: "List what was saved: every file, or each directory with its sums.",
  choices: ["all", "dirs", "none"],
  fallback: "none",
});
export const DRY_RUN = toggle({
  key: "DryRun",
  flags: "--dry-run",
  description: "Tell what would be saved; write nothing.",
  fallback: false,
});
export const SEND_CONFIG = toggle({
  key: "SendClientConfig",
  flags: "--send-config",
  description: "Keep the settings of this run in the set.",
  fallback: false,
});

// Accepted, for scripts made for the original: here they change nothing.
export const LOCAL = toggle({
  key: "Local",
  flags: "--local",
  description: "Back up without a server, which is what happens anyway.",
  fallback: true,
});
export const CREATE = toggle({
  key: "Create",
  flags: "--create",
  description: "Make the repository, which the first backup does anyway.",
  fallback: true,
});
export const EXCLUSIVE = toggle({
  key: "Exclusive",
  flags: "--exclusive",
  description: "One backup at a time, which is always so.",
  fallback: true,
});
