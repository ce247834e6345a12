import { describe, expect, test } from "bun:test";
import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import type { FilePath } from "../../../src/core/byte-string.ts";
import type { FileKind, Version } from "../../../src/core/entry.ts";
import type { Problem } from "../../../src/core/progress.ts";
import type { RestoreAttributes } from "../../../src/core/restore-options.ts";
import type { ExtendedAttribute } from "../../../src/source/attribute-bundle.ts";
import { decodeBundle } from "../../../src/source/attribute-bundle.ts";
import { attributesOfPath } from "../../../src/source/attributes.ts";
import { OpenHandle } from "../../../src/source/entry-handle.ts";
import type { Metadata } from "../../../src/source/metadata.ts";
import { RestoreTarget } from "../../../src/source/restore-target.ts";
import { runAsNobody, testAsNobody, testAsRoot } from "../../support/as-root.ts";
import {
  ALL_ATTRIBUTES,
  entryAt,
  fileName,
  filePath,
  versionWith,
} from "../../support/source-paths.ts";
import { TempDir } from "../../support/temp-dir.ts";

const ALL: RestoreAttributes = { ...ALL_ATTRIBUTES, owners: "by-id" };
const DAEMON = { uid: 1, gid: 2, userName: "", groupName: "" };

/** An ACL's value: tag, permissions, id of each entry. */
function accessList(...entries: readonly (readonly [number, number, number])[]): Uint8Array {
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + index * 8);
    bytes.writeUInt16LE(permissions, 6 + index * 8);
    bytes.writeUInt32LE(id, 8 + index * 8);
  }
  return new Uint8Array(bytes);
}

const NO_ID = 0xffffffff;
/** Mode 0664: uid 5 may write, the owning group only read. */
const LIST = accessList([1, 6, NO_ID], [2, 6, 5], [4, 4, NO_ID], [16, 6, NO_ID], [32, 4, NO_ID]);
const ACCESS = { name: fileName("system.posix_acl_access"), value: LIST };
const DEFAULT = { name: fileName("system.posix_acl_default"), value: LIST };
const COMMENT = { name: fileName("user.comment"), value: Uint8Array.of(1, 0, 2) };
/** cap_net_raw, revision 2. */
const CAPABILITY = {
  name: fileName("security.capability"),
  value: Uint8Array.from([1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
};

/** Restores an entry called "x" that way; what could not be set. */
function restore(
  folder: TempDir,
  version: Partial<Version>,
  attributes: readonly ExtendedAttribute[] = [],
  policy: Partial<RestoreAttributes> = {},
): readonly Problem[] {
  const settings = { existing: "never", attributes: { ...ALL, ...policy } } as const;
  using target = RestoreTarget.open(filePath(folder.join("out")), settings);
  const metadata = { version: versionWith(version), attributes: { attributes, data: undefined } };
  const path = filePath("x");
  const kind: FileKind = version.kind ?? "file";
  if (kind === "directory") {
    expect(target.makeDirectory(path).problem).toBeUndefined();
    return target.finishDirectory(path, metadata);
  }
  // The second file of a directory may be made as it is to be; the first never is.
  if (kind === "file") finishFile(target, filePath("first"), metadata);
  using entry =
    kind === "file"
      ? target.createFile(path, 0, metadata)
      : kind === "symlink"
        ? target.createSymlink(path, Buffer.from("nowhere"))
        : target.createSpecial(path, kind, 0);
  const problems = target.finish(entry, metadata);
  if (kind === "file") expect(aboutFile(folder, "x")).toEqual(aboutFile(folder, "first"));
  return problems;
}

function finishFile(target: RestoreTarget, path: FilePath, metadata: Metadata): void {
  using file = target.createFile(path, 0, metadata);
  target.finish(file, metadata);
}

function aboutFile(folder: TempDir, name: string) {
  const path = folder.join("out", name);
  const { mode, uid, gid } = lstatSync(path);
  return { mode, uid, gid, attributes: attributesAt(path) };
}

function attributesAt(path: string): readonly ExtendedAttribute[] {
  const policy = { accessLists: "save", extendedAttributes: "save" } as const;
  const bundle = attributesOfPath(filePath(path), policy);
  if (bundle === undefined) return [];
  if ("problem" in bundle) throw new Error(bundle.problem);
  return decodeBundle(bundle).attributes;
}

describe("restored metadata", () => {
  const kinds = ["file", "directory", "fifo", "socket", "symlink"] as const;
  for (const kind of kinds) {
    testAsRoot(`of a ${kind}: owner, permissions and time, to the nanosecond`, () => {
      using folder = new TempDir();
      const mtimeNs = 1_234_567_890_123_456_789n;
      expect(restore(folder, { kind, permissions: 0o451, owner: DAEMON, mtimeNs })).toEqual([]);
      expect(entryAt(folder.join("out/x"))).toMatchObject({
        kind,
        uid: 1,
        gid: 2,
        mtimeNs,
        permissions: kind === "symlink" ? 0o777 : 0o451,
      });
    });
  }

  for (const permissions of [0o4755, 0o2755, 0o1777, 0o7777, 0o0000]) {
    testAsRoot(`has the permissions ${permissions.toString(8)}`, () => {
      using folder = new TempDir();
      expect(restore(folder, { permissions, owner: DAEMON })).toEqual([]);
      expect(entryAt(folder.join("out/x")).permissions).toBe(permissions);
    });
  }

  for (const mtimeNs of [-1n, -1_000_000_001n, -5_000_000_000n, 0n, 2n ** 33n * 1_000_000_000n]) {
    test(`has the time ${mtimeNs}`, () => {
      using folder = new TempDir();
      expect(restore(folder, { mtimeNs })).toEqual([]);
      expect(entryAt(folder.join("out/x")).mtimeNs).toBe(mtimeNs);
    });
  }

  testAsRoot(
    "has extended attributes, capabilities and the ACL, with exactly the saved mode",
    () => {
      using folder = new TempDir();
      const attributes = [CAPABILITY, ACCESS, COMMENT];
      expect(restore(folder, { permissions: 0o664, owner: DAEMON }, attributes)).toEqual([]);
      expect(attributesAt(folder.join("out/x"))).toEqual(attributes);
      expect(entryAt(folder.join("out/x"))).toMatchObject({ permissions: 0o664, uid: 1 });
    },
  );

  test("has the attributes of a file that nobody may write", () => {
    using folder = new TempDir();
    expect(restore(folder, { permissions: 0o444 }, [COMMENT])).toEqual([]);
    expect(attributesAt(folder.join("out/x"))).toEqual([COMMENT]);
  });

  test("of a directory has both its ACLs", () => {
    using folder = new TempDir();
    const version = { kind: "directory", permissions: 0o2664 } as const;
    expect(restore(folder, version, [ACCESS, DEFAULT, COMMENT])).toEqual([]);
    expect(attributesAt(folder.join("out/x"))).toEqual([ACCESS, DEFAULT, COMMENT]);
    expect(entryAt(folder.join("out/x")).permissions).toBe(0o2664);
  });

  testAsRoot("of a symlink has its own attributes", () => {
    using folder = new TempDir();
    const trusted = { name: fileName("trusted.mark"), value: Uint8Array.of(9) };
    expect(restore(folder, { kind: "symlink" }, [trusted])).toEqual([]);
    expect(attributesAt(folder.join("out/x"))).toEqual([trusted]);
  });

  test("has no ACL that the output's default would give it", () => {
    using folder = new TempDir();
    mkdirSync(folder.join("out"));
    const descriptor = openSync(folder.join("out"), "r");
    expect(new OpenHandle(descriptor).setAttribute(DEFAULT.name, DEFAULT.value)).toBe(0);
    closeSync(descriptor);
    for (const kind of ["file", "fifo", "directory"] as const) {
      expect(restore(folder, { kind, permissions: 0o640 })).toEqual([]);
      expect(attributesAt(folder.join("out/x"))).toEqual([]);
      expect(entryAt(folder.join("out/x")).permissions).toBe(0o640);
      Bun.spawnSync(["rm", "-r", folder.join("out/x")]);
    }
  });
});

describe("what is not wanted", () => {
  testAsRoot("is not set", () => {
    using folder = new TempDir();
    const none = {
      times: "leave",
      permissions: "leave",
      extendedAttributes: "leave",
      accessLists: "leave",
      owners: "none",
    } as const;
    const version = { permissions: 0o7777, owner: DAEMON, mtimeNs: 5n };
    expect(restore(folder, version, [COMMENT, ACCESS], none)).toEqual([]);
    expect(attributesAt(folder.join("out/x"))).toEqual([]);
    writeFileSync(folder.join("ordinary"), "");
    const ordinary = entryAt(folder.join("ordinary"));
    const { uid, permissions, mtimeNs } = entryAt(folder.join("out/x"));
    expect({ uid, permissions }).toEqual({ uid: 0, permissions: ordinary.permissions });
    expect(mtimeNs).toBeGreaterThan(5n);
  });

  test("an ACL that is not set gives the owning group no more than it had", () => {
    using folder = new TempDir();
    expect(restore(folder, { permissions: 0o664 }, [ACCESS], { accessLists: "leave" })).toEqual([]);
    expect(entryAt(folder.join("out/x")).permissions).toBe(0o644);
  });

  testAsRoot("a program with setuid does not become another owner's", () => {
    using folder = new TempDir();
    const problems = restore(folder, { permissions: 0o6755, owner: DAEMON }, [], {
      owners: "none",
    });
    expect(problems).toEqual([
      { path: filePath("x"), what: "setuid and setgid not set: it has another owner" },
    ]);
    expect(entryAt(folder.join("out/x")).permissions).toBe(0o755);
  });

  testAsRoot("and one whose owner is the same keeps it", () => {
    using folder = new TempDir();
    expect(restore(folder, { permissions: 0o6755 }, [], { owners: "none" })).toEqual([]);
    expect(entryAt(folder.join("out/x")).permissions).toBe(0o6755);
  });
});

describe("owners", () => {
  testAsRoot("by name are who has the name here, whatever the number was", () => {
    using folder = new TempDir();
    const owner = { uid: 4242, gid: 4343, userName: "daemon", groupName: "no-such-group" };
    expect(restore(folder, { owner }, [], { owners: "by-name" })).toEqual([]);
    expect(lstatSync(folder.join("out/x"))).toMatchObject({ uid: 1, gid: 4343 });
  });
});

describe("what cannot be set", () => {
  test("is named, and the rest is set", () => {
    using folder = new TempDir();
    const odd = { name: fileName("nosuchspace.x"), value: Uint8Array.of(1) };
    const problems = restore(folder, { permissions: 0o600, mtimeNs: 9n }, [odd, COMMENT]);
    expect(problems).toEqual([
      { path: filePath("x"), what: "attribute nosuchspace.x not set: operation not supported" },
    ]);
    expect(attributesAt(folder.join("out/x"))).toEqual([COMMENT]);
    expect(entryAt(folder.join("out/x"))).toMatchObject({ permissions: 0o600, mtimeNs: 9n });
  });

  testAsNobody("by an ordinary user: the owner, but only where it is wanted", () => {
    using folder = new TempDir();
    chmodSync(folder.path, 0o777);
    const script = new URL("../../support/restore-setuid-file.ts", import.meta.url);
    const run = (owners: string) =>
      runAsNobody(script, folder.join(owners), owners) as readonly Problem[];
    expect(run("by-id").map(({ what }) => what)).toEqual([
      "owner not set: operation not permitted",
      "setuid and setgid not set: it has another owner",
    ]);
    expect(run("none").map(({ what }) => what)).toEqual([
      "setuid and setgid not set: it has another owner",
    ]);
    expect(entryAt(folder.join("by-id/x"))).toMatchObject({ permissions: 0o755, mtimeNs: 9n });
  });
});
