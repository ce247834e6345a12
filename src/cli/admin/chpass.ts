/** `tardis admin chpass`: another password for the same keys. */
import { Command } from "clipanion";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { TardisCommand } from "../command.ts";
import { exitCodeHelp } from "../exit-codes.ts";
import { NO_WAY_BACK, passwordSource } from "../password.ts";
import type { Report } from "../report.ts";
import * as secret from "../secret-settings.ts";
import { flag, optionalValueFlag } from "../setting.ts";
import type { SettingValues } from "../setting-values.ts";

export class AdminChangePasswordCommand extends TardisCommand {
  static override paths = [["admin", "chpass"]];
  static override usage = Command.Usage({
    description: "Change the password of an encrypted repository.",
    details: `
      Nothing that is stored is touched: the keys are the same. Whoever had the old password and a
      copy of the old keys still has the keys; if it is known to others, begin a new repository.

      ${exitCodeHelp(["ok", "failed", "usage", "noRepository", "badPassword"])}
    `,
    examples: [
      ["Ask for the old one, and twice for the new one", "$0 admin chpass -D /media/disk"],
      ["From files", "$0 admin chpass --password-file old.txt --newpassword-file new.txt"],
    ],
  });

  newPassword = optionalValueFlag(secret.NEW_PASSWORD);
  newPasswordFile = flag(secret.NEW_PASSWORD_FILE);
  newPasswordProgram = flag(secret.NEW_PASSWORD_PROGRAM);

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const options = this.chosenRepository(settings, "read");
    const { newPassword } = this;
    const given = {
      password: typeof newPassword === "string" ? newPassword : undefined,
      file: settings.secret(secret.NEW_PASSWORD_FILE, this.newPasswordFile),
      program: settings.secret(secret.NEW_PASSWORD_PROGRAM, this.newPasswordProgram),
    };
    const chosen = passwordSource(given, this.context.host, "New password");
    await this.context.engine.keys.changePassword(options, chosen);
    report.text([`${options.folder} has another password now.`, NO_WAY_BACK]);
    report.json({ command: "admin chpass", folder: options.folder, exitCode: EXIT.ok });
    return EXIT.ok;
  }
}
