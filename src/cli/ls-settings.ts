/** The settings of `tardis ls`. */
import { choice, text, toggle, wholeNumber } from "./setting.ts";

const COLUMNS_MAX = 10_000;

export const LONG = toggle({
  key: "Long",
  flags: "-l,--long",
  description: "Permissions, links, owner, group, size and time of modification, too.",
  fallback: false,
});
export const HIDDEN = toggle({
  key: "Hidden",
  flags: "-a,--hidden",
  description: "In a folder, show names that begin with a dot, too.",
  fallback: false,
});
export const REVERSE = toggle({
  key: "Reverse",
  flags: "-r,--reverse",
  description: "From the last name to the first.",
  fallback: false,
});
export const ANNOTATE = toggle({
  key: "Annotate",
  flags: "-f,--annotate",
  description: "Mark names by kind: / a folder, @ a symlink, * a program, | a FIFO, = a socket.",
  fallback: false,
});
export const SIZE = toggle({
  key: "Size",
  flags: "-s,--size",
  description: "The size of each version, too.",
  fallback: false,
});
export const HUMAN = toggle({
  key: "Human",
  flags: "-H,--human",
  description: "Sizes as 1.5 KiB, not as bytes.",
  fallback: false,
});
export const DIR_INFO = toggle({
  key: "DirInfo",
  flags: "-d,--dirinfo",
  description: "Folders themselves, not what is in them.",
  fallback: false,
});
export const CHECKSUMS = toggle({
  key: "Checksums",
  flags: "-c,--checksums",
  description: "The content id of each version, too: its SHA-256, where nothing is encrypted.",
  fallback: false,
});
export const CHAIN_LENGTH = toggle({
  key: "ChainLength",
  flags: "-L,--chainlen",
  description: "How many deltas each version is stored as, too.",
  fallback: false,
});
export const INODE = toggle({
  key: "Inode",
  flags: "-i,--inode",
  description: "Inode numbers, too.",
  fallback: false,
});
export const DIR_SIZE = toggle({
  key: "DirSize",
  flags: "--dsize",
  description: "As a folder's size, how many entries it has.",
  fallback: false,
});
export const VERSIONS = choice({
  key: "Versions",
  flags: "-V,--versions",
  description: "Which versions to show: none, each change, every set by itself, or the last.",
  choices: ["none", "change", "all", "last"],
  fallback: "change",
});
export const DELETIONS = toggle({
  key: "Deletions",
  flags: "--deletions",
  description: "Show what is gone, and when it was.",
  fallback: true,
});
export const BROKEN = toggle({
  key: "Broken",
  flags: "--broken",
  description: "Show versions that could not be read when they were to be backed up.",
  fallback: true,
});
export const ONE_LINE = toggle({
  key: "OneLine",
  flags: "-O,--oneline",
  description: "Name and versions on one line.",
  fallback: false,
});
export const TIMES = toggle({
  key: "Times",
  flags: "-T,--times",
  description: "A new time of modification is a change.",
  fallback: false,
});
export const METADATA = toggle({
  key: "Metadata",
  flags: "-M,--metadata",
  description: "New permissions, owners, attributes or times are a change.",
  fallback: false,
});
export const HEADERS = toggle({
  key: "Headers",
  flags: "--headers",
  description: "Name each folder before what is in it, where there is more than one.",
  fallback: true,
});
export const COLORS = toggle({
  key: "Colors",
  flags: "--colors",
  description: "Colours as TARDIS_LS_COLORS or LS_COLORS say.",
  fallback: undefined,
  fallbackText: "on a terminal, unless NO_COLOR is set",
});
export const COLUMNS = wholeNumber({
  key: "Columns",
  flags: "--columns",
  description: "How many columns of text there is room for.",
  fallback: undefined,
  fallbackText: "the terminal's; one name a line elsewhere",
  min: 1,
  max: COLUMNS_MAX,
});
export const LIST_RECURSE = toggle({
  key: "ListRecurse",
  flags: "--recurse",
  description: "List what is in folders within folders, too.",
  fallback: false,
});
export const GLOB = toggle({
  key: "Glob",
  flags: "--glob",
  description: "Names in each PATH are patterns (docs/patterns.md).",
  fallback: false,
});
export const REAL_PATH = toggle({
  key: "RealPath",
  flags: "--realpath",
  description: "Look for a PATH also where its symlinks lead today.",
  fallback: true,
});
export const RANGE = text({
  key: "Range",
  flags: "--range",
  argument: "A:B",
  description: "Only these sets: from A to B, or one; named as with --backup.",
  fallback: undefined,
});
export const DATES = text({
  key: "Dates",
  flags: "--dates",
  argument: "A:B",
  description: 'Only sets started in that time: "3 days ago:", "2014-03-15:yesterday".',
  fallback: undefined,
});
export const FIND = text({
  key: "Find",
  flags: "--find",
  argument: "PATTERN",
  description: "List all that ever had a name like this, wherever it was.",
  fallback: undefined,
});
export const FOLLOW = toggle({
  key: "Follow",
  flags: "--follow",
  description: "Follow files through renames, by inode and content.",
  fallback: false,
});
/** Where colours are described; not an option. */
export const LS_COLORS = text({
  key: "LsColors",
  flags: "",
  env: "TARDIS_LS_COLORS",
  argument: "COLORS",
  description: "Colours of ls in the form of LS_COLORS; further keys: gone, set, header.",
  fallback: undefined,
  fallbackText: "what LS_COLORS says",
});
