/** Colours on a terminal, and which of them names get: as LS_COLORS of ls(1) says. Pure. */
import type { FileKind } from "../core/entry.ts";

/** Puts a text in a colour; the plain one leaves it as it is. */
export type Painter = (text: string, key: string) => string;

export const PLAIN: Painter = (text) => text;

/** What ls(1) does without LS_COLORS, and our own keys. */
const DEFAULTS =
  "di=01;34:ln=01;36:pi=33:so=01;35:bd=01;33:cd=01;33:ex=01;32:gone=31:header=01:set=:" +
  "hunk=36:old=31:new=32";
const KIND_KEYS: Readonly<Record<FileKind, string>> = {
  file: "fi",
  directory: "di",
  symlink: "ln",
  fifo: "pi",
  socket: "so",
  "block-device": "bd",
  "character-device": "cd",
};
const ANY_EXECUTE = 0o111;

type Environment = Readonly<Record<string, string | undefined>>;

/** The setting counts, then whether it is a terminal and NO_COLOR (no-color.org) is not set. */
export function wantsColors(
  setting: boolean | undefined,
  env: Environment,
  isTerminal: boolean,
): boolean {
  const isRefused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return setting ?? (isTerminal && !isRefused);
}

/** `described`: "di=01;34:*.tar=31:…", over the defaults. What is not of that form is left out. */
export function painter(described: string | undefined): Painter {
  const codes = new Map<string, string>();
  for (const part of `${DEFAULTS}:${described ?? ""}`.split(":")) {
    const [, key, code] = /^([^=]+)=([\d;]*)$/.exec(part) ?? [];
    if (key !== undefined && code !== undefined) codes.set(key, code);
  }
  return (text, key) => {
    const code = codes.get(key) ?? codes.get(endingOf(key, codes)) ?? "";
    return code === "" || code === "0" ? text : `\u001b[${code}m${text}\u001b[0m`;
  };
}

/** The key that a name is painted by: its kind's, or for files possibly its ending's. */
export function colorKey(name: string, kind: FileKind, permissions: number): string {
  if (kind !== "file") return KIND_KEYS[kind];
  return (permissions & ANY_EXECUTE) !== 0 ? "ex" : `*${name}`;
}

/** Of "*a.tar.gz" the longest of "*.tar.gz", "*.gz" that has a colour. */
function endingOf(key: string, codes: ReadonlyMap<string, string>): string {
  if (!key.startsWith("*")) return key;
  for (let dot = key.indexOf("."); dot !== -1; dot = key.indexOf(".", dot + 1)) {
    const ending = `*${key.slice(dot)}`;
    if (codes.has(ending)) return ending;
  }
  return "fi";
}
