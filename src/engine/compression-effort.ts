/**
 * How hard zstd tries, where the user gave no level. A first backup is read as fast as it can be;
 * what a later run adds is mostly little and stays for years, so up to an amount more time is
 * spent on it: ten releases of six packages took 3 % less.
 */
import type { Compression } from "../core/backup-options.ts";
import type { CompressionLevel } from "../format/compress.ts";

const FAST_LEVEL = 2;
const THOROUGH_LEVEL = 5;
/** Of plaintext in one worker: a quarter of a second. */
const THOROUGH_BYTES = 32 * 1024 * 1024;

/** What a worker is told. */
export type EffortPlan = {
  readonly level: CompressionLevel;
  /** What the first `plaintextBytes` in each worker are compressed with instead. */
  readonly thorough:
    { readonly level: CompressionLevel; readonly plaintextBytes: number } | undefined;
};

/** undefined: nothing is compressed. `backup`: whether the repository has a whole set already. */
export function effortPlan(
  compression: Compression,
  backup: "first" | "later",
): EffortPlan | undefined {
  if (compression.algorithm === "none") return undefined;
  if (compression.level !== "by-amount") return { level: compression.level, thorough: undefined };
  const thorough = { level: THOROUGH_LEVEL, plaintextBytes: THOROUGH_BYTES };
  return { level: FAST_LEVEL, thorough: backup === "first" ? undefined : thorough };
}

/** A worker's share of the plan, used up as it goes. */
export class CompressionEffort {
  readonly #plan: EffortPlan;
  #thoroughBytes: number;

  constructor(plan: EffortPlan) {
    this.#plan = plan;
    this.#thoroughBytes = plan.thorough?.plaintextBytes ?? 0;
  }

  /** Of the next parcel, which has so many bytes of plaintext. */
  levelFor(plaintextBytes: number): CompressionLevel {
    const { level, thorough } = this.#plan;
    if (thorough === undefined || plaintextBytes > this.#thoroughBytes) return level;
    this.#thoroughBytes -= plaintextBytes;
    return thorough.level;
  }
}
