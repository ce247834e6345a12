/**
 * What every command shares: the options about repository and output, and turning errors into
 * messages and exit codes.
 */
import { posix } from "node:path";
import { Command, Option } from "clipanion";
import { EXIT, type ExitCode, TardisError, firstError } from "../core/errors.ts";
import type { RepositoryOptions, UnlockOptions } from "../core/repository-options.ts";
import { ALL_SETTINGS } from "./all-settings.ts";
import type { TardisContext } from "./host.ts";
import { readTextFile } from "./option-files.ts";
import { type GivenPassword, passwordSource } from "./password.ts";
import { absoluteFolder } from "./paths.ts";
import { Report, type ReportOptions } from "./report.ts";
import { chooseRepository } from "./repository-choice.ts";
import { KEYS_FILE, PASSWORD, PASSWORD_FILE, PASSWORD_PROGRAM, SCHEME } from "./secret-settings.ts";
import { flag, listFlag, optionalValueFlag, switchFlag } from "./setting.ts";
import { SettingValues, readSources } from "./setting-values.ts";
import {
  CLIENT,
  CONFIG,
  DATABASE,
  JOB,
  JSON_OUTPUT,
  LOG,
  REPOSITORY,
  VERBOSITY,
} from "./settings.ts";

export abstract class TardisCommand extends Command<TardisContext> {
  // Never `required`: clipanion then ignores other sources. Settings are resolved in run().
  database = flag(DATABASE);
  repository = flag(REPOSITORY);
  client = flag(CLIENT);
  config = flag(CONFIG);
  job = flag(JOB);
  log = listFlag(LOG);
  json = switchFlag(JSON_OUTPUT);
  password = optionalValueFlag(PASSWORD);
  passwordFile = flag(PASSWORD_FILE);
  passwordProgram = flag(PASSWORD_PROGRAM);
  keys = flag(KEYS_FILE);
  crypt = flag(SCHEME);
  verbose = Option.Counter(VERBOSITY.flags, { description: VERBOSITY.description });

  protected abstract run(settings: SettingValues, report: Report): Promise<ExitCode>;

  /** What this command wants shown besides its result. */
  protected shown(_settings: SettingValues): Pick<ReportOptions, "listing" | "progress"> {
    return { listing: "none", progress: "none" };
  }

  override async execute(): Promise<number> {
    // Until the settings are read, what they say about the output is not known.
    let report = this.#report({
      format: this.json === true ? "json" : "text",
      logs: [],
      verbosity: 0,
      listing: "none",
      progress: "none",
    });
    try {
      const settings = this.#settings();
      report = this.#report({
        format: settings.switch(JSON_OUTPUT, this.json) ? "json" : "text",
        logs: settings.list(LOG, this.log),
        verbosity: settings.value(VERBOSITY, this.#verbosity()),
        ...this.shown(settings),
      });
      return await this.run(settings, report);
    } catch (error) {
      const first = firstError(error);
      if (first !== error) report.notice("trace", Bun.inspect(error));
      const code = this.exitCodeOf(first instanceof TardisError ? first.exitCode : EXIT.failed);
      report.failure(first, code);
      return code;
    }
  }

  /** Of a failure; another where a command's exit codes have a meaning of their own. */
  protected exitCodeOf(code: ExitCode): ExitCode {
    return code;
  }

  protected chosenRepository(
    settings: SettingValues,
    purpose: "read" | "write",
  ): RepositoryOptions {
    const { env, host } = this.context;
    // On the command line the one that is given counts, whatever is set elsewhere.
    const isOnlyDatabase = this.database !== undefined && this.repository === undefined;
    const repository = isOnlyDatabase ? undefined : settings.value(REPOSITORY, this.repository);
    const names = {
      repository,
      database: settings.value(DATABASE, this.database),
      client: settings.value(CLIENT, this.client),
    };
    return {
      ...chooseRepository(names, purpose, host, env),
      unlock: this.#unlocking(settings),
    };
  }

  #unlocking(settings: SettingValues): UnlockOptions {
    const { env, host } = this.context;
    const keysFile = settings.value(KEYS_FILE, this.keys);
    const state = env["XDG_STATE_HOME"];
    const isUsable = state !== undefined && posix.isAbsolute(state);
    const stateFolder = isUsable ? state : posix.join(host.homeDirectory, ".local/state");
    const isAsked = this.password === true;
    const given = {
      password: isAsked || settings.secret(PASSWORD, textOf(this.password)),
      file: settings.secret(PASSWORD_FILE, this.passwordFile),
      program: settings.secret(PASSWORD_PROGRAM, this.passwordProgram),
    };
    return {
      password: passwordSource(stated(given, this), host),
      keysFile: keysFile === undefined ? undefined : absoluteFolder(keysFile, host),
      scheme: settings.value(SCHEME, this.crypt),
      stateFolder: absoluteFolder(posix.join(stateFolder, "tardis"), host),
      now: host.now,
    };
  }

  /** -v counts; undefined: it was not given, and other sources tell. */
  #verbosity(): string | undefined {
    return this.verbose === undefined ? undefined : String(Number(this.verbose));
  }

  #settings(): SettingValues {
    const { env, host } = this.context;
    const section = this.job ?? JOB.fallback;
    const config = this.config === undefined ? undefined : { path: this.config, section };
    const values = new SettingValues(readSources(env, config, (path) => readTextFile(path, host)));
    values.checkNames(ALL_SETTINGS);
    return values;
  }

  #report(options: ReportOptions): Report {
    const { stdout, stderr, host } = this.context;
    const { terminalColumns: columns, now, appendLine } = host;
    return new Report(options, { stdout, stderr, columns, now, appendLine });
  }
}

/** What the command line says of the password counts before what files and environment say. */
function stated(
  given: GivenPassword,
  command: Pick<TardisCommand, "password" | "passwordFile" | "passwordProgram">,
): GivenPassword {
  const { password, passwordFile, passwordProgram } = command;
  if (password !== undefined) return { ...given, file: undefined, program: undefined };
  if (passwordFile !== undefined) return { ...given, password: undefined, program: undefined };
  if (passwordProgram !== undefined) return { ...given, password: undefined, file: undefined };
  return given;
}

function textOf(given: string | boolean | undefined): string | undefined {
  return typeof given === "string" ? given : undefined;
}
