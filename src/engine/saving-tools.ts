/** What the two ways of saving have in common in one worker. */
import type { ContentCrypto } from "../format/content-crypto.ts";
import type { CompressionEffort } from "./compression-effort.ts";
import type { DeltaMaker } from "./delta-maker.ts";

export type SavingTools = {
  readonly deltas: DeltaMaker;
  readonly crypto: ContentCrypto;
  /** undefined: nothing is compressed. */
  readonly effort: CompressionEffort | undefined;
};
