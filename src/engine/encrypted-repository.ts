/**
 * A repository on which everything is encrypted before it goes there, whatever stands behind the
 * port: names here, contents in the workers. What comes back is believed only if its seal says that
 * this client, or another with the keys, has written it so. docs/format.md §7.
 */
import type { BackupSet } from "../core/backup-set.ts";
import { type ByteString, type FileName, displayPath, joinPath } from "../core/byte-string.ts";
import { type FilePath, ROOT_PATH } from "../core/byte-string.ts";
import type { Version } from "../core/entry.ts";
import { RepositoryCorrupt, reasonOf } from "../core/errors.ts";
import type { FileIdentity, HistoryPlace, NamePage, PastVersion, WayUp } from "../core/history.ts";
import {
  type BackupSetId,
  type ContentId,
  type DirectoryId,
  type NameId,
  type PackName,
  ROOT_DIRECTORY,
} from "../core/ids.ts";
import type { BackupRequest, BackupSession, DeltaChain, Repository } from "../core/repository.ts";
import { Seals, isEqual } from "../format/entry-seals.ts";
import type { RepositoryKeys } from "../format/repository-keys.ts";
import { Disguise } from "./disguise.ts";
import { EncryptedSession } from "./encrypted-session.ts";

/** "off": which entries there are, and what is said of them, may be anybody's word. */
export type Authentication = "on" | "off";

/** What is known of a directory before it is listed, from the one it lies in. */
type Expected = { readonly seal: Uint8Array | undefined; readonly path: FilePath };

/** What of a set has been looked at. Grows with its directories, 100 bytes each. */
type SetTrust = {
  readonly state: BackupSet["state"];
  readonly expected: Map<DirectoryId, Expected>;
};

export class EncryptedRepository implements Repository {
  readonly name: string;
  readonly #inner: Repository;
  readonly #disguise: Disguise;
  readonly #seals: Seals;
  readonly #authentication: Authentication;
  readonly #trusts = new Map<BackupSetId, SetTrust>();

  /** Owns `inner`. */
  constructor(inner: Repository, keys: RepositoryKeys, authentication: Authentication) {
    this.name = inner.name;
    this.#inner = inner;
    this.#disguise = new Disguise(keys);
    this.#seals = new Seals(keys.auth);
    this.#authentication = authentication;
  }

  sortKey(name: FileName): ByteString {
    return this.#disguise.names.seal(name);
  }

  async backupSets(): Promise<readonly BackupSet[]> {
    const sets = await this.#inner.backupSets();
    return sets.map((set) => this.#disguise.openSet(set));
  }

  async directories(
    set: BackupSetId,
    directories: readonly DirectoryId[],
  ): Promise<readonly (readonly Version[])[]> {
    const listings = await this.#inner.directories(set, directories);
    if (this.#authentication === "on") await this.#check(set, directories, listings);
    return listings.map((listing) => this.#disguise.openVersions(listing).sort(byName));
  }

  treeSeals(
    set: BackupSetId,
    directories: readonly DirectoryId[],
  ): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#inner.treeSeals(set, directories);
  }

  async histories(places: readonly HistoryPlace[]): Promise<readonly (readonly PastVersion[])[]> {
    const sealed = places.map(({ directory, name }) => ({
      directory,
      name: name && this.#disguise.names.seal(name),
    }));
    return this.#openPast(await this.#inner.histories(sealed));
  }

  async waysUp(directories: readonly DirectoryId[]): Promise<readonly (readonly WayUp[])[]> {
    const ways = await this.#inner.waysUp(directories);
    return ways.map((each) =>
      each.map((way) => ({ ...way, name: this.#disguise.openName(way.name) })),
    );
  }

  async namesAfter(name: NameId | undefined): Promise<NamePage> {
    const { ids, joined } = await this.#inner.namesAfter(name);
    return { ids, joined: this.#disguise.openNames(joined, ids.length) };
  }

  async named(names: readonly NameId[]): Promise<readonly (readonly PastVersion[])[]> {
    return this.#openPast(await this.#inner.named(names));
  }

  async lookalikes(files: readonly FileIdentity[]): Promise<readonly (readonly PastVersion[])[]> {
    return this.#openPast(await this.#inner.lookalikes(files));
  }

  chains(contents: readonly ContentId[]): Promise<readonly (DeltaChain | undefined)[]> {
    return this.#inner.chains(contents);
  }

  readPack(pack: PackName, position: number, length: number): Promise<Uint8Array> {
    return this.#inner.readPack(pack, position, length);
  }

  async beginBackup(request: BackupRequest): Promise<BackupSession> {
    const { roots, commandLine, configuration } = request;
    const disguise = this.#disguise;
    const session = await this.#inner.beginBackup({
      ...request,
      roots: roots.map((root) => disguise.names.sealPath(root)),
      commandLine: commandLine && disguise.sealBytes("command line", commandLine),
      configuration: configuration && disguise.sealBytes("configuration", configuration),
      seals: "wanted",
    });
    return new EncryptedSession(session, disguise, this.#seals);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }

  /** Of many sets there is no seal of a whole: entries vouch for themselves, one by one. */
  #openPast(histories: readonly (readonly PastVersion[])[]): readonly (readonly PastVersion[])[] {
    return histories.map((versions) => {
      if (this.#authentication === "on") this.#expectEntriesSealed(versions, "the history");
      return this.#disguise.openVersions(versions);
    });
  }

  async #check(
    set: BackupSetId,
    directories: readonly DirectoryId[],
    listings: readonly (readonly Version[])[],
  ): Promise<void> {
    const trust = await this.#trustOf(set);
    const children = listings.flat().flatMap(({ child }) => (child === undefined ? [] : [child]));
    const seals = await this.#inner.treeSeals(set, children);
    const sealOf = new Map(children.map((child, index) => [child, seals[index]]));
    for (const [index, directory] of directories.entries()) {
      const listing = listings[index] ?? [];
      const expected = trust.expected.get(directory);
      if (expected === undefined && listing.length === 0) continue; // not in the set
      const path = expected?.path ?? ROOT_PATH;
      const thing = `the directory ${displayPath(path)} of backup set ${set}`;
      if (expected === undefined) throw new RepositoryCorrupt(thing, "nothing leads to it");
      if (trust.state === "complete") this.#expectSealed(listing, sealOf, expected.seal, thing);
      else this.#expectEntriesSealed(listing, thing);
      for (const { name, child } of listing) {
        if (child === undefined) continue;
        const below = joinPath(path, this.#disguise.names.open(name));
        trust.expected.set(child, { seal: sealOf.get(child), path: below });
      }
    }
  }

  #expectSealed(
    listing: readonly Version[],
    sealOf: ReadonlyMap<DirectoryId, Uint8Array | undefined>,
    expected: Uint8Array | undefined,
    thing: string,
  ): void {
    const entries = this.#seals.listing(listing.map((version) => this.#seals.entry(version)));
    const below = listing.flatMap(({ name, child }) => {
      const seal = child === undefined ? undefined : sealOf.get(child);
      return seal === undefined ? [] : [{ name, seal }];
    });
    const found = this.#seals.tree(entries, below);
    if (expected !== undefined && isEqual(found, expected)) return;
    throw new RepositoryCorrupt(thing, "its seal is wrong: somebody has changed what it holds");
  }

  /** An unfinished set has no seal of its own: its entries vouch for themselves, one by one. */
  #expectEntriesSealed(listing: readonly Version[], thing: string): void {
    for (const version of listing) {
      const { seal } = version;
      if (seal !== undefined && isEqual(seal, this.#seals.entry(version))) continue;
      throw new RepositoryCorrupt(thing, "an entry's seal is wrong: somebody has changed it");
    }
  }

  async #trustOf(id: BackupSetId): Promise<SetTrust> {
    const known = this.#trusts.get(id);
    if (known !== undefined && known.state !== "running") return known;
    const set = (await this.#inner.backupSets()).find((one) => one.id === id);
    if (known !== undefined && set?.state === "running") return known;
    const expected = new Map<DirectoryId, Expected>();
    if (set === undefined) return { state: "complete", expected };
    const seal = set.state === "complete" ? this.#topSeal(set) : undefined;
    expected.set(ROOT_DIRECTORY, { seal, path: ROOT_PATH });
    const trust = { state: set.state, expected };
    this.#trusts.set(id, trust);
    return trust;
  }

  #topSeal(set: BackupSet): Uint8Array {
    const thing = `the backup set ${set.name}`;
    if (set.seal === undefined) throw new RepositoryCorrupt(thing, "it has no seal");
    try {
      return this.#seals.top(set, set.seal);
    } catch (cause) {
      throw new RepositoryCorrupt(thing, reasonOf(cause), cause);
    }
  }
}

function byName(a: Version, b: Version): number {
  return a.name < b.name ? -1 : 1;
}
