import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import fc from "fast-check";
import { DirectoryScanner } from "../../src/source/scan.ts";
import { filePath } from "../support/source-paths.ts";
import { TempDir } from "../support/temp-dir.ts";

const NAMES = ["a", "ab", "b"] as const;
const name = fc.constantFrom(...NAMES);
/** Some change the directory's listing, some only seem to. */
const step = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), name, text: fc.constantFrom("", "x", "yy") }),
  fc.record({ kind: fc.constant("read" as const), name }),
  fc.record({ kind: fc.constant("mode" as const), name, mode: fc.constantFrom(0o600, 0o644) }),
  fc.record({ kind: fc.constant("times" as const), name, seconds: fc.constantFrom(1, 2) }),
  fc.record({ kind: fc.constant("rename" as const), name, to: name }),
  fc.record({ kind: fc.constant("remove" as const), name }),
  fc.record({ kind: fc.constant("make" as const), name }),
  fc.record({ kind: fc.constant("nothing" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never;

const scanner = new DirectoryScanner();

test("the digest of a directory changes if and only if what lstat says of an entry does", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      using folder = new TempDir();
      let before = look(folder);
      for (const next of steps) {
        apply(folder, next);
        const after = look(folder);
        expect(after.digest === before.digest).toBe(after.entries === before.entries);
        before = after;
      }
    }),
  );
});

function look(folder: TempDir): { readonly digest: string; readonly entries: string } {
  using scan = scanner.open(filePath(folder.path));
  if ("problem" in scan) throw new Error(scan.problem);
  const entries = readdirSync(folder.path)
    .toSorted()
    .map((entry) => {
      const found = lstatSync(folder.join(entry), { bigint: true });
      const { mode, uid, gid, nlink, ino, mtimeNs, ctimeNs } = found;
      const size = found.isDirectory() ? 0n : found.size;
      return [entry, mode, uid, gid, nlink, ino, size, mtimeNs, ctimeNs].join();
    });
  return { digest: scan.stat(undefined).digest.toHex(), entries: entries.join("\n") };
}

/** What cannot be done to what is there is left. */
function apply(folder: TempDir, next: Step): void {
  if (next.kind === "nothing") return;
  const path = folder.join(next.name);
  if (next.kind === "write" || next.kind === "make") {
    if (!existsSync(path)) create(path, next);
  } else if (existsSync(path)) change(folder, path, next);
}

function create(path: string, next: Extract<Step, { kind: "write" | "make" }>): void {
  if (next.kind === "make") mkdirSync(path);
  else writeFileSync(path, next.text);
}

type Change = Exclude<Step, { kind: "write" | "make" | "nothing" }>;

function change(folder: TempDir, path: string, next: Change): void {
  switch (next.kind) {
    case "remove":
      rmSync(path, { recursive: true });
      return;
    case "mode":
      chmodSync(path, next.mode);
      return;
    case "times":
      utimesSync(path, next.seconds, next.seconds);
      return;
    case "rename":
      if (!existsSync(folder.join(next.to))) renameSync(path, folder.join(next.to));
      return;
    case "read":
      if (lstatSync(path).isFile()) readFileSync(path);
  }
}
