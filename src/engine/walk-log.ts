/**
 * How far a session's walk has come: the directories that are open, which of them can have no more
 * below them, and up to where, in the order of the walk, all are done. Bounded by what is not done
 * and by the depth of the tree, not by the number of directories.
 */
import type { FileName, FilePath } from "../core/byte-string.ts";
import type { DirectoryId } from "../core/ids.ts";
import type { DirectoryToken } from "../core/repository.ts";
import { DoneUpTo, type PlaceInWalk } from "./done-up-to.ts";
import type { ListingChanges } from "./listing.ts";

export type OpenDirectory = {
  readonly token: DirectoryToken;
  readonly id: DirectoryId;
  readonly path: FilePath;
  readonly scope: "whole" | "named";
  /** Of a new directory: the one that was in its place before. Its rows serve for comparison. */
  readonly predecessor: DirectoryId | undefined;
  readonly isNew: boolean;
  phase: "opened" | "listed" | "done";
  /** In the order of the walk. */
  readonly place: PlaceInWalk;
  /** The walk has left it: nothing below it will be opened any more. */
  isLeft: boolean;
  /** From its listing until it is done. */
  changes: ListingChanges | undefined;
  /** Until it is done: directories below it that were opened. */
  children: Map<FileName, OpenedChild> | undefined;
  /** Directories that its listing names and that were not opened yet. */
  unopened: Set<FileName> | undefined;
};

/** What is known of a directory that the walk enters. */
export type EnteredDirectory = Pick<
  OpenDirectory,
  "token" | "id" | "path" | "scope" | "predecessor" | "isNew" | "phase"
>;

export type OpenedChild = {
  readonly id: DirectoryId;
  /** The row of its name leads to it already. */
  readonly isLinked: boolean;
};

export class WalkLog {
  readonly #open = new Map<DirectoryToken, OpenDirectory>();
  /** From the root to the directory opened last. */
  readonly #way: OpenDirectory[] = [];
  readonly #order = new DoneUpTo();

  /** The last directory of those that are all done; undefined: none is. */
  get cursor(): FilePath | undefined {
    return this.#order.cursor;
  }

  get isDone(): boolean {
    return this.#order.isAll;
  }

  /** Throws when there is no such directory, or when it is done and left. */
  get(token: DirectoryToken): OpenDirectory {
    const directory = this.#open.get(token);
    if (directory === undefined) throw new Error(`no directory ${token} is open in this session`);
    return directory;
  }

  /** The directories that the walk leaves when it goes on in `parent`. */
  leaveUpTo(parent: DirectoryToken | undefined): OpenDirectory[] {
    const left: OpenDirectory[] = [];
    for (let last = this.#way.at(-1); last !== undefined; last = this.#way.at(-1)) {
      if (last.token === parent) return left;
      this.#way.pop();
      last.isLeft = true;
      this.#forget(last);
      left.push(last);
    }
    if (parent === undefined) return left;
    throw new Error(`directory ${parent} is not above the one opened last`);
  }

  /** `phase`: "done" where it is the same as before. */
  enter(about: EnteredDirectory): void {
    const directory: OpenDirectory = {
      ...about,
      place: this.#order.add(about.path),
      isLeft: false,
      changes: undefined,
      children: undefined,
      unopened: undefined,
    };
    this.#open.set(directory.token, directory);
    this.#way.push(directory);
    if (directory.phase === "done") directory.place.done();
  }

  /** All of its rows are written. */
  finish(directory: OpenDirectory): void {
    directory.phase = "done";
    directory.changes = undefined;
    directory.children = undefined;
    this.#forget(directory);
    directory.place.done();
  }

  #forget(directory: OpenDirectory): void {
    if (directory.isLeft && directory.phase === "done") this.#open.delete(directory.token);
  }
}
