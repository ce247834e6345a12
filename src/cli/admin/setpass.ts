/** `tardis admin setpass`: a new repository, or one that is empty, whose contents are encrypted. */
import { Command } from "clipanion";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { TardisCommand } from "../command.ts";
import { exitCodeHelp } from "../exit-codes.ts";
import { NO_WAY_BACK } from "../password.ts";
import type { Report } from "../report.ts";
import type { SettingValues } from "../setting-values.ts";

export class AdminSetPasswordCommand extends TardisCommand {
  static override paths = [["admin", "setpass"]];
  static override usage = Command.Usage({
    description: "Give a new or empty repository a password: all in it will be encrypted.",
    details: `
      The first backup with a password does the same. Without the password nothing can be
      restored: there is no way back from a lost one.

      ${exitCodeHelp(["ok", "failed", "usage", "locked", "badPassword"])}
    `,
    examples: [
      ["Ask for it, twice", "$0 admin setpass -D /media/disk"],
      ["From a file", "$0 admin setpass -D /media/disk --password-file ~/.tardis-password"],
      ["Keys in a file of your own only", "$0 admin setpass --keys ~/tardis.keys"],
    ],
  });

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const options = this.chosenRepository(settings, "write");
    const notice = (text: string): void => report.notice("notice", text);
    await this.context.engine.keys.setPassword(options, { now: this.context.host.now, notice });
    report.text([`${options.folder} has a password now.`, NO_WAY_BACK]);
    report.json({ command: "admin setpass", folder: options.folder, exitCode: EXIT.ok });
    return EXIT.ok;
  }
}
