/**
 * Up to where, in the order of the walk, everything is done. What follows one that waits is kept
 * no longer than until it is done itself: only its path is, and of neighbours that are done the
 * last one's. So it is bounded by what is not done, however many come after that.
 */
import type { FilePath } from "../core/byte-string.ts";

type Place = {
  path: FilePath;
  isDone: boolean;
  before: Place | undefined;
  after: Place | undefined;
};

/** A directory's place in the order, until it is done. */
export type PlaceInWalk = { readonly done: () => void };

export class DoneUpTo {
  #first: Place | undefined;
  #last: Place | undefined;
  #cursor: FilePath | undefined;

  /** The last of those that are all done; undefined: none is. */
  get cursor(): FilePath | undefined {
    return this.#cursor;
  }

  /** Nothing that was added is not done. */
  get isAll(): boolean {
    return this.#first === undefined;
  }

  /** The next of the walk. */
  add(path: FilePath): PlaceInWalk {
    const place: Place = { path, isDone: false, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
    return { done: () => this.#done(place) };
  }

  #done(place: Place): void {
    place.isDone = true;
    if (place.before?.isDone === true) this.#remove(place.before);
    if (place.after?.isDone === true) this.#remove(place);
    const first = this.#first;
    if (first?.isDone !== true) return;
    this.#cursor = first.path;
    this.#remove(first);
  }

  #remove(place: Place): void {
    const { before, after } = place;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
  }
}
