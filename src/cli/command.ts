/**
 * What every command shares: the options about repository and output, and turning errors into
 * messages and exit codes.
 */
import { Command, Option } from "clipanion";
import { EXIT, type ExitCode, TardisError, firstError } from "../core/errors.ts";
import type { RepositoryOptions } from "../core/repository-options.ts";
import { ALL_SETTINGS } from "./all-settings.ts";
import type { TardisContext } from "./host.ts";
import { readTextFile } from "./option-files.ts";
import { Report, type ReportOptions } from "./report.ts";
import { chooseRepository } from "./repository-choice.ts";
import { flag, listFlag, switchFlag } from "./setting.ts";
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
      report.failure(first);
      return this.exitCodeOf(first instanceof TardisError ? first.exitCode : EXIT.failed);
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
    return chooseRepository(names, purpose, host, env);
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
