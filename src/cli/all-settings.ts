/** Every setting there is: for checking names in files, and for docs/settings.md. */
import * as backup from "./backup-settings.ts";
import * as diff from "./diff-settings.ts";
import * as ls from "./ls-settings.ts";
import * as secret from "./secret-settings.ts";
import type { Setting } from "./setting.ts";
import * as common from "./settings.ts";

export const ALL_SETTINGS: readonly Setting<unknown>[] = [
  ...Object.values(common),
  ...Object.values(backup),
  ...Object.values(ls),
  ...Object.values(diff),
  ...Object.values(secret),
];
