/** What a restore would do, or is about to do, to what is on disk. Data only. */
import type { FilePath } from "./byte-string.ts";
import type { FileKind } from "./entry.ts";

/**
 * create: nothing is there. replace: something else is. metadata: only what is said of it differs.
 * delete: the backup does not have it. leave: it is there, and stays.
 */
export type ChangeAction = "create" | "replace" | "metadata" | "delete" | "leave";

export type PlannedChange = {
  readonly action: ChangeAction;
  /** Where it is on disk. */
  readonly path: FilePath;
  /** Of what will be there; of what is to be deleted. */
  readonly kind: FileKind;
  /** Of a file, its plaintext. */
  readonly sizeBytes: number;
};

/** Changes listed; those beyond are only counted. */
const CHANGES_LISTED_MAX = 10_000;

export type ChangePlan = {
  readonly counts: Readonly<Record<ChangeAction, number>>;
  /** Plaintext to be written. */
  readonly bytes: number;
  readonly listed: readonly PlannedChange[];
};

/** Adds up changes as they are found. */
export class ChangeTally {
  readonly #counts = { create: 0, replace: 0, metadata: 0, delete: 0, leave: 0 };
  readonly #listed: PlannedChange[] = [];
  #bytes = 0;

  add(change: PlannedChange): void {
    this.#counts[change.action] += 1;
    const isWritten = change.action !== "leave" && change.action !== "delete";
    if (isWritten && change.kind === "file") this.#bytes += change.sizeBytes;
    if (this.#listed.length < CHANGES_LISTED_MAX) this.#listed.push(change);
  }

  get plan(): ChangePlan {
    return { counts: this.#counts, bytes: this.#bytes, listed: this.#listed };
  }
}
