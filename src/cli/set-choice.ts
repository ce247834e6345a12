/** Which backup set the options mean: --backup, or --date. */
import { UsageError } from "../core/errors.ts";
import type { Reporter } from "../core/progress.ts";
import type { OneSetChoice } from "../core/set-choice.ts";
import { humanTime } from "./human.ts";
import type { SettingValues } from "./setting-values.ts";
import { BACKUP_SET, DATE } from "./settings.ts";
import { parseWhen } from "./when.ts";

type Given = { readonly backup: string | undefined; readonly date: string | undefined };

/** Throws UsageError. What a date was taken for is told as a detail. */
export async function chosenSet(
  settings: SettingValues,
  given: Given,
  { now, reporter }: { readonly now: () => number; readonly reporter: Reporter },
): Promise<OneSetChoice> {
  const said = settings.value(DATE, given.date);
  if (said === undefined) return { kind: "named", text: settings.value(BACKUP_SET, given.backup) };
  if (given.backup !== undefined)
    throw new UsageError("--backup and --date both name a set", "Give one of the two.");
  return chosenTime(said, { now, reporter });
}

/** The newest set of that time or before. Throws UsageError. */
export async function chosenTime(
  said: string,
  { now, reporter }: { readonly now: () => number; readonly reporter: Reporter },
): Promise<OneSetChoice> {
  const { endMs } = await parseWhen(said, now());
  reporter.notice("detail", `the date "${said}" is taken for ${humanTime(endMs)}`);
  return { kind: "at", timeMs: endMs, said };
}
