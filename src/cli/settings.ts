/** The settings of every command. docs/settings.md is made from these declarations. */
import { SettingError, choice, count, list, optionalValue, text, toggle } from "./setting.ts";

export const DATABASE = text({
  key: "Database",
  flags: "-D,--database",
  env: "TARDIS_DB",
  argument: "DIR",
  description: "The folder with one repository folder a client. A repository itself is used as is.",
  fallback: undefined,
  fallbackText: "/srv/tardis where it can be written, else ~/.local/share/tardis",
});

export const REPOSITORY = text({
  key: "Repository",
  flags: "-R,--repository",
  env: "TARDIS_REPOSITORY",
  argument: "DIR",
  description: "The same as --database, as a path or a file: URL.",
  fallback: undefined,
});

export const CLIENT = text({
  key: "Client",
  flags: "-C,--client",
  env: "TARDIS_CLIENT",
  argument: "NAME",
  description: "Whose files these are: the name of the repository's folder.",
  fallback: undefined,
  fallbackText: "this machine's name",
});

export const CONFIG = text({
  key: "Config",
  flags: "--config",
  argument: "FILE",
  description: "An INI file with settings; --job names the section.",
  fallback: undefined,
});

export const JOB = text({
  key: "Job",
  flags: "--job",
  argument: "SECTION",
  description: "The section of the --config file to use.",
  fallback: "Tardis",
});

export const DEFAULTS_FILE = text({
  key: "Defaults",
  flags: "",
  env: "TARDIS_DEFAULTS",
  argument: "FILE",
  description: "An INI file whose section [Tardis] holds the machine's defaults.",
  fallback: "/etc/tardis/system.defaults",
});

export const LOG = list({
  key: "LogFiles",
  flags: "--log",
  argument: "FILE",
  description: "Append every message to FILE, with the time. May be given more than once.",
});

export const JSON_OUTPUT = toggle({
  key: "Json",
  flags: "--json",
  description: "Print the result as JSON, for scripts; messages go to standard error.",
  fallback: false,
});

export const PROGRESS = toggle({
  key: "Progress",
  flags: "--progress",
  description: "Show a line that tells how far the run is.",
  fallback: undefined,
  fallbackText: "on where messages go to a terminal",
});

export const OUTPUT = text({
  key: "Output",
  flags: "-o,--output",
  argument: "PATH",
  description: "Restore below this folder; a single file may be given its new name.",
  fallback: undefined,
  fallbackText: "standard output, for a single file",
});

export const BACKUP_SET = text({
  key: "Backup",
  flags: "-b,--backup",
  argument: "SET",
  description: "From this set: its name, number, a tag, or the beginning of a name.",
  fallback: "Current",
  fallbackText: "Current, the newest complete set",
});

export const DATE = text({
  key: "Date",
  flags: "-d,--date",
  argument: "WHEN",
  description: 'From the newest complete set of that time or before: "3 days ago", 2014-03-15.',
  fallback: undefined,
});

export const LAST = toggle({
  key: "Last",
  flags: "-l,--last",
  description: "Each PATH from the newest set that has it.",
  fallback: false,
});

export const CHECKSUM = toggle({
  key: "Checksum",
  flags: "-c,--checksum",
  description: "Each PATH is a checksum, as tardis ls -c shows it, of a content to restore.",
  fallback: false,
});

export const RECOVER_NAME = toggle({
  key: "RecoverName",
  flags: "--recovername",
  description: "With --checksum: under the name the content had last, not under the checksum.",
  fallback: false,
});

export const RESTORE_DRY_RUN = toggle({
  key: "RestoreDryRun",
  flags: "--dry-run",
  description: "Tell what would be created, replaced and left; write nothing.",
  fallback: false,
});

export const IN_PLACE = toggle({
  key: "InPlace",
  flags: "--in-place",
  description: "Bring each PATH back where it was; what that replaces is kept, for --undo.",
  fallback: false,
});

export const DELETE_EXTRAS = toggle({
  key: "Delete",
  flags: "--delete",
  description:
    "With --in-place: delete what is there and not in the set, or left out of it; it is kept.",
  fallback: false,
});

export const UNDO = toggle({
  key: "Undo",
  flags: "--undo",
  description: "Undo the last restore in place.",
  fallback: false,
});

export const UNDO_FOLDER = text({
  key: "UndoFolder",
  flags: "",
  env: "TARDIS_UNDO",
  argument: "DIR",
  description: "Where records of restores in place are, for undoing them.",
  fallback: undefined,
  fallbackText: "tardis/undo in $XDG_STATE_HOME, or in ~/.local/state",
});

export const OVERWRITE = choice({
  key: "Overwrite",
  flags: "-O,--overwrite",
  description: "What becomes of a file that is there: newer replaces it if the backup's is newer.",
  choices: ["always", "newer", "older", "never"],
  fallback: "never",
});

export const OWNERS = choice({
  key: "Owners",
  flags: "--owners",
  description: "Set owners and groups by their names, by their numbers only, or not at all.",
  choices: ["by-name", "by-id", "none"],
  fallback: "by-name",
});

export const SET_TIMES = toggle({
  key: "SetTimes",
  flags: "--set-times",
  description: "Set modification times.",
  fallback: true,
});

export const SET_PERMISSIONS = toggle({
  key: "SetPermissions",
  flags: "--set-perms",
  description: "Set permissions.",
  fallback: true,
});

export const SET_ATTRIBUTES = toggle({
  key: "SetAttributes",
  flags: "--set-attrs",
  description: "Set extended attributes.",
  fallback: true,
});

export const SET_ACCESS_LISTS = toggle({
  key: "SetAcl",
  flags: "--set-acl",
  description: "Set access control lists.",
  fallback: true,
});

export const HARD_LINKS = toggle({
  key: "HardLinks",
  flags: "--hardlinks",
  description: "Link files again that were hard links of one another; otherwise each is a copy.",
  fallback: true,
});

export const RECURSE = toggle({
  key: "Recurse",
  flags: "--recurse",
  description: "Restore what is in directories, not only the directories themselves.",
  fallback: true,
});

export const REDUCE_PATH = optionalValue<number | "find">({
  key: "ReducePath",
  flags: "--reduce-path",
  argument: "N",
  description: "Leave out the first N names of each PATH, or as many as it takes to find it.",
  parse: parseLeftOut,
  nextWord: /^\d+$/,
  fallback: 0,
  fallbackText: "",
});

export const AUTHENTICATE = toggle({
  key: "Authenticate",
  flags: "--authenticate",
  description: "Restore only what the seals of an encrypted repository vouch for.",
  fallback: true,
});

export const VERIFY_ACTION = choice({
  key: "VerifyAction",
  flags: "--verify-action",
  description: "What of a damaged file can be read is kept, kept with .damaged as ending, or not.",
  choices: ["keep", "rename", "delete"],
  fallback: "rename",
});

export const VERBOSITY = count({
  key: "Verbose",
  flags: "-v,--verbose",
  description: "Tell more; twice, much more.",
});

/** Without a number: as many as it takes. */
function parseLeftOut(value: string): number | "find" {
  if (value === "yes") return "find";
  if (value === "no") return 0;
  if (/^\d{1,4}$/.test(value)) return Number(value);
  throw new SettingError("is not what it takes", "Give a whole number, or none.");
}
