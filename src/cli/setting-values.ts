/**
 * What each setting is in this run. The first that says it counts: the command line, the
 * environment, the --config file's section, the machine's defaults file, the built-in default.
 * Options that may be repeated are added to what is said elsewhere.
 */
import { UsageError } from "../core/errors.ts";
import { type IniSection, parseIni } from "./ini.ts";
import { type Setting, SettingError, longFlag } from "./setting.ts";
import { DEFAULTS_FILE } from "./settings.ts";

/** Section of the defaults file. */
const DEFAULTS_SECTION = "Tardis";
const UNKNOWN_KEY_HINT = "docs/settings.md lists the names that settings have in files.";

type File = { readonly path: string; readonly section: string; readonly entries: IniSection };

export type SettingSources = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly job: File | undefined;
  readonly defaults: File | undefined;
};

/** Text that a setting has from somewhere, and where, for messages. */
type Found = { readonly value: string; readonly place: string };

type ReadText = (path: string) => string | undefined;

/** `config` is the --config file and its section. Throws UsageError. */
export function readSources(
  env: SettingSources["env"],
  config: { readonly path: string; readonly section: string } | undefined,
  readText: ReadText,
): SettingSources {
  const defaultsPath = env[DEFAULTS_FILE.env ?? ""] ?? DEFAULTS_FILE.fallback;
  return {
    env,
    job: config === undefined ? undefined : jobFile(config.path, config.section, readText),
    defaults: defaultsFile(defaultsPath, readText),
  };
}

export class SettingValues {
  readonly #sources: SettingSources;
  readonly #used = new Map<string, unknown>();

  constructor(sources: SettingSources) {
    this.#sources = sources;
  }

  /** `given` is the option's value; undefined when it was not given. */
  value<T>(setting: Setting<T>, given: string | boolean | undefined): T {
    const found = this.#given(setting, given) ?? this.#elsewhere(setting);
    const value = found === undefined ? setting.fallback : parse(setting, found);
    this.#used.set(setting.key, value);
    return value;
  }

  /** Like value(), but what it is, is not kept. */
  secret<T>(setting: Setting<T>, given: string | boolean | undefined): T {
    const value = this.value(setting, given);
    this.#used.delete(setting.key);
    return value;
  }

  /** Of a switch. */
  switch<T extends boolean | undefined>(setting: Setting<T>, given: boolean | undefined): T {
    return this.value(setting, given === undefined ? undefined : given ? "yes" : "no");
  }

  /** What files and environment say first, then the command line's. */
  list(setting: Setting<readonly string[]>, given: readonly string[] | undefined): string[] {
    const found = this.#elsewhere(setting);
    const value = [...(found === undefined ? [] : parse(setting, found)), ...(given ?? [])];
    // Of -vx clipanion says that -x is true.
    if (given?.some((item) => typeof item !== "string") === true) throw withoutValue(setting);
    this.#used.set(setting.key, value);
    return value;
  }

  /** All that were asked for, by their names in files. */
  get used(): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...this.#used].filter(([, value]) => value !== undefined));
  }

  /** Throws UsageError for a name in the --config section that no setting has. */
  checkNames(settings: readonly Setting<unknown>[]): void {
    const { job } = this.#sources;
    if (job === undefined) return;
    const known = new Set(settings.map(({ key }) => key.toLowerCase()));
    for (const { key, line } of job.entries.values())
      if (!known.has(key.toLowerCase()))
        throw new UsageError(
          `${job.path}, line ${line}: there is no setting "${key}"`,
          UNKNOWN_KEY_HINT,
        );
  }

  #given(setting: Setting<unknown>, given: string | boolean | undefined): Found | undefined {
    if (given === undefined) return undefined;
    if (typeof given === "string") return { value: given, place: longFlag(setting) };
    if (setting.kind === "value") throw withoutValue(setting);
    return { value: given ? "yes" : "no", place: longFlag(setting) };
  }

  #elsewhere({ key, env }: Setting<unknown>): Found | undefined {
    const fromEnvironment = env === undefined ? undefined : this.#sources.env[env];
    if (env !== undefined && fromEnvironment !== undefined && fromEnvironment !== "")
      return { value: fromEnvironment, place: env };
    const { job, defaults } = this.#sources;
    return inFile(job, [key]) ?? inFile(defaults, env === undefined ? [key] : [env, key]);
  }
}

function parse<T>(setting: Setting<T>, { value, place }: Found): T {
  try {
    return setting.parse(value);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new UsageError(`${place}: "${value}" ${error.message}`, error.hint);
  }
}

function inFile(file: File | undefined, names: readonly string[]): Found | undefined {
  if (file === undefined) return undefined;
  for (const name of names) {
    const entry = file.entries.get(name.toLowerCase());
    if (entry !== undefined && entry.value !== "")
      return { value: entry.value, place: `${file.path}, line ${entry.line}` };
  }
  return undefined;
}

function withoutValue(setting: Setting<unknown>): UsageError {
  const name = longFlag(setting);
  return new UsageError(
    `${name} needs a value`,
    `Write ${name} ${setting.argument}, apart from other short options.`,
  );
}

function jobFile(path: string, section: string, readText: ReadText): File {
  const text = readText(path);
  if (text === undefined)
    throw new UsageError(`there is no file ${path}`, "Give --config a file that exists.");
  const sections = parseIni(text, path);
  const entries = sections.get(section);
  if (entries === undefined) {
    const names = [...sections.keys()].join(", ");
    throw new UsageError(
      `${path} has no section [${section}]`,
      names === "" ? "It has no section at all." : `--job takes one of: ${names}.`,
    );
  }
  return { path, section, entries };
}

function defaultsFile(path: string, readText: ReadText): File | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const entries = parseIni(text, path).get(DEFAULTS_SECTION);
  return entries === undefined ? undefined : { path, section: DEFAULTS_SECTION, entries };
}
