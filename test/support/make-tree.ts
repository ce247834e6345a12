/**
 * A tree with one of everything that a backup must bring back. As an ordinary user only what such
 * a user can make: no devices, no foreign owners, no attributes of the system.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { throughDescriptor } from "./compare-tree.ts";
import {
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFSOCK,
  makeNode,
  setAttribute,
  setModified,
} from "./system-calls.ts";

const IS_ROOT = process.getuid?.() === 0;
const MIB = 1024 * 1024;
/** On both sides of every size at which the program changes its ways. */
const SIZES = [
  0,
  1,
  4095,
  4096,
  MIB - 1,
  MIB,
  MIB + 1,
  8 * MIB - 1,
  8 * MIB,
  8 * MIB + 1,
  20 * MIB,
];
const NAME_BYTES_MAX = 255;
const LEVELS = 20;
const ENTRIES = 5000;
/** An id that no machine has a name for. */
const NAMELESS = 3_000_000_123;

/** 1969-12-31 23:59:58.000000001, a time before all times. */
const BEFORE_1970 = -2n * 1_000_000_000n + 1n;
const WITH_NANOSECONDS = 1_234_567_890_123_456_789n;

/** Bytes that do not compress and are the same for the same seed. */
export function noise(sizeBytes: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = seed * 2_654_435_761 + 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer, 0, sizeBytes);
}

/** Text that compresses as text does, the same for the same seed. */
export function prose(sizeBytes: number, seed: number): Buffer {
  const line = (number: number) =>
    `${number} ${((number * 7919 + seed) % 104_729).toString(36)} and what follows from it\n`;
  let text = "";
  for (let number = 0; text.length < sizeBytes; number += 1) text += line(number + seed * 1000);
  return Buffer.from(text.slice(0, sizeBytes));
}

/** Fills `folder`, which is empty. */
export function makeEverything(folder: string): void {
  makeContents(makeFolder(folder, "contents"));
  makeNames(makeFolder(folder, "names"));
  makeKinds(makeFolder(folder, "kinds"));
  makeHoles(makeFolder(folder, "holes"));
  makeLinks(makeFolder(folder, "links"));
  makeManyEntries(makeFolder(folder, "many"));
  makeDeepFolders(makeFolder(folder, "deep"));
  makeOwners(makeFolder(folder, "owners"));
  makePermissions(makeFolder(folder, "permissions"));
  makeAttributes(makeFolder(folder, "attributes"));
  makeAccessLists(makeFolder(folder, "access lists"));
  makeTimes(makeFolder(folder, "times")); // last: writing into a folder changes its time
  setModified(folder, WITH_NANOSECONDS);
}

function makeContents(folder: string): void {
  for (const size of SIZES) {
    writeFileSync(join(folder, `noise-${size}`), noise(size, size));
    if (size <= MIB + 1) writeFileSync(join(folder, `prose-${size}`), prose(size, size));
  }
  makeFolder(folder, "empty folder");
}

export function makeNames(folder: string): void {
  const names: readonly (string | Buffer)[] = [
    Buffer.from([0x6e, 0x6f, 0xff, 0xfe, 0x80, 0x75]), // not UTF-8
    Buffer.from([0xc3]), // cut off in a character
    Buffer.from([0xed, 0xa0, 0x80]), // half a surrogate pair
    "new\nline",
    "tab\t",
    " spaces ",
    "quo'te\"s",
    "back\\slash",
    "*?[",
    "-x",
    "~",
    "@file",
    "#",
    "ä",
    "a\u0308",
    "\u{1f4be}",
    "\u202ereversed",
    "...",
    "x".repeat(NAME_BYTES_MAX),
  ];
  for (const [index, name] of names.entries()) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]);
    writeFileSync(path, `number ${index}`);
    if (name.length === NAME_BYTES_MAX) continue;
    const inside = Buffer.concat([path, Buffer.from("d")]);
    mkdirSync(inside);
    symlinkSync(name, Buffer.concat([inside, Buffer.from("/link")]));
  }
}

export function makeKinds(folder: string): void {
  writeFileSync(join(folder, "file"), "a file\n");
  makeNode(join(folder, "fifo"), S_IFIFO | 0o640);
  makeNode(join(folder, "socket"), S_IFSOCK | 0o755);
  symlinkSync("file", join(folder, "link"));
  symlinkSync("loop", join(folder, "loop"));
  symlinkSync("..", join(folder, "link to above"));
  symlinkSync("/nowhere/at all", join(folder, "dangling"));
  symlinkSync(Buffer.from([0xff, 0x2f, 0x0a]), join(folder, "link to bytes"));
  symlinkSync("x".repeat(4095), join(folder, "longest link"));
  if (!IS_ROOT) return;
  makeNode(join(folder, "null"), S_IFCHR | 0o666, { major: 1, minor: 3 });
  makeNode(join(folder, "disk"), S_IFBLK | 0o660, { major: 7, minor: 200 });
}

function makeHoles(folder: string): void {
  writeFileSync(join(folder, "all hole"), "");
  truncateSync(join(folder, "all hole"), 3 * MIB + 5);
  writeFileSync(join(folder, "hole at the end"), "begin");
  truncateSync(join(folder, "hole at the end"), 100_000);
  writePieces(join(folder, "hole at the start"), [[200_000, "end"]]);
  writePieces(join(folder, "several"), [
    [0, "a"],
    [5 * MIB, noise(10_000, 1).toString("latin1")],
    [9 * MIB, "b"],
    [30 * MIB, "c"],
  ]);
  writeFileSync(join(folder, "zeros that are no hole"), Buffer.alloc(300_000));
}

function makeLinks(folder: string): void {
  const below = makeFolder(folder, "below");
  writeFileSync(join(folder, "first"), "one file of four names");
  linkSync(join(folder, "first"), join(folder, "second"));
  linkSync(join(folder, "first"), join(below, "third"));
  linkSync(join(folder, "first"), join(folder, "zz last"));
  writeFileSync(join(folder, "alike"), "one file of four names");
  symlinkSync("target", join(folder, "symlink"));
  linkSync(join(folder, "symlink"), join(folder, "symlink of two names"));
  makeNode(join(folder, "fifo"), S_IFIFO | 0o600);
  linkSync(join(folder, "fifo"), join(below, "fifo of two names"));
}

function makeManyEntries(folder: string): void {
  for (let index = 0; index < ENTRIES; index += 1) {
    writeFileSync(join(folder, `entry-${index}`), `${index % 1000}`);
  }
}

/** Deeper than a path can be long: 20 levels of 250 bytes. */
function makeDeepFolders(folder: string): void {
  let directory = openSync(folder, "r");
  for (let level = 0; level < LEVELS; level += 1) {
    const inside = throughDescriptor(directory, `${level} `.padEnd(250, "d"));
    mkdirSync(inside);
    const next = openSync(inside, "r");
    closeSync(directory);
    directory = next;
  }
  writeFileSync(throughDescriptor(directory, "file"), "deep down");
  symlinkSync("file", throughDescriptor(directory, "link"));
  closeSync(directory);
}

export function makeOwners(folder: string): void {
  if (!IS_ROOT) return;
  for (const [name, uid, gid] of [
    ["named", 1, 1],
    ["nameless", NAMELESS, NAMELESS + 1],
    ["nobody", 65_534, 65_534],
  ] as const) {
    writeFileSync(join(folder, name), name);
    chownSync(join(folder, name), uid, gid);
    chownSync(makeFolder(folder, `${name}.d`), uid, gid);
    symlinkSync(name, join(folder, `${name}.l`));
    lchownSync(join(folder, `${name}.l`), uid, gid);
  }
}

export function makePermissions(folder: string): void {
  for (const mode of [0o000, 0o111, 0o444, 0o4755, 0o2755, 0o6711, 0o1644, 0o7777]) {
    const name = mode.toString(8).padStart(4, "0");
    writeFileSync(join(folder, name), name);
    if (IS_ROOT) chownSync(join(folder, name), 1, 1); // which takes setuid away if it comes last
    const inside = makeFolder(folder, `${name}.d`);
    writeFileSync(join(inside, "file"), name);
    if (mode >= 0o444 || IS_ROOT) chmodSync(join(folder, name), mode);
    if (mode >= 0o4000 || IS_ROOT) chmodSync(inside, mode);
  }
}

export function makeAttributes(folder: string): void {
  const file = join(folder, "file");
  writeFileSync(file, "with attributes");
  setAttribute(file, "user.text", "a value");
  setAttribute(file, "user.empty", "");
  setAttribute(file, "user.bytes", Uint8Array.of(0, 255, 10, 0));
  setAttribute(file, "user.long", noise(2000, 7));
  setAttribute(makeFolder(folder, "folder"), "user.of a folder", "yes");
  symlinkSync("file", join(folder, "link"));
  if (!IS_ROOT) return;
  setAttribute(file, "trusted.of the system", "secret");
  setAttribute(join(folder, "link"), "trusted.of a link", "its own");
  setAttribute(join(folder, "folder"), "security.of a folder", "label");
  writeFileSync(join(folder, "program"), "may ping");
  chownSync(join(folder, "program"), 1, 1);
  setAttribute(join(folder, "program"), "security.capability", PING_CAPABILITY);
  makeNode(join(folder, "fifo"), S_IFIFO | 0o600);
  setAttribute(join(folder, "fifo"), "trusted.of a fifo", "its own");
}

/** cap_net_raw, effective and permitted, as the kernel stores it (revision 2). */
const PING_CAPABILITY = Uint8Array.of(1, 0, 0, 2, 0, 0x20, 0, 0, ...Array<number>(12).fill(0));

export function makeAccessLists(folder: string): void {
  const file = join(folder, "file");
  writeFileSync(file, "read by 12345 too");
  setAttribute(file, "system.posix_acl_access", accessList(12_345));
  const directory = makeFolder(folder, "folder");
  setAttribute(directory, "system.posix_acl_access", accessList(NAMELESS));
  setAttribute(directory, "system.posix_acl_default", accessList(12_345));
  writeFileSync(join(directory, "has inherited"), "one");
  chmodSync(file, 0o640);
}

/** The kernel's form: the owner and user `id` may all, group and others nothing, the mask all. */
export function accessList(id: number): Buffer {
  const NO_ID = 0xffff_ffff;
  const entries = [
    [0x01, 7, NO_ID],
    [0x02, 7, id],
    [0x04, 0, NO_ID],
    [0x10, 7, NO_ID],
    [0x20, 0, NO_ID],
  ] as const;
  const list = Buffer.alloc(4 + 8 * entries.length);
  list.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions, who]] of entries.entries()) {
    list.writeUInt16LE(tag, 4 + 8 * index);
    list.writeUInt16LE(permissions, 6 + 8 * index);
    list.writeUInt32LE(who, 8 + 8 * index);
  }
  return list;
}

export function makeTimes(folder: string): void {
  for (const [name, mtimeNs] of [
    ["nanoseconds", WITH_NANOSECONDS],
    ["before 1970", BEFORE_1970],
    ["the epoch", 0n],
    ["far future", 4_102_444_800_000_000_001n], // 2100
    ["after 2038", 2_200_000_000_999_999_999n],
  ] as const) {
    const directory = makeFolder(folder, `${name}.d`);
    writeFileSync(join(directory, "file"), name);
    symlinkSync("file", join(directory, "link"));
    makeNode(join(directory, "fifo"), S_IFIFO | 0o600);
    for (const inside of ["file", "link", "fifo"]) setModified(join(directory, inside), mtimeNs);
    setModified(directory, mtimeNs);
  }
  setModified(folder, WITH_NANOSECONDS + 1n);
}

function makeFolder(...names: readonly string[]): string {
  const path = join(...names);
  mkdirSync(path);
  return path;
}

function writePieces(path: string, pieces: readonly (readonly [number, string])[]): void {
  const file = openSync(path, "w");
  for (const [position, text] of pieces) {
    const bytes = Buffer.from(text, "latin1");
    writeSync(file, bytes, 0, bytes.length, position);
  }
  closeSync(file);
}
