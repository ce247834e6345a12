/**
 * Restores single entries: regenerates what they contain, writes it under a temporary name, sets
 * what is to be said of them, and gives them their name. What goes wrong with one is its problem
 * alone. FileRestorer is a worker's; FolderRestorer sets directories, on the main thread.
 */
import { type FilePath, displayPath } from "../core/byte-string.ts";
import { RepositoryCorrupt } from "../core/errors.ts";
import type { Problem } from "../core/progress.ts";
import type { DeltaChain } from "../core/repository.ts";
import { DAMAGED_SUFFIX, type DamagedPolicy } from "../core/restore-options.ts";
import { type AttributeBundle, decodeBundle } from "../source/attribute-bundle.ts";
import type { NewFile } from "../source/new-entry.ts";
import { SourceFailed } from "../source/problem.ts";
import { RestoreTarget } from "../source/restore-target.ts";
import { GarbageSchedule } from "./garbage.ts";
import type { FileToRestore, RestoreDone, RestoreSettings } from "./jobs.ts";
import type { Regenerator } from "./regenerate.ts";
import type { FinishedFolder, FolderFinisher } from "./restore-run.ts";
import { type StopFlag, expectNotStopped } from "./stop-flag.ts";

const NO_CONTENT: DeltaChain = [];

/** Plaintext restored between two collections. */
const GARBAGE_BYTES = 64 * 1024 * 1024;

export class FileRestorer {
  readonly #garbage = new GarbageSchedule(GARBAGE_BYTES, "whole");
  readonly #stop: StopFlag;
  readonly #target: RestoreTarget;
  readonly #regenerator: Regenerator;
  readonly #damaged: DamagedPolicy;

  constructor(settings: RestoreSettings, regenerator: Regenerator) {
    this.#target = RestoreTarget.open(settings.output, settings);
    this.#stop = settings.stop;
    this.#damaged = settings.damaged;
    this.#regenerator = regenerator;
  }

  restore(files: Iterable<FileToRestore>): RestoreDone {
    const tally = new Tally();
    for (const file of files) {
      expectNotStopped(this.#stop, "the restore");
      tally.attempt(file.path, () => this.#restoreOne(file, tally));
      tally.last = file.path;
    }
    this.#garbage.handled(tally.bytes);
    return tally.done();
  }

  #restoreOne(file: FileToRestore, tally: Tally): void {
    const { path, version, folder } = file;
    if (this.#target.verdict(path, version.mtimeNs, folder) === "keep") {
      tally.kept += 1;
      return;
    }
    const attributes = bundleOf(file.attributes, this.#regenerator);
    using entry = this.#makeOrSalvage(file, attributes, tally);
    tally.add(this.#target.finish(entry, { version, attributes }));
    if (version.kind === "file") {
      tally.files += 1;
      tally.bytes += version.sizeBytes;
    } else tally.others += 1;
  }

  /** What of a damaged file can be read, if that is wanted; its damage is told in any case. */
  #makeOrSalvage(file: FileToRestore, attributes: AttributeBundle | undefined, tally: Tally) {
    try {
      return this.#make(file, attributes);
    } catch (error) {
      if (!(error instanceof RepositoryCorrupt) || file.version.kind !== "file") throw error;
      const made = this.#damaged === "delete" ? undefined : this.#salvage(file);
      if (made === undefined) throw error;
      const kept = `kept as far as it could be read, in ${displayPath(made.path)}`;
      tally.damage(file.path, `${kept}: ${error.message}`);
      return made;
    }
  }

  /** undefined: nothing of it can be read. */
  #salvage(file: FileToRestore): NewFile | undefined {
    const suffix = this.#damaged === "rename" ? DAMAGED_SUFFIX : "";
    const path = `${file.path}${suffix}` as FilePath;
    const metadata = { version: file.version, attributes: undefined };
    const made = this.#target.createFile(path, 0, metadata, file.folder);
    let position = 0;
    try {
      for (const piece of this.#regenerator.pieces(contentOf(file))) {
        expectNotStopped(this.#stop, "the restore");
        made.write(piece, position);
        position += piece.length;
      }
    } catch (error) {
      // The damage that is known already ends it; what lies before is what is wanted.
      if (!(error instanceof RepositoryCorrupt)) {
        made[Symbol.dispose]();
        throw error;
      }
    }
    if (position > 0) return made;
    made[Symbol.dispose]();
    return undefined;
  }

  #make(file: FileToRestore, attributes: AttributeBundle | undefined) {
    const { path, version, folder } = file;
    switch (version.kind) {
      case "file":
        return this.#makeFile(file, attributes);
      case "symlink":
        return this.#target.createSymlink(path, this.#regenerator.bytes(contentOf(file)), folder);
      case "fifo":
      case "socket":
      case "character-device":
      case "block-device":
        return this.#target.createSpecial(path, version.kind, version.deviceNumber, folder);
      case "directory":
        throw new SourceFailed(path, "is a directory", "EISDIR");
    }
  }

  #makeFile(file: FileToRestore, attributes: AttributeBundle | undefined) {
    const { path, version, folder } = file;
    const chain = version.sizeBytes === 0 ? NO_CONTENT : contentOf(file);
    // In memory: checked before there is a file; streamed: it has no name until it is.
    const pieces = chain === NO_CONTENT ? [] : this.#regenerator.pieces(chain);
    const first = firstOf(pieces);
    const made = this.#target.createFile(path, version.sizeBytes, { version, attributes }, folder);
    try {
      let position = 0;
      for (const piece of first) {
        expectNotStopped(this.#stop, "the restore");
        made.write(piece, position);
        position += piece.length;
      }
      return made;
    } catch (error) {
      made[Symbol.dispose]();
      throw error;
    }
  }
}

export class FolderRestorer implements FolderFinisher {
  readonly #target: RestoreTarget;
  readonly #regenerator: Regenerator;

  constructor(target: RestoreTarget, regenerator: Regenerator) {
    this.#target = target;
    this.#regenerator = regenerator;
  }

  apply(
    { path, version, isBorn }: FinishedFolder,
    chain: DeltaChain | undefined,
  ): { readonly problems: readonly Problem[]; readonly foundDamage: boolean } {
    const tally = new Tally();
    tally.attempt(path, () => {
      const attributes = bundleOf(chain, this.#regenerator);
      tally.add(this.#target.finishDirectory(path, { version, attributes }, isBorn));
    });
    return tally.done();
  }
}

/** What was done, and what was not. */
class Tally {
  files = 0;
  others = 0;
  kept = 0;
  bytes = 0;
  last: FilePath | undefined;
  readonly #problems: Problem[] = [];
  #foundDamage = false;

  attempt(path: FilePath, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof SourceFailed) this.#problems.push({ path, what: error.reason });
      else if (error instanceof RepositoryCorrupt) {
        this.#foundDamage = true;
        this.#problems.push({ path, what: `not restored: ${error.message}` });
      } else throw error;
    }
  }

  /** Found in what is restored all the same. */
  damage(path: FilePath, what: string): void {
    this.#foundDamage = true;
    this.#problems.push({ path, what });
  }

  add(problems: readonly Problem[]): void {
    this.#problems.push(...problems);
  }

  done(): RestoreDone {
    const { files, others, kept, bytes, last } = this;
    const foundDamage = this.#foundDamage;
    return { files, others, kept, bytes, last, foundDamage, problems: this.#problems };
  }
}

function bundleOf(
  attributes: DeltaChain | undefined,
  regenerator: Regenerator,
): AttributeBundle | undefined {
  return attributes === undefined ? undefined : decodeBundle(regenerator.bytes(attributes));
}

function contentOf({ path, content }: FileToRestore): DeltaChain {
  if (content !== undefined) return content;
  throw new SourceFailed(path, "could not be read when it was to be backed up", "ENODATA");
}

/** The same pieces; the first is made now, so that its errors come before anything else happens. */
function firstOf(pieces: Iterable<Uint8Array>): Iterable<Uint8Array> {
  if (Array.isArray(pieces)) return pieces; // all of them are made
  const iterator = pieces[Symbol.iterator]();
  const first = iterator.next();
  return (function* () {
    for (let next = first; next.done !== true; next = iterator.next()) yield next.value;
  })();
}
