/** What is said of an entry besides its content, before and after: each thing that differs. */
import { type ByteString, display } from "../core/byte-string.ts";
import type { MetadataChange } from "../core/diff-options.ts";
import type { ExtendedAttribute } from "../source/attribute-bundle.ts";
import type { DiffNode, DiffTree } from "./diff-tree.ts";

type Trees = { readonly old: DiffTree; readonly new: DiffTree };
type Pair = { readonly old: DiffNode; readonly new: DiffNode };

/**
 * To be shown, without the times of folders, which change with what is in them, and without counts
 * of links. The root has nothing.
 */
export async function metadataChanges(
  trees: Trees,
  { old, new: now }: Pair,
  purpose: "show" | "restore",
): Promise<readonly MetadataChange[]> {
  if (old.name === "") return [];
  const changes: MetadataChange[] = [];
  const note = (field: string, before: string, after: string): void => {
    if (before !== after) changes.push({ field, old: before, new: after });
  };
  // Of a symlink Linux has none.
  if (old.kind !== "symlink") note("mode", octal(old.permissions), octal(now.permissions));
  note(
    "user",
    idText(old.owner.userName, old.owner.uid),
    idText(now.owner.userName, now.owner.uid),
  );
  note(
    "group",
    idText(old.owner.groupName, old.owner.gid),
    idText(now.owner.groupName, now.owner.gid),
  );
  const isFolder = old.kind === "directory";
  if (purpose === "restore" && !isFolder) note("links", String(old.links), String(now.links));
  if (purpose === "restore" || !isFolder) note("mtime", String(old.mtimeNs), String(now.mtimeNs));
  return [...changes, ...(await attributeChanges(trees, old, now))];
}

async function attributeChanges(
  trees: Trees,
  old: DiffNode,
  now: DiffNode,
): Promise<readonly MetadataChange[]> {
  const { version: before } = old;
  const { version: after } = now;
  if (after !== undefined && before?.attributes === after.attributes) return [];
  if (after !== undefined && (before?.flags.leftOut.length ?? 0) + after.flags.leftOut.length > 0)
    return [];
  const olds = new Map((await trees.old.attributes(old, undefined)).map(named));
  const news = new Map((await trees.new.attributes(now, before)).map(named));
  const names = new Set([...olds.keys(), ...news.keys()]);
  const changes = [...names]
    .filter((name) => olds.get(name) !== news.get(name))
    .map((name) => ({
      field: `attribute ${display(name)}`,
      old: olds.has(name) ? "set" : "none",
      new: news.has(name) ? "set" : "none",
    }));
  if (changes.length > 0 || after === undefined) return changes;
  return [{ field: "holes", old: "some", new: "others" }];
}

function named({ name, value }: ExtendedAttribute): readonly [ByteString, string] {
  return [name, Buffer.from(value).toString("latin1")];
}

function octal(permissions: number): string {
  return permissions.toString(8).padStart(4, "0");
}

function idText(name: string, id: number): string {
  return name === "" ? String(id) : `${name} (${id})`;
}
