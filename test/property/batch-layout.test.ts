/** Where the contents of a batch are read to, whatever files it has. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { FileName } from "../../src/core/byte-string.ts";
import { EntryRecords } from "../../src/core/entry-records.ts";
import type { FileEntry } from "../../src/core/entry.ts";
import { type BatchLayout, layOut } from "../../src/engine/batch-layout.ts";

const UNCOMPRESSED = new Set(["jpg", "gz"]);

const file = fc
  .record({
    folder: fc.constantFrom("/a", "/b.d", "/c.jpg"),
    name: fc.constantFrom("x", "y.js", "y.JS", ".hidden", "z.jpg", "archive.tar.gz", "w.json"),
    sizeBytes: fc.integer({ min: 0, max: 4 * 1024 * 1024 }),
    kind: fc.constantFrom("file", "file", "file", "symlink", "fifo"),
  })
  .map(({ folder, name, sizeBytes, kind }) => entryOf(`${folder}/${name}`, kind, sizeBytes));

function entryOf(path: string, kind: "file" | "symlink" | "fifo", sizeBytes: number): FileEntry {
  return {
    name: path as string as FileName,
    kind,
    permissions: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes,
    mtimeNs: 1n,
    ctimeNs: 1n,
    inode: 1n,
    links: 1,
    deviceNumber: 0,
    device: 0,
    birthNs: 0n,
    isSparse: false,
  };
}

/** Indices of the files, in the order in which they lie. */
function inOrder(entries: readonly FileEntry[], { starts }: BatchLayout): number[] {
  return entries
    .map((_entry, index) => index)
    .filter((index) => entries[index]?.kind === "file")
    .toSorted((a, b) => placeOf(a) - placeOf(b) || sizeOf(a) - sizeOf(b));

  function placeOf(index: number): number {
    return starts[index] ?? 0;
  }

  function sizeOf(index: number): number {
    return entries[index]?.sizeBytes ?? 0;
  }
}

function endingIn(path: string): string {
  const [, ending = ""] = /[^/.][^/]*\.([^./]*)$/.exec(path.slice(path.lastIndexOf("/"))) ?? [];
  return ending.toLowerCase();
}

test("files lie side by side, without gaps, and none over another", () => {
  fc.assert(
    fc.property(fc.array(file, { maxLength: 30 }), (entries) => {
      const layout = layOut(EntryRecords.of(entries), UNCOMPRESSED);
      let end = 0;
      for (const index of inOrder(entries, layout)) {
        expect(layout.starts[index]).toBe(end);
        end += entries[index]?.sizeBytes ?? 0;
      }
      expect(layout.totalBytes).toBe(end);
    }),
  );
});

test("those that are stored as they are come first, then the others by their endings", () => {
  fc.assert(
    fc.property(fc.array(file, { maxLength: 30 }), (entries) => {
      const layout = layOut(EntryRecords.of(entries), UNCOMPRESSED);
      const sized = inOrder(entries, layout).filter((index) => entries[index]?.sizeBytes !== 0);
      const endings = sized.map((index) => endingIn(entries[index]?.name ?? ""));
      const stored = endings.filter((ending) => UNCOMPRESSED.has(ending));
      const compressed = endings.filter((ending) => !UNCOMPRESSED.has(ending));
      expect(endings).toEqual([...stored, ...compressed.toSorted()]);
      for (const [index, { name, kind }] of entries.entries()) {
        const isStored = kind === "file" && UNCOMPRESSED.has(endingIn(name));
        expect(layout.handling[index]).toBe(isStored ? "stored" : "compressed");
      }
    }),
  );
});
