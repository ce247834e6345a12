/** The settings of `tardis diff`. */
import { SettingError, list, optionalValue, toggle } from "./setting.ts";

/** As diff(1) has it. */
const CONTEXT_LINES = 3;
const NUMBER = /^\d{1,9}$/;

export const DIFF_SETS = list({
  key: "DiffBackup",
  flags: "-b,--backup",
  argument: "SET",
  description: "Compare this set with the disk; given twice, the first set with the second.",
});
export const UNIFIED = optionalValue<number | undefined>({
  key: "Unified",
  flags: "-u,--unified",
  argument: "N",
  description: "A unified diff with N lines of context, which is the default, with 3.",
  parse: contextLines,
  nextWord: NUMBER,
  fallback: undefined,
});
export const CONTEXT = optionalValue<number | undefined>({
  key: "Context",
  flags: "-c,--context",
  argument: "N",
  description: "A context diff, with N lines of context.",
  parse: contextLines,
  nextWord: NUMBER,
  fallback: undefined,
});
export const NDIFF = toggle({
  key: "Ndiff",
  flags: "-n,--ndiff",
  description: "All lines, with marks below those that changed a little.",
  fallback: false,
});
export const COLOR = toggle({
  key: "Color",
  flags: "--color",
  description: "Use colours.",
  fallback: undefined,
  fallbackText: "on a terminal, unless NO_COLOR is set",
});
export const BINARY = toggle({
  key: "Binary",
  flags: "--binary",
  description: "Compare files that are no text line by line, too.",
  fallback: false,
});
export const DIFF_RECURSE = toggle({
  key: "DiffRecurse",
  flags: "--recurse",
  description: "Compare all that is in folders, at any depth.",
  fallback: false,
});
export const LIST_ONLY = toggle({
  key: "ListOnly",
  flags: "--list",
  description: "Only tell what differs, not how.",
  fallback: false,
});
export const STAT = toggle({
  key: "Stat",
  flags: "--stat",
  description: "How many lines of each file differ.",
  fallback: false,
});
export const PAGER = toggle({
  key: "Pager",
  flags: "--pager",
  description: "On a terminal, show it with TARDIS_PAGER, PAGER, or less.",
  fallback: true,
});

/** "no": not this form. Throws SettingError. */
function contextLines(value: string): number | undefined {
  if (value === "yes") return CONTEXT_LINES;
  if (value === "no") return undefined;
  if (NUMBER.test(value)) return Number(value);
  throw new SettingError("is no number of lines", "Give a whole number, or none.");
}
