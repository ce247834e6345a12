/** The line on a terminal that tells how far a run is, redrawn in place. */
import { displayPath } from "../core/byte-string.ts";
import type { Progress } from "../core/progress.ts";
import { counted, humanDuration, humanSize, shortened } from "./human.ts";

const REDRAW_MS = 100;
/** How fast the shown rate follows the real one: the weight of the newest interval. */
const RATE_WEIGHT = 0.2;
const SECOND_MS = 1000;
/** A guess about what is left is shown only after this time and part. */
const GUESS_AFTER_MS = 2000;
const GUESS_AFTER_PART = 0.02;
/** Return to the first column and clear to the end of the line. */
const CLEAR = "\r\u001b[K";

export type ProgressTerminal = {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly now: () => number;
};

export class ProgressLine {
  readonly #terminal: ProgressTerminal;
  readonly #startedMs: number;
  #drawnMs = 0;
  #bytesDrawn = 0;
  #bytesPerSecond: number | undefined;
  #isShown = false;

  constructor(terminal: ProgressTerminal) {
    this.#terminal = terminal;
    this.#startedMs = terminal.now();
  }

  update(progress: Progress): void {
    const now = this.#terminal.now();
    if (now - this.#drawnMs < REDRAW_MS) return;
    this.#measure(progress.bytesMoved, now);
    const facts = progressFacts(progress, {
      elapsedMs: now - this.#startedMs,
      bytesPerSecond: this.#bytesPerSecond,
    });
    this.#terminal.write(CLEAR + fitted(facts, progress, this.#terminal.columns()));
    this.#isShown = true;
  }

  /** Makes room for other output; the line comes back with the next update. */
  clear(): void {
    if (!this.#isShown) return;
    this.#terminal.write(CLEAR);
    this.#isShown = false;
    this.#drawnMs = 0;
  }

  #measure(bytes: number, now: number): void {
    const elapsedMs = now - (this.#drawnMs === 0 ? this.#startedMs : this.#drawnMs);
    const isLong = elapsedMs >= REDRAW_MS;
    if (isLong) {
      const rate = ((bytes - this.#bytesDrawn) * SECOND_MS) / elapsedMs;
      const before = this.#bytesPerSecond ?? rate;
      this.#bytesPerSecond = before + RATE_WEIGHT * (rate - before);
      this.#bytesDrawn = bytes;
    }
    this.#drawnMs = now;
  }
}

/** What the line says before the path. */
export function progressFacts(
  progress: Progress,
  pace: { readonly elapsedMs: number; readonly bytesPerSecond: number | undefined },
): string {
  const { phase, files, bytes, problems } = progress;
  const facts = [`${phase}: ${counted(files, "file")}`, humanSize(bytes)];
  if (pace.bytesPerSecond !== undefined && pace.bytesPerSecond >= 1)
    facts.push(`${humanSize(Math.round(pace.bytesPerSecond))}/s`);
  if (problems > 0) facts.push(counted(problems, "problem"));
  const leftMs = timeLeft(progress, pace.elapsedMs);
  if (leftMs !== undefined) facts.push(`${humanDuration(leftMs)} left`);
  return facts.join(", ");
}

/** undefined: too early to tell, or not known how much there is. */
function timeLeft({ files, bytes, expected }: Progress, elapsedMs: number): number | undefined {
  if (expected === undefined || elapsedMs < GUESS_AFTER_MS) return undefined;
  const part = (done: number, all: number) => (all === 0 ? 1 : Math.min(1, done / all));
  const done = (part(files, expected.files) + part(bytes, expected.bytes)) / 2;
  if (done < GUESS_AFTER_PART) return undefined;
  return (elapsedMs * (1 - done)) / done;
}

/** One column stays free: some terminals wrap after the last. */
function fitted(facts: string, { path }: Progress, columns: number): string {
  const width = columns - 1;
  if (path === undefined) return shortened(facts, width);
  const left = width - Bun.stringWidth(facts) - 2;
  return left < 8 ? shortened(facts, width) : `${facts}  ${shortened(displayPath(path), left)}`;
}
