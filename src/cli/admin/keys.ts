/** `tardis admin keys`: where the keys of an encrypted repository lie, and a copy to print. */
import { Command, Option } from "clipanion";
import { EXIT, type ExitCode, UsageError } from "../../core/errors.ts";
import { TardisCommand } from "../command.ts";
import { exitCodeHelp } from "../exit-codes.ts";
import { paperKeys } from "../paper-keys.ts";
import type { Report } from "../report.ts";
import type { SettingValues } from "../setting-values.ts";

export class AdminKeysCommand extends TardisCommand {
  static override paths = [["admin", "keys"]];
  static override usage = Command.Usage({
    description: "Move the keys of an encrypted repository, or print them.",
    details: `
      The keys lie in the repository, under its password. --extract copies them into your own
      file (--keys FILE), which holds those of several repositories; --delete then takes them out
      of the repository, so that the disk alone is of no use even with the password. --insert puts
      them back. --paper shows them as text and as a QR code: printed and kept apart, they outlive
      the disk's. None of these is of use without the password.

      ${exitCodeHelp(["ok", "failed", "usage", "noRepository", "badPassword", "corrupt"])}
    `,
    examples: [
      ["Copy them into your own file", "$0 admin keys --extract --keys ~/tardis.keys"],
      ["Keep them there only", "$0 admin keys --delete --keys ~/tardis.keys"],
      ["To print", "$0 admin keys --paper=svg > keys.svg"],
    ],
  });

  extract = Option.Boolean("--extract", { description: "Copy the keys into the --keys file." });
  insert = Option.Boolean("--insert", { description: "Copy the keys from the --keys file." });
  delete = Option.Boolean("--delete", { description: "Remove the keys from the repository." });
  paper = Option.String("--paper", {
    description: "Show the keys as text and QR code; --paper=svg as a picture to print.",
    tolerateBoolean: true,
  });

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const options = this.chosenRepository(settings, "read");
    const { keys } = this.context.engine;
    const done = this.#wanted();
    if (done === "paper") {
      const picture = this.paper === "svg" ? "svg" : "terminal";
      const text = await keys.printable(options);
      report.text(paperKeys(text, options.folder, picture));
      report.json({ command: "admin keys", folder: options.folder, keys: text, exitCode: EXIT.ok });
      return EXIT.ok;
    }
    await keys[done](options);
    const { keysFile = "" } = options.unlock ?? {};
    report.text([DONE[done](options.folder, keysFile)]);
    report.json({ command: "admin keys", done, folder: options.folder, exitCode: EXIT.ok });
    return EXIT.ok;
  }

  #wanted(): "extract" | "insert" | "delete" | "paper" {
    const { paper } = this;
    if (paper !== undefined && ![true, "svg", "terminal"].includes(paper)) {
      throw new UsageError(`--paper=${String(paper)} is not known`, "Give --paper or --paper=svg.");
    }
    const wanted = (["extract", "insert", "delete", "paper"] as const).filter(
      (name) => this[name] !== undefined && this[name] !== false,
    );
    const [only] = wanted;
    if (only !== undefined && wanted.length === 1) return only;
    throw new UsageError(
      "it is not said what is to be done with the keys",
      "Give one of --extract, --insert, --delete and --paper.",
    );
  }
}

const DONE = {
  extract: (folder: string, file: string) => `The keys of ${folder} are in ${file} now, too.`,
  insert: (folder: string) => `The keys are in ${folder} again.`,
  delete: (folder: string, file: string) =>
    `The keys are in ${file} only. Without it and the password ${folder} cannot be read.`,
} as const;
