/** What each exit code means: for help and docs/commands.md. Scripts rely on them. */
import { EXIT } from "../core/errors.ts";

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "all was done",
  failed: "it could not be done; the message tells why",
  usage: "the command line or a file of options is wrong; nothing was done",
  incomplete: "done, but some entries could not be saved or restored whole; each is named",
  noRepository: "there is no repository where one was looked for",
  locked: "another process writes to the repository",
  badPassword: "the password is wrong or missing, or the keys are not where they should be",
  corrupt: "stored data is damaged",
  interrupted: "stopped by Ctrl-C or a signal; the next run goes on where it stopped",
};

/** A line for each of `names`, for the help of a command that may end so. */
export function exitCodeHelp(names: readonly (keyof typeof EXIT)[]): string {
  const lines = names.map((name) => `- ${EXIT[name]}: ${EXIT_MEANINGS[name]}`);
  return ["Exit codes:", ...lines].join("\n\n");
}
