/** The settings about passwords and keys. What they say is never kept in a set nor logged. */
import { optionalValue, text, wholeNumber } from "./setting.ts";

const SCHEMES = 1;

const asIs = (value: string): string => value;

export const PASSWORD = optionalValue<string | undefined>({
  key: "Password",
  flags: "-P,--password",
  env: "TARDIS_PASSWORD",
  argument: "PW",
  description: "Ask for the password; or take it, as --password=PW, where others may see it.",
  parse: asIs,
  fallback: undefined,
});

export const PASSWORD_FILE = text({
  key: "PasswordFile",
  flags: "-F,--password-file",
  env: "TARDIS_PWFILE",
  argument: "FILE",
  description:
    "The password is the first line of FILE, or of what a file:, http: or https: URL has.",
  fallback: undefined,
});

export const PASSWORD_PROGRAM = text({
  key: "PasswordProg",
  flags: "--password-prog",
  argument: "COMMAND",
  description: "The password is the first line that this command of the shell prints.",
  fallback: undefined,
});

export const KEYS_FILE = text({
  key: "Keys",
  flags: "--keys",
  env: "TARDIS_KEYFILE",
  argument: "FILE",
  description: "Your file of keys, for repositories that do not keep their own.",
  fallback: undefined,
});

export const SCHEME = wholeNumber({
  key: "Crypt",
  flags: "--crypt",
  description: "How a new repository is encrypted: 1, AES-256-GCM and AES-SIV.",
  min: 1,
  max: SCHEMES,
  fallback: SCHEMES,
});

export const NEW_PASSWORD = optionalValue<string | undefined>({
  key: "NewPassword",
  flags: "--newpassword",
  argument: "PW",
  description: "Ask for the new password, or take it, as --newpassword=PW.",
  parse: asIs,
  fallback: undefined,
});

export const NEW_PASSWORD_FILE = text({
  key: "NewPasswordFile",
  flags: "--newpassword-file",
  argument: "FILE",
  description: "The new password is the first line of FILE or of a URL.",
  fallback: undefined,
});

export const NEW_PASSWORD_PROGRAM = text({
  key: "NewPasswordProg",
  flags: "--newpassword-prog",
  argument: "COMMAND",
  description: "The new password is the first line that this command prints.",
  fallback: undefined,
});
