/**
 * Where directories were, over the sets: the way from a directory up to the root, which is another
 * after it, or one above it, was renamed. Looked up a level at a time for many directories at once.
 */
import { type FilePath, ROOT_PATH, joinPath } from "../core/byte-string.ts";
import type { Interval, WayUp } from "../core/history.ts";
import { type DirectoryId, ROOT_DIRECTORY } from "../core/ids.ts";
import type { Repository } from "../core/repository.ts";
import { cut } from "./history.ts";

/** A path that a directory had, and when. */
export type PathSpan = Interval & { readonly path: FilePath };

const DIRECTORIES_PER_CALL = 512;

export class DirectoryPaths {
  readonly #repository: Repository;
  readonly #ways = new Map<DirectoryId, readonly WayUp[]>();

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Before spans() is asked of any of them. */
  async load(directories: Iterable<DirectoryId>): Promise<void> {
    let wanted = this.#unknown(directories);
    while (wanted.length > 0) {
      const some = wanted.slice(0, DIRECTORIES_PER_CALL);
      const answers = await this.#repository.waysUp(some);
      for (const [index, id] of some.entries()) this.#ways.set(id, answers[index] ?? []);
      const above = answers.flat().map(({ parent }) => parent);
      wanted = [...wanted.slice(DIRECTORIES_PER_CALL), ...this.#unknown(above)];
    }
  }

  /** Its paths within an interval, oldest first. */
  spans(directory: DirectoryId, within: Interval): readonly PathSpan[] {
    const { firstSet, lastSet } = within;
    if (directory === ROOT_DIRECTORY) return [{ firstSet, lastSet, path: ROOT_PATH }];
    const ways = this.#ways.get(directory) ?? [];
    return ways.flatMap((way) => {
      const part = cut({ firstSet, lastSet }, way);
      if (part === undefined) return [];
      return this.spans(way.parent, part).map((above) => ({
        ...above,
        path: joinPath(above.path, way.name),
      }));
    });
  }

  #unknown(directories: Iterable<DirectoryId>): readonly DirectoryId[] {
    return [...new Set(directories)].filter((id) => id !== ROOT_DIRECTORY && !this.#ways.has(id));
  }
}
