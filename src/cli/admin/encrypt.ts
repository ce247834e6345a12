/** `tardis admin encrypt`: gives a repository that has sets already a password. */
import { Command } from "clipanion";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { TardisCommand } from "../command.ts";
import { exitCodeHelp } from "../exit-codes.ts";
import { counted } from "../human.ts";
import { NO_WAY_BACK } from "../password.ts";
import type { Report } from "../report.ts";
import type { SettingValues } from "../setting-values.ts";

export class AdminEncryptCommand extends TardisCommand {
  static override paths = [["admin", "encrypt"]];
  static override usage = Command.Usage({
    description: "Encrypt a repository that is not, with all its backup sets.",
    details: `
      Makes an encrypted repository beside it, in a folder whose name ends in .encrypting, reads all
      of that, puts it in the other's place and removes the other. It needs as much room again
      until then. Interrupted, it goes on where it stopped when it is run again with the same
      password; until the end the repository is as it was. Where a file system is mounted at the
      repository's own folder it is refused: no other can take that place. What a disk keeps of
      removed files is beyond its reach.

      ${exitCodeHelp(["ok", "failed", "usage", "noRepository", "locked", "badPassword", "corrupt"])}
    `,
    examples: [["Ask for the password, twice", "$0 admin encrypt -D /media/disk"]],
  });

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const options = this.chosenRepository(settings, "read");
    const { host, engine } = this.context;
    const { now, stop: signal } = host;
    const done = await engine.keys.encrypt(options, { now, signal, reporter: report });
    report.text([
      `${options.folder} is encrypted: ${counted(done.sets, "backup set")}.`,
      NO_WAY_BACK,
    ]);
    report.json({ command: "admin encrypt", folder: options.folder, ...done, exitCode: EXIT.ok });
    return EXIT.ok;
  }
}
