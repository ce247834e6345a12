/**
 * What the main thread asks of its workers, and what they answer. A job of several steps keeps its
 * bytes in the worker that took the first one; only ids and finished parcels cross the border.
 */
import type { DataOptions } from "../core/backup-options.ts";
import type { FilePath } from "../core/byte-string.ts";
import type { FileEntry, FileStat, Version } from "../core/entry.ts";
import type { ContentId } from "../core/ids.ts";
import type { Problem } from "../core/progress.ts";
import type { DeltaChain, Parcel, ParcelMember } from "../core/repository.ts";
import type { DamagedPolicy, OverwritePolicy, RestoreAttributes } from "../core/restore-options.ts";
import type { ContentKeys } from "../format/content-crypto.ts";
import type { KeepSettings } from "../source/displaced-entries.ts";
import type { FolderState, StagingMark } from "../source/staging.ts";
import type { EffortPlan } from "./compression-effort.ts";
import type { EntryTable, ReadTable } from "./entry-table.ts";
import type { RoomMemory, SentBytes } from "./parcel-rooms.ts";
import type { ParcelTable } from "./parcel-table.ts";
import type { RestoreTable } from "./restore-table.ts";
import type { StopFlag } from "./stop-flag.ts";

/** What a worker is told once, before its first job. */
export type WorkerSetup = {
  readonly packsFolder: string;
  /** For contents too large for memory while they are regenerated. */
  readonly temporaryFolder: string;
  /** Of an encrypted repository. */
  readonly keys: ContentKeys | undefined;
  readonly save: SaveSettings | undefined;
  readonly restore: RestoreSettings | undefined;
};

/** How a worker saves. */
export type SaveSettings = {
  readonly accessLists: "save" | "leave-out";
  readonly extendedAttributes: "save" | "leave-out";
  readonly data: DataOptions;
  /** undefined: nothing is compressed. */
  readonly effort: EffortPlan | undefined;
  /** For parcels on their way. */
  readonly rooms: RoomMemory;
  /** ClaimTable.memory. */
  readonly claims: SharedArrayBuffer;
};

/** How a worker restores. */
export type RestoreSettings = {
  /** Absolute; exists. */
  readonly output: FilePath;
  readonly existing: OverwritePolicy;
  readonly attributes: RestoreAttributes;
  readonly keep?: KeepSettings | undefined;
  readonly staging?: StagingMark | undefined;
  readonly damaged: DamagedPolicy;
  /** Raised: end with Interrupted, and leave nothing half-done. */
  readonly stop: StopFlag;
};

export type EntryToRead = {
  /** Where it is on disk. */
  readonly path: FilePath;
  readonly entry: FileEntry;
  /** What a delta may be made against. */
  readonly basis: DeltaChain | undefined;
};

/** Why an entry is not, or not wholly, in the set. */
export type ReadProblem =
  { readonly kind: "vanished" } | { readonly kind: "unreadable"; readonly reason: string };

export type EntryRead = {
  /** What it was by the time it was read; undefined: as the scan saw it. */
  readonly stat: FileStat | undefined;
  readonly content: ContentId | undefined;
  readonly attributes: ContentId | undefined;
  readonly isTorn: boolean;
  readonly problem: ReadProblem | undefined;
  /** It has grown since the scan, so much that it must be sent as a large file. */
  readonly hasOutgrown: boolean;
};

/** By index of what is wanted, of the few that have one: what a delta may be made against. */
export type Bases = ReadonlyMap<number, DeltaChain>;

export type EncodedBatch = {
  readonly parcels: readonly ParcelTable[];
  /** That they are in, or some of them. */
  readonly room: number | undefined;
  /** Damage met in the repository on the way, in words. What needed it was saved otherwise. */
  readonly damaged: readonly string[];
};

/** `contents`: all that its worker found nobody else to store. */
export type ClaimedBatch = EncodedBatch & { readonly contents: readonly ContentId[] };

/** A parcel of more than OWN_PACK_BYTES of plaintext, read piece by piece. */
export type StreamedParcel = {
  readonly read: EntryRead;
  /** undefined: the file could not be read to its end, as `read` says. */
  readonly parcel: { readonly head: Uint8Array; readonly member: ParcelMember } | undefined;
  readonly damaged: readonly string[];
};

/** Compared with its basis place by place, or librsync looks for its parts anywhere in it. */
export type DeltaKind = "aligned" | "searched";

/** What a restored entry is to be. */
export type RestoredVersion = Pick<
  Version,
  "kind" | "permissions" | "owner" | "sizeBytes" | "mtimeNs" | "deviceNumber"
>;

/** One file to restore: where it goes below the output, and what it is. */
export type FileToRestore = {
  readonly path: FilePath;
  readonly version: RestoredVersion;
  readonly content: DeltaChain | undefined;
  readonly attributes: DeltaChain | undefined;
  /** The one it comes into. */
  readonly folder: FolderState;
};

export type RestoreDone = {
  readonly files: number;
  readonly others: number;
  /** Left as they were because of the overwrite policy. */
  readonly kept: number;
  /** Plaintext bytes written. */
  readonly bytes: number;
  readonly problems: readonly Problem[];
  /** Some stored bytes were found damaged. */
  readonly foundDamage: boolean;
  /** For progress: what was restored last. */
  readonly last: FilePath | undefined;
};

/** Each kind of job: what is asked, and what is answered. */
export type Jobs = {
  setup: { ask: WorkerSetup; answer: undefined };
  /**
   * Reads small and middling entries. "claimed": and encodes what of them nobody else stores, by
   * the table of claims. Where they are not encoded, their bytes stay here until they are.
   */
  "read-batch": {
    ask: {
      readonly batch: number;
      readonly entries: EntryTable;
      readonly wanted: "asked-for" | "claimed";
    };
    answer: { readonly found: ReadTable; readonly claimed: ClaimedBatch | undefined };
  };
  /** Ends the batch. */
  "encode-batch": {
    ask: { readonly batch: number; readonly wanted: readonly ContentId[]; readonly bases: Bases };
    answer: EncodedBatch;
  };
  /** Opens a large file; answers its attributes, which are small, as a parcel to be stored. */
  "open-large": {
    ask: { readonly large: number; readonly file: EntryToRead };
    answer: { readonly read: EntryRead; readonly attributes: Parcel | undefined };
  };
  /**
   * Reads the whole file for its content id, and goes back to its start. undefined: that failed;
   * finish-large tells.
   */
  "hash-large": { ask: { readonly large: number }; answer: ContentId | undefined };
  /** Makes the delta, if there is a basis and it is worth its chain: the pieces are then its. */
  /** Answers whether there is one worth it. */
  "delta-large": { ask: { readonly large: number; readonly how: DeltaKind }; answer: boolean };
  /** The next piece of the parcel, head included as zeroes; undefined at its end. */
  "piece-large": {
    ask: { readonly large: number };
    answer: { readonly bytes: SentBytes; readonly room: number | undefined } | undefined;
  };
  "finish-large": { ask: { readonly large: number }; answer: StreamedParcel };
  /** Lets go of the file; harmless after an error. */
  "close-large": { ask: { readonly large: number }; answer: undefined };
  "restore-files": { ask: { readonly files: RestoreTable }; answer: RestoreDone };
};

export type JobKind = keyof Jobs;

export type JobRequest = {
  readonly [Kind in JobKind]: {
    readonly id: number;
    readonly kind: Kind;
    readonly ask: Jobs[Kind]["ask"];
  };
}[JobKind];

export type JobReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: JobFailure };

/** An error on its way to the main thread: classes do not survive the journey. */
export type JobFailure = {
  readonly message: string;
  readonly stack: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: number | undefined;
};
