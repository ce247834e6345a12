/**
 * What a setting is. Each is declared once, with all its names; its command line option, its place
 * in files and environment, its help and its line in docs/settings.md come from that declaration.
 */
import { Option } from "clipanion";
import { isFileName } from "../core/byte-string.ts";
import { byteStringOfLosslessText } from "../core/lossless-text.ts";

export type Setting<T> = {
  /** In configuration files. */
  readonly key: string;
  /** As clipanion takes them: "-D,--database". */
  readonly flags: string;
  readonly env: string | undefined;
  /** For people: "DIR"; empty for a switch. */
  readonly argument: string;
  readonly description: string;
  readonly kind: "value" | "optional-value" | "switch" | "count" | "list";
  /** Of an optional value: a next word of this form is it, and not a path. */
  readonly nextWord: RegExp | undefined;
  /** Throws SettingError. */
  readonly parse: (text: string) => T;
  readonly fallback: T;
  /** For people. */
  readonly fallbackText: string;
};

/** `message` completes `--flag: "text" …`. */
export class SettingError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

type Names = {
  readonly key: string;
  readonly flags: string;
  readonly env?: string;
  readonly argument?: string;
  readonly description: string;
};

type Details<T> = Names & { readonly fallback: T; readonly fallbackText?: string };

const YES = new Set(["yes", "true", "on", "1"]);
const NO = new Set(["no", "false", "off", "0"]);

/** Any text; empty text in a file or the environment means not set. */
export function text<T extends string | undefined>(details: Details<T>): Setting<string | T> {
  return setting<string | T>(details, "value", (value) => value);
}

/** The name of one directory entry. */
export function fileName(details: Details<string>): Setting<string> {
  return setting({ argument: "NAME", ...details }, "value", (value) => {
    if (!isFileName(byteStringOfLosslessText(value)))
      throw new SettingError("is no file name", "Give a name without a slash.");
    return value;
  });
}

/** How often an option is given. */
export function count(names: Names): Setting<number> {
  return { ...wholeNumber({ ...names, fallback: 0, min: 0, max: 9 }), kind: "count" };
}

export function wholeNumber<T extends number | undefined>(
  details: Details<T> & { readonly min: number; readonly max: number },
): Setting<number | T> {
  const { min, max } = details;
  return setting<number | T>({ argument: "N", ...details }, "value", (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max))
      throw new SettingError("is not what it takes", `Give a whole number from ${min} to ${max}.`);
    return number;
  });
}

export function choice<const C extends string>(
  details: Details<C> & { readonly choices: readonly C[] },
): Setting<C> {
  const { choices } = details;
  return setting({ argument: choices.join("|"), ...details }, "value", (value) => {
    const found = choices.find((name) => name === value);
    if (found === undefined)
      throw new SettingError("is not one of the choices", `Choose one of ${choices.join(", ")}.`);
    return found;
  });
}

/** On the command line --name or --no-name. */
export function toggle<T extends boolean | undefined>(details: Details<T>): Setting<boolean | T> {
  const { fallback } = details;
  const fallbackText = fallback === true ? "on" : "";
  return setting<boolean | T>({ argument: "", fallbackText, ...details }, "switch", (value) => {
    if (YES.has(value.toLowerCase())) return true;
    if (NO.has(value.toLowerCase())) return false;
    throw new SettingError("is neither yes nor no", "Write yes or no.");
  });
}

/** May be given more than once; in a file, one a line. */
export function list(names: Names): Setting<readonly string[]> {
  return setting({ ...names, fallback: [], fallbackText: "" }, "list", (value) =>
    value.split("\n").filter((line) => line !== ""),
  );
}

/** With or without a value: --name or --name=VALUE, and --no-name. Text "yes" stands for none. */
export function optionalValue<T>(
  details: Details<T> & { readonly parse: (value: string) => T; readonly nextWord?: RegExp },
): Setting<T> {
  return { ...setting(details, "optional-value", details.parse), nextWord: details.nextWord };
}

/** The command line option of a setting with a value: undefined when it was not given. */
export function flag(declared: Setting<unknown>): string | undefined {
  return Option.String(declared.flags, { description: helpOf(declared) });
}

/** true: given without a value; false: --no-name. */
export function optionalValueFlag(declared: Setting<unknown>): string | boolean | undefined {
  return Option.String(declared.flags, { description: helpOf(declared), tolerateBoolean: true });
}

export function listFlag(declared: Setting<readonly string[]>): readonly string[] | undefined {
  return Option.Array(declared.flags, { description: helpOf(declared) });
}

export function switchFlag(declared: Setting<boolean | undefined>): boolean | undefined {
  return Option.Boolean(declared.flags, { description: helpOf(declared) });
}

/** The long name: what messages call the option. */
export function longFlag({ flags }: Pick<Setting<unknown>, "flags">): string {
  const names = flags.split(",");
  return names.find((name) => name.startsWith("--")) ?? flags;
}

/** What help says of a setting. */
function helpOf({ description, env, fallbackText }: Setting<unknown>): string {
  const details = [
    ...(env === undefined ? [] : [env]),
    ...(fallbackText === "" ? [] : [`default: ${fallbackText}`]),
  ];
  return details.length === 0 ? description : `${description} [${details.join("; ")}]`;
}

function setting<T>(
  { key, flags, env, argument, description, fallback, fallbackText }: Details<T>,
  kind: Setting<T>["kind"],
  parse: (text: string) => T,
): Setting<T> {
  return {
    key,
    flags,
    env,
    argument: argument ?? "TEXT",
    description,
    kind,
    nextWord: undefined,
    parse,
    fallback,
    fallbackText: fallbackText ?? String(fallback ?? ""),
  };
}
