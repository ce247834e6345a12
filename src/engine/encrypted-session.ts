/**
 * A backup session whose repository never sees a name: encrypts what goes through, seals it, and
 * checks the seals of what the repository says is unchanged. Contents are encrypted before they
 * come here, by the workers. docs/format.md §7.
 */
import { assert } from "../core/assert.ts";
import type { BackupCounts, BackupSet } from "../core/backup-set.ts";
import type { FileName, FilePath } from "../core/byte-string.ts";
import { type EntryRecords, NO_ENTRIES } from "../core/entry-records.ts";
import type { FileEntry, VersionFlags } from "../core/entry.ts";
import { RepositoryCorrupt, reasonOf } from "../core/errors.ts";
import type { ContentId } from "../core/ids.ts";
import type {
  BackupSession,
  Decision,
  DeltaChain,
  DirectoryAnswer,
  DirectoryHead,
  DirectoryListing,
  DirectorySeals,
  DirectoryToken,
  FinishedDirectory,
  KnownEntry,
  Parcel,
  ParcelWriter,
  SentEntries,
  TreeSeal,
} from "../core/repository.ts";
import { type Seals, isEqual } from "../format/entry-seals.ts";
import type { Disguise } from "./disguise.ts";
import { TreeSeals } from "./tree-seals.ts";

/** Tree seals that are sent at once. */
const SEALS_PER_CALL = 256;

/** What of a directory is as it was: the seals, and which directories. */
type Unchanged = {
  readonly unchanged: readonly Uint8Array[];
  readonly unchangedDirectories: readonly FileName[];
};

/** A directory from its listing until it is finished. */
type Listed = Unchanged & {
  readonly records: { readonly plain: EntryRecords; readonly hidden: EntryRecords };
};

const NOTHING_LISTED: Listed = {
  unchanged: [],
  unchangedDirectories: [],
  records: { plain: NO_ENTRIES, hidden: NO_ENTRIES },
};

export class EncryptedSession implements BackupSession {
  readonly backupSet: BackupSet;
  readonly #inner: BackupSession;
  readonly #disguise: Disguise;
  readonly #seals: Seals;
  readonly #tree: TreeSeals;
  readonly #listed = new Map<DirectoryToken, Listed>();
  #lastMount: { readonly plain: FilePath; readonly sealed: FilePath } | undefined;

  constructor(inner: BackupSession, disguise: Disguise, seals: Seals) {
    this.#inner = inner;
    this.#disguise = disguise;
    this.#seals = seals;
    this.#tree = new TreeSeals(seals);
    this.backupSet = disguise.openSet(inner.backupSet);
  }

  async openDirectories(heads: readonly DirectoryHead[]): Promise<readonly DirectoryAnswer[]> {
    const hidden = heads.map((head) => this.#hiddenHead(head));
    const answers = await this.#inner.openDirectories(hidden);
    for (const [index, head] of hidden.entries()) {
      const answer = answers[index];
      assert(answer !== undefined, "there is an answer for every directory");
      this.#open(head, answer);
    }
    await this.#sendSeals(SEALS_PER_CALL);
    return answers;
  }

  async list(listings: readonly DirectoryListing[]): Promise<readonly (readonly Decision[])[]> {
    const hidden = this.#hidden(listings.map(({ entries }) => entries));
    const decisions = await this.#inner.list(
      listings.map((listing, index) => ({ ...listing, entries: hidden[index] ?? NO_ENTRIES })),
    );
    for (const [index, { token, entries }] of listings.entries()) {
      const records = { plain: entries, hidden: hidden[index] ?? NO_ENTRIES };
      const unchanged = this.#checkUnchanged(records.hidden, decisions[index] ?? []);
      this.#listed.set(token, { ...unchanged, records });
    }
    return decisions.map((listed) => listed.map(withoutKnown));
  }

  isEmpty(): Promise<boolean> {
    return this.#inner.isEmpty();
  }

  missing(contents: readonly ContentId[]): Promise<readonly boolean[]> {
    return this.#inner.missing(contents);
  }

  chains(contents: readonly ContentId[]): Promise<readonly (DeltaChain | undefined)[]> {
    return this.#inner.chains(contents);
  }

  hasSize(sizeBytes: number): Promise<boolean> {
    return this.#inner.hasSize(sizeBytes);
  }

  putParcel(parcel: Parcel): Promise<void> {
    return this.#inner.putParcel(parcel);
  }

  openParcel(): Promise<ParcelWriter> {
    return this.#inner.openParcel();
  }

  async finishDirectories(directories: readonly FinishedDirectory[]): Promise<void> {
    await this.#inner.finishDirectories(directories.map((directory) => this.#finish(directory)));
    await this.#sendSeals(SEALS_PER_CALL);
  }

  sealDirectories(seals: readonly TreeSeal[]): Promise<void> {
    return this.#inner.sealDirectories(seals);
  }

  async complete(counts: BackupCounts): Promise<BackupSet> {
    const top = this.#tree.end();
    await this.#sendSeals(1);
    const set = await this.#inner.complete(counts, (draft) => this.#seals.set(draft, top));
    return this.#disguise.openSet(set);
  }

  fail(reason: string): Promise<void> {
    return this.#inner.fail(this.#disguise.sealText("reason", reason));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#inner[Symbol.asyncDispose]());
  }

  #hiddenHead(head: DirectoryHead): DirectoryHead {
    const { names } = this.#disguise;
    if (head.mountPoint !== this.#lastMount?.plain) {
      const sealed = names.sealPath(head.mountPoint);
      this.#lastMount = { plain: head.mountPoint, sealed };
    }
    return {
      ...head,
      path: names.sealPath(head.path),
      name: names.seal(head.name),
      mountPoint: this.#lastMount.sealed,
      digest: head.digest && this.#seals.digest(head.digest),
    };
  }

  /** The same under encrypted names, all at once. */
  #hidden(listings: readonly EntryRecords[]): EntryRecords[] {
    const sealed = this.#disguise.names.sealAll(listings.flatMap((entries) => entries.names()));
    let start = 0;
    return listings.map((entries) => {
      const names = sealed.slice(start, start + entries.count);
      start += entries.count;
      return entries.renamed(names);
    });
  }

  #open(head: DirectoryHead, { kind, directory, seals }: DirectoryAnswer): void {
    const { token, parent, name } = head;
    this.#tree.open({ token, parent, name, directory, stored: seals?.tree });
    if (kind === "changed") return;
    this.#tree.list(token, { seal: this.#knownListing(head, seals), directories: undefined });
  }

  /** Of a directory that is as it was: what its entries came to when its digest was the same. */
  #knownListing({ digest }: DirectoryHead, seals: DirectorySeals | undefined): Uint8Array {
    if (digest === undefined || seals?.listing === undefined)
      throw forged("a directory", "no seal");
    try {
      return this.#seals.unbound(seals.listing, digest);
    } catch (cause) {
      throw forged("a directory", reasonOf(cause));
    }
  }

  #checkUnchanged(entries: EntryRecords, decisions: readonly Decision[]): Unchanged {
    const unchanged: Uint8Array[] = [];
    const unchangedDirectories: FileName[] = [];
    for (const [index, decision] of decisions.entries()) {
      if (decision.kind !== "unchanged") continue;
      const entry = entries.entry(index);
      unchanged.push(this.#knownSeal(entry, decision.known));
      if (entry.kind === "directory") unchangedDirectories.push(entry.name);
    }
    return { unchanged, unchangedDirectories };
  }

  /** What is stored of an entry must be what was sent of it when it was as it is now. */
  #knownSeal(entry: FileEntry, known: KnownEntry | undefined): Uint8Array {
    if (known?.seal === undefined) throw forged("an entry", "it has no seal");
    const seal = this.#seals.entry({ ...entry, ...known });
    if (isEqual(seal, known.seal) && !isToBeReadAgain(known.flags)) return seal;
    throw forged("an entry", "its seal is wrong");
  }

  #finish({ token, sent, digest }: FinishedDirectory): FinishedDirectory {
    const listed = this.#listed.get(token) ?? NOTHING_LISTED;
    const { unchanged, unchangedDirectories } = listed;
    this.#listed.delete(token);
    const hidden = this.#hiddenSent(sent, listed);
    const listing = this.#seals.listing([...unchanged, ...hidden.seals]);
    const directories = new Set(unchangedDirectories);
    for (let index = 0; index < hidden.records.count; index += 1) {
      if (hidden.records.isDirectory(index)) directories.add(hidden.records.name(index));
    }
    this.#tree.list(token, { seal: listing, directories });
    const hiddenDigest = digest && this.#seals.digest(digest);
    return {
      token,
      sent: hidden,
      digest: hiddenDigest,
      ...(hiddenDigest && { seal: this.#seals.bound(listing, hiddenDigest) }),
    };
  }

  #hiddenSent(
    sent: SentEntries,
    listed: Listed,
  ): SentEntries & { readonly seals: readonly Uint8Array[] } {
    const { contents, attributes, flags } = sent;
    // Mostly all of a directory is sent, as it was listed.
    const isAll = sent.records === listed.records.plain;
    const records = isAll ? listed.records.hidden : (this.#hidden([sent.records])[0] ?? NO_ENTRIES);
    const owners = sent.owners.map((owner) => this.#disguise.sealOwner(owner));
    const seals = owners.map((owner, index) => {
      const flagsOf = flags[index];
      assert(flagsOf !== undefined, "columns are as long as there are records");
      const said = { owner, flags: flagsOf, content: contents[index] };
      return this.#seals.packedEntry(records, index, {
        ...said,
        attributes: attributes.get(index),
      });
    });
    return { ...sent, records, owners, seals };
  }

  async #sendSeals(countMin: number): Promise<void> {
    if (this.#tree.changedCount < countMin) return;
    await this.#inner.sealDirectories(this.#tree.take());
  }
}

const UNCHANGED: Decision = { kind: "unchanged" };

/** What is known of it is encrypted, and of no use to who asked. */
function withoutKnown(decision: Decision): Decision {
  return decision.kind === "unchanged" ? UNCHANGED : decision;
}

/** What was not surely saved as it is now must be read, whatever a repository says of it. */
function isToBeReadAgain({ isRacy, isTorn, isUnreadable }: VersionFlags): boolean {
  return isRacy || isTorn || isUnreadable;
}

function forged(thing: string, detail: string): RepositoryCorrupt {
  return new RepositoryCorrupt(`${thing} in the catalog`, `${detail}: somebody has changed it`);
}
