/**
 * The only place that prints. Results go to standard output, as text or as one JSON object;
 * messages to standard error and, with the time, to the log files; the progress line to a terminal.
 */
import { type FilePath, displayPath, namesOf } from "../core/byte-string.ts";
import { type ExitCode, StorageFailed, TardisError } from "../core/errors.ts";
import type { NoticeLevel, Problem, Progress, Reporter, SavedEntry } from "../core/progress.ts";
import { counted, humanSize } from "./human.ts";
import { ProgressLine } from "./progress-line.ts";

const VERBOSITY: Readonly<Record<NoticeLevel, number>> = { notice: 0, detail: 1, trace: 2 };
const SIZE_COLUMNS = 11;
const KIND_COLUMNS = 8;
const REPORT_HINT =
  "This is a bug in tardis. Please report it with all that is shown above; nothing saved is lost.";

export type ReportOptions = {
  readonly format: "text" | "json";
  /** 0: notices only; 1: details; 2: all. */
  readonly verbosity: number;
  /** What was saved: every entry, or sums of each directory. */
  readonly listing: "all" | "dirs" | "none";
  readonly progress: "live" | "none";
  readonly logs: readonly string[];
};

export type ReportStreams = {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Of the terminal that stderr is; undefined: it is none. */
  readonly columns: () => number | undefined;
  readonly now: () => number;
  readonly appendLine: (path: string, line: string) => void;
};

export class Report implements Reporter {
  readonly wants: Reporter["wants"];
  readonly #options: ReportOptions;
  readonly #streams: ReportStreams;
  readonly #line: ProgressLine | undefined;
  #directory: { readonly path: FilePath; entries: number; bytes: number } | undefined;

  constructor(options: ReportOptions, streams: ReportStreams) {
    this.#options = options;
    this.#streams = streams;
    this.wants = options.listing === "none" && options.verbosity < 2 ? "summary" : "saved";
    const { stderr, now } = streams;
    if (options.progress === "live" && streams.columns() !== undefined)
      this.#line = new ProgressLine({
        write: (text) => stderr.write(text),
        columns: () => streams.columns() ?? 80,
        now,
      });
  }

  progress(progress: Progress): void {
    this.#line?.update(progress);
  }

  problem({ path, what }: Problem): void {
    this.#message(`tardis: ${displayPath(path)}: ${what}`);
  }

  notice(level: NoticeLevel, text: string): void {
    if (VERBOSITY[level] <= this.#options.verbosity) this.#message(text);
  }

  saved(entry: SavedEntry): void {
    const { listing, verbosity } = this.#options;
    if (listing === "dirs") this.#addToDirectory(entry);
    else if (listing === "all" || verbosity >= 2) this.#list(listed(entry));
  }

  /** Lines of the result. Not shown where the result is a JSON object. */
  text(lines: readonly string[]): void {
    this.#flushDirectory();
    this.#line?.clear();
    this.#log(lines);
    if (this.#options.format === "text" && lines.length > 0)
      this.#streams.stdout.write(`${lines.join("\n")}\n`);
  }

  /** The result for scripts, shown where JSON was asked for. */
  json(result: object): void {
    this.#flushDirectory();
    this.#line?.clear();
    if (this.#options.format === "json")
      this.#streams.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  }

  /** One of several results for scripts, on a line of its own. */
  jsonLine(result: object): void {
    if (this.#options.format === "json") this.#streams.stdout.write(`${JSON.stringify(result)}\n`);
  }

  /** Why the command could not do its work. */
  failure(error: unknown, exitCode: ExitCode): void {
    const lines =
      error instanceof TardisError
        ? [`tardis: ${error.message}`, error.hint]
        : [stackOf(error), REPORT_HINT];
    this.#message(lines.join("\n"));
    if (!(error instanceof TardisError)) return;
    const { message, hint } = error;
    this.json({ error: { message, hint }, exitCode });
  }

  #message(text: string): void {
    this.#line?.clear();
    this.#streams.stderr.write(`${text}\n`);
    this.#log(text.split("\n"));
  }

  #list(line: string): void {
    this.#line?.clear();
    const { stdout, stderr } = this.#streams;
    (this.#options.format === "json" ? stderr : stdout).write(`${line}\n`);
    this.#log([line]);
  }

  #addToDirectory({ path, sizeBytes }: SavedEntry): void {
    const parent = parentOf(path);
    if (this.#directory?.path !== parent) {
      this.#flushDirectory();
      this.#directory = { path: parent, entries: 0, bytes: 0 };
    }
    this.#directory.entries += 1;
    this.#directory.bytes += sizeBytes;
  }

  #flushDirectory(): void {
    if (this.#directory === undefined) return;
    const { path, entries, bytes } = this.#directory;
    this.#directory = undefined;
    const size = humanSize(bytes).padStart(SIZE_COLUMNS);
    this.#list(
      `${counted(entries, "entry", "entries").padStart(14)} ${size}  ${displayPath(path)}`,
    );
  }

  /** One time for all: the same message is the same line in every file. */
  #log(lines: readonly string[]): void {
    const { logs } = this.#options;
    if (logs.length === 0) return;
    const time = new Date(this.#streams.now()).toISOString();
    for (const path of logs) for (const line of lines) this.#appendTo(path, `${time} ${line}`);
  }

  #appendTo(path: string, line: string): void {
    try {
      this.#streams.appendLine(path, line);
    } catch (cause) {
      throw new StorageFailed(path, cause);
    }
  }
}

function listed({ path, sizeBytes, storedAs }: SavedEntry): string {
  const size = humanSize(sizeBytes).padStart(SIZE_COLUMNS);
  return `${storedAs.padEnd(KIND_COLUMNS)} ${size}  ${displayPath(path)}`;
}

function parentOf(path: FilePath): FilePath {
  const names = namesOf(path).slice(0, -1);
  return names.map((name) => `/${name}`).join("") as FilePath;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
