/** What is known of an entry, as text: permissions as ls(1) writes them, times, marks. Pure. */
import type { FileKind, Owner } from "../core/entry.ts";
import { type ByteString, display } from "../core/byte-string.ts";
import { humanTime } from "./human.ts";

const KIND_LETTERS: Readonly<Record<FileKind, string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  fifo: "p",
  socket: "s",
  "block-device": "b",
  "character-device": "c",
};
const NS_PER_MS = 1_000_000n;

/** "-rwxr-x---", with s and t for setuid, setgid and sticky. */
export function modeText(kind: FileKind, permissions: number): string {
  const triple = (shift: number, special: number, letter: string): string => {
    const bits = (permissions >> shift) & 0o7;
    const isSpecial = (permissions & special) !== 0;
    const execute = (bits & 1) !== 0;
    const last = isSpecial ? (execute ? letter : letter.toUpperCase()) : execute ? "x" : "-";
    return `${(bits & 4) === 0 ? "-" : "r"}${(bits & 2) === 0 ? "-" : "w"}${last}`;
  };
  return (
    KIND_LETTERS[kind] + triple(6, 0o4000, "s") + triple(3, 0o2000, "s") + triple(0, 0o1000, "t")
  );
}

/** Four octal digits. */
export function octalText(permissions: number): string {
  return permissions.toString(8).padStart(4, "0");
}

/** The name, or the number where it has none. */
export function userText({ userName, uid }: Owner): string {
  return userName === "" ? String(uid) : display(userName as ByteString);
}

export function groupText({ groupName, gid }: Owner): string {
  return groupName === "" ? String(gid) : display(groupName as ByteString);
}

export function timeText(timeNs: bigint): string {
  return humanTime(Number(timeNs / NS_PER_MS));
}

/** What ls -F puts behind a name. */
export function kindMark(kind: FileKind, permissions: number): string {
  switch (kind) {
    case "directory":
      return "/";
    case "symlink":
      return "@";
    case "fifo":
      return "|";
    case "socket":
      return "=";
    case "file":
      return (permissions & 0o111) === 0 ? "" : "*";
    case "block-device":
    case "character-device":
      return "";
  }
}
