/**
 * A file system of the imagination: a tree that tests change, and a client that walks it and drives
 * a BackupSession as a real one does. What a walk saw is the model that a set is held to.
 */
import type { BackupSet } from "../../src/core/backup-set.ts";
import { NO_COUNTS } from "../../src/core/backup-set.ts";
import {
  type FileName,
  type FilePath,
  ROOT_PATH,
  byteStringOfText,
  isWithin,
  joinPath,
} from "../../src/core/byte-string.ts";
import { EntryRecords } from "../../src/core/entry-records.ts";
import type { FileEntry, FileKind, VersionFlags } from "../../src/core/entry.ts";
import { type ContentId, contentId } from "../../src/core/ids.ts";
import type {
  BackupRequest,
  BackupSession,
  Decision,
  DirectoryHead,
  DirectoryToken,
  FinishedDirectory,
  Repository,
} from "../../src/core/repository.ts";
import { type SentEntry, sentEntries } from "./sent-entries.ts";

export type FakeNode = {
  kind: FileKind;
  inode: bigint;
  birthNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  /** Of a file. */
  text: string;
  /** Of a directory. */
  readonly children: Map<FileName, FakeNode>;
};

/** What a set says of one path: everything that a test compares. */
export type Seen = { readonly kind: FileKind; readonly mtimeNs: bigint; readonly text: string };
export type Snapshot = ReadonlyMap<FilePath, Seen>;

export const REQUEST: BackupRequest = {
  name: undefined,
  schedule: "automatic",
  priority: undefined,
  tags: [],
  takenTags: "keep",
  roots: [ROOT_PATH],
  clientVersion: "0.0.0",
  commandLine: undefined,
  configuration: undefined,
  policy: {
    chainLengthMax: 5,
    changePercentMax: 50,
    sizeBytesMin: 4,
    existing: "keep",
    leavesOut: [],
  },
};

export const NO_FLAGS: VersionFlags = {
  isRacy: false,
  isTorn: false,
  isUnreadable: false,
  leftOut: [],
};
const OWNER = { uid: 1000, gid: 100, userName: "ann", groupName: "users" };
const DEVICE = 7;

/** Names of the test's own, as bytes. */
export function name(text: string): FileName {
  return byteStringOfText(text) as FileName;
}

export function path(text: string): FilePath {
  return byteStringOfText(text) as FilePath;
}

/** A tree with a clock and inode numbers of its own. */
export class FakeTree {
  readonly root: FakeNode;
  #clock = 1_700_000_000_000_000_000n;
  #lastInode = 10n;
  readonly #freed: bigint[] = [];

  constructor() {
    this.root = this.#node("directory", "", "known");
  }

  tick(): bigint {
    this.#clock += 1_000_003n;
    return this.#clock;
  }

  at(where: FilePath): FakeNode {
    let node = this.root;
    for (const part of where.split("/").slice(1)) {
      const next = node.children.get(part as FileName);
      if (next === undefined) throw new Error(`nothing at ${where}`);
      node = next;
    }
    return node;
  }

  /** A directory with the inode number of something removed, and no time of birth. */
  addReused(parent: FakeNode, called: FileName): void {
    const node = this.#node("directory", "", "unknown");
    node.inode = this.#freed.pop() ?? node.inode;
    this.#put(parent, called, node);
  }

  add(parent: FakeNode, called: FileName, kind: FileKind, text = ""): FakeNode {
    const node = this.#node(kind, text, "known");
    this.#put(parent, called, node);
    return node;
  }

  /** The same directory in a second place, as a bind mount shows it. */
  bind(parent: FakeNode, called: FileName, node: FakeNode): void {
    this.#put(parent, called, node);
  }

  write(node: FakeNode, text: string): void {
    node.text = text;
    node.mtimeNs = this.tick();
    node.ctimeNs = node.mtimeNs;
  }

  remove(parent: FakeNode, called: FileName): void {
    const node = parent.children.get(called);
    parent.children.delete(called);
    parent.mtimeNs = this.tick();
    parent.ctimeNs = parent.mtimeNs;
    if (node !== undefined) this.#freed.push(node.inode);
  }

  move(from: FakeNode, called: FileName, to: FakeNode, as: FileName): void {
    const node = from.children.get(called);
    if (node === undefined) throw new Error(`nothing called ${called}`);
    from.children.delete(called);
    from.mtimeNs = this.tick();
    from.ctimeNs = from.mtimeNs;
    node.ctimeNs = this.tick();
    this.#put(to, as, node);
  }

  #put(parent: FakeNode, called: FileName, node: FakeNode): void {
    parent.children.set(called, node);
    parent.mtimeNs = this.tick();
    parent.ctimeNs = parent.mtimeNs;
  }

  #node(kind: FileKind, text: string, birth: "known" | "unknown"): FakeNode {
    const now = this.tick();
    this.#lastInode += 1n;
    const birthNs = birth === "known" ? now : 0n;
    const inode = this.#lastInode;
    return { kind, text, inode, birthNs, mtimeNs: now, ctimeNs: now, children: new Map() };
  }
}

export type FakeRun = {
  readonly request?: Partial<BackupRequest>;
  /** Names that are left out, wherever they are. */
  readonly excluded?: readonly FileName[];
  /** Stop after this many directories, without completing. */
  readonly stopAfter?: number;
  /** Called when it has stopped, before the session ends. */
  readonly onStop?: () => void;
  /** Directories opened before the first of them is listed. */
  readonly ahead?: number;
  /** Names of directories that are kept, empty. */
  readonly notEntered?: readonly FileName[];
};

export type FakeOutcome = {
  readonly set: BackupSet;
  /** What the set must hold. */
  readonly snapshot: Snapshot;
  /** Paths of the files whose content was asked for. */
  readonly read: readonly FilePath[];
  /** Contents that were stored. */
  readonly stored: readonly ContentId[];
  readonly same: number;
};

type Walked = {
  readonly head: DirectoryHead;
  readonly entries: readonly FileEntry[];
  readonly nodes: ReadonlyMap<FileName, FakeNode>;
};

/** One run over the tree, completed or dropped. */
export async function backUp(
  repository: Repository,
  tree: FakeTree,
  run: FakeRun = {},
): Promise<FakeOutcome> {
  const request = { ...REQUEST, ...run.request };
  const session = await repository.beginBackup(request);
  const client = new FakeClient(session);
  const sortKey = (called: FileName): string => repository.sortKey(called);
  const walked = [...walk(tree, request.roots, { ...run, sortKey })];
  const stopAt = run.stopAfter ?? walked.length;
  const ahead = run.ahead ?? 1;
  for (let from = 0; from < stopAt; from += ahead) {
    await client.take(walked.slice(from, from + ahead), stopAt - from);
  }
  const isWhole = stopAt >= walked.length && run.stopAfter === undefined;
  if (isWhole) await session.complete(NO_COUNTS);
  else run.onStop?.();
  await session[Symbol.asyncDispose]();
  const set = (await repository.backupSets()).find(({ id }) => id === session.backupSet.id);
  if (set === undefined) throw new Error("the set is not listed");
  const { read, stored, same, done } = client;
  const firstUndone = walked.findIndex(({ head }) => !done.has(head.token));
  const held = firstUndone === -1 ? walked : walked.slice(0, firstUndone);
  return { set, snapshot: snapshotOf(held), read, stored, same };
}

/** What a repository says a set holds. */
export async function readSet(repository: Repository, set: BackupSet): Promise<Snapshot> {
  const found = new Map<FilePath, Seen>();
  const queue: { id: number; at: FilePath }[] = [{ id: 1, at: ROOT_PATH }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [entries] = await repository.directories(set.id, [next.id as never]);
    for (const version of entries ?? []) {
      const at = joinPath(next.at, version.name);
      const { kind, mtimeNs } = version;
      found.set(at, { kind, mtimeNs, text: textOf(version.content) });
      if (version.child !== undefined) queue.push({ id: version.child, at });
    }
  }
  return found;
}

const texts = new Map<ContentId, string>();

export function contentOf(text: string): ContentId {
  const id = contentId(new Bun.CryptoHasher("sha256").update(text).digest("hex"));
  texts.set(id, text);
  return id;
}

export function entryOf(called: FileName, node: FakeNode): FileEntry {
  return {
    name: called,
    kind: node.kind,
    permissions: 0o644,
    uid: OWNER.uid,
    gid: OWNER.gid,
    sizeBytes: node.kind === "file" ? node.text.length : 4096,
    mtimeNs: node.mtimeNs,
    ctimeNs: node.ctimeNs,
    inode: node.inode,
    links: 1,
    deviceNumber: 0,
    device: DEVICE,
    birthNs: node.birthNs,
    isSparse: false,
  };
}

export function sentOf(entry: FileEntry, content: ContentId | undefined): SentEntry {
  return { entry, owner: OWNER, content, attributes: undefined, flags: NO_FLAGS };
}

function textOf(content: ContentId | undefined): string {
  return content === undefined ? "" : (texts.get(content) ?? "?");
}

class FakeClient {
  readonly read: FilePath[] = [];
  readonly stored: ContentId[] = [];
  readonly done = new Set<DirectoryToken>();
  same = 0;
  readonly #session: BackupSession;

  constructor(session: BackupSession) {
    this.#session = session;
  }

  /** Opens all, finishes the first `finishCount`. */
  async take(batch: readonly Walked[], finishCount: number): Promise<void> {
    const answers = await this.#session.openDirectories(batch.map(({ head }) => head));
    const changed = batch
      .filter((_walked, index) => answers[index]?.kind === "changed")
      .filter((walked) => batch.indexOf(walked) < finishCount);
    for (const [index, { head }] of batch.entries()) {
      if (answers[index]?.kind !== "same") continue;
      this.same += 1;
      this.done.add(head.token);
    }
    const listings = changed.map(({ head: { token }, entries }) => {
      return { token, entries: EntryRecords.of(entries) };
    });
    const decisions = await this.#session.list(listings);
    const finished: FinishedDirectory[] = [];
    for (const [index, walked] of changed.entries()) {
      const { token, digest } = walked.head;
      const sent = await this.#send(walked, decisions[index] ?? []);
      finished.push({ token, sent: sentEntries(sent), digest });
    }
    await this.#session.finishDirectories(finished);
    for (const { token } of finished) this.done.add(token);
  }

  async #send(
    { head, entries, nodes }: Walked,
    decisions: readonly Decision[],
  ): Promise<SentEntry[]> {
    const sent: SentEntry[] = [];
    for (const [index, entry] of entries.entries()) {
      const decision = decisions[index];
      if (decision?.kind !== "send") continue;
      const node = nodes.get(entry.name);
      if (node?.kind !== "file") {
        sent.push(sentOf(entry, undefined));
        continue;
      }
      this.read.push(joinPath(head.path, entry.name));
      const content = contentOf(node.text);
      await this.#store(content, node.text, decision.basis?.content);
      sent.push(sentOf(entry, content));
    }
    return sent;
  }

  async #store(content: ContentId, text: string, basis: ContentId | undefined): Promise<void> {
    const [isMissing] = await this.#session.missing([content]);
    if (isMissing !== true) return;
    const member = {
      content,
      sizeBytes: text.length,
      basis: basis === content ? undefined : basis,
    };
    await this.#session.putParcel({ members: [member], bytes: Buffer.from(`parcel of ${text}`) });
    this.stored.push(content);
  }
}

function* walk(
  tree: FakeTree,
  roots: readonly FilePath[],
  run: FakeRun & { readonly sortKey: (called: FileName) => string },
): Generator<Walked> {
  const { excluded = [], notEntered = [], sortKey } = run;
  let lastToken = 0;
  function* visit(
    node: FakeNode,
    place: Pick<DirectoryHead, "path" | "name" | "parent">,
    isEntered: boolean,
  ): Generator<Walked> {
    const isBelowRoot = roots.some((root) => isWithin(place.path, root));
    const nodes = new Map(
      [...node.children]
        .filter(([called]) => isEntered && !excluded.includes(called))
        .filter(([called]) => isBelowRoot || leadsTo(roots, joinPath(place.path, called)))
        .toSorted(([a], [b]) => (sortKey(a) < sortKey(b) ? -1 : 1)),
    );
    const entries = [...nodes].map(([called, child]) => entryOf(called, child));
    lastToken += 1;
    const head: DirectoryHead = {
      ...place,
      token: lastToken,
      inode: node.inode,
      birthNs: node.birthNs,
      mountPoint: ROOT_PATH,
      digest: isBelowRoot ? digestOf(entries) : undefined,
      scope: isBelowRoot ? "whole" : "named",
    };
    yield { head, entries, nodes };
    for (const [called, child] of nodes) {
      if (child.kind !== "directory") continue;
      const below = { path: joinPath(place.path, called), name: called, parent: head.token };
      yield* visit(child, below, !notEntered.includes(called));
    }
  }
  yield* visit(tree.root, { path: ROOT_PATH, name: "" as FileName, parent: undefined }, true);
}

function leadsTo(roots: readonly FilePath[], at: FilePath): boolean {
  return roots.some((root) => isWithin(root, at));
}

function digestOf(entries: readonly FileEntry[]): Uint8Array {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const entry of entries) hasher.update(`${Object.values(entry).join("|")}\n`);
  return new Uint8Array(hasher.digest()).slice(0, 16);
}

function snapshotOf(walked: readonly Walked[]): Snapshot {
  const seen = new Map<FilePath, Seen>();
  for (const { head, nodes } of walked) {
    for (const [called, node] of nodes) {
      const text = node.kind === "file" ? node.text : "";
      seen.set(joinPath(head.path, called), { kind: node.kind, mtimeNs: node.mtimeNs, text });
    }
  }
  return seen;
}

/** /docs with a, b and ü, and /pics with c. */
export function smallTree(): FakeTree {
  const tree = new FakeTree();
  const docs = tree.add(tree.root, name("docs"), "directory");
  tree.add(docs, name("a"), "file", "the first text");
  tree.add(docs, name("b"), "file", "text 0");
  tree.add(docs, name("\u00fc"), "symlink");
  tree.add(tree.add(tree.root, name("pics"), "directory"), name("c"), "file", "picture");
  return tree;
}
