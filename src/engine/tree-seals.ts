/**
 * The seals of a run's directories. A directory's tree seal can be made when its entries are known
 * and everything below it is sealed, so they come from below, in any order. What is kept is what is
 * not sealed yet: the way to where the walk is, and directories that wait for their files.
 */
import { assert } from "../core/assert.ts";
import type { FileName } from "../core/byte-string.ts";
import type { DirectoryId } from "../core/ids.ts";
import type { DirectoryToken, TreeSeal } from "../core/repository.ts";
import type { SealedChild, Seals } from "../format/entry-seals.ts";

export type OpenedDirectory = {
  readonly token: DirectoryToken;
  readonly parent: DirectoryToken | undefined;
  readonly name: FileName;
  readonly directory: DirectoryId;
  /** The tree seal that the repository has of it. */
  readonly stored: Uint8Array | undefined;
};

/** What a directory's entries come to. */
export type SealedListing = {
  readonly seal: Uint8Array;
  /** Those of its entries that are directories; undefined: all that were opened. */
  readonly directories: ReadonlySet<FileName> | undefined;
};

type Node = OpenedDirectory & {
  readonly above: Node | undefined;
  readonly children: SealedChild[];
  /** Directories in it that are opened and not sealed. */
  waitingFor: number;
  /** Nothing more of it will be opened. */
  isLeft: boolean;
  listing: SealedListing | undefined;
};

export class TreeSeals {
  readonly #seals: Seals;
  readonly #nodes = new Map<DirectoryToken, Node>();
  /** From the top to the directory opened last. */
  readonly #way: Node[] = [];
  #changed: TreeSeal[] = [];
  #top: Uint8Array | undefined;

  constructor(seals: Seals) {
    this.#seals = seals;
  }

  /** In the order of the walk. */
  open(directory: OpenedDirectory): void {
    this.#leaveUpTo(directory.parent);
    const above = this.#way.at(-1);
    if (above !== undefined) above.waitingFor += 1;
    const node: Node = {
      ...directory,
      above,
      children: [],
      waitingFor: 0,
      isLeft: false,
      listing: undefined,
    };
    this.#nodes.set(directory.token, node);
    this.#way.push(node);
  }

  /** Its entries are what they will be in the set. */
  list(token: DirectoryToken, listing: SealedListing): void {
    const node = this.#nodes.get(token);
    assert(node !== undefined, "a directory is opened before it is finished");
    node.listing = listing;
    this.#sealFrom(node);
  }

  get changedCount(): number {
    return this.#changed.length;
  }

  /** Seals that the repository has not got yet. */
  take(): readonly TreeSeal[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }

  /** The walk is over: the seal of all of it. */
  end(): Uint8Array {
    this.#leaveUpTo(undefined);
    assert(this.#top !== undefined, "a set is sealed when all its directories are");
    return this.#top;
  }

  #leaveUpTo(parent: DirectoryToken | undefined): void {
    for (let last = this.#way.at(-1); last !== undefined; last = this.#way.at(-1)) {
      if (last.token === parent) return;
      this.#way.pop();
      last.isLeft = true;
      this.#sealFrom(last);
    }
  }

  /** The directory, if that can be, and those above it that waited for it. */
  #sealFrom(from: Node): void {
    for (let node: Node | undefined = from; node !== undefined; node = node.above) {
      const { listing, above } = node;
      if (!node.isLeft || node.waitingFor > 0 || listing === undefined) return;
      const { directories } = listing;
      const children = node.children.filter(({ name }) => directories?.has(name) ?? true);
      const seal = this.#seals.tree(listing.seal, children);
      const { stored, directory, token } = node;
      if (stored === undefined || Buffer.compare(stored, seal) !== 0) {
        this.#changed.push({ directory, seal });
      }
      this.#nodes.delete(token);
      if (above === undefined) this.#top = seal;
      else {
        above.children.push({ name: node.name, seal });
        above.waitingFor -= 1;
      }
    }
  }
}
