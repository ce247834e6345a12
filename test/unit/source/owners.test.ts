import { describe, expect, test } from "bun:test";
import { ROOT_PATH } from "../../../src/core/byte-string.ts";
import { Mounts } from "../../../src/source/mounts.ts";
import { OwnerNames } from "../../../src/source/owners.ts";
import { entryAt, filePath } from "../../support/source-paths.ts";

describe("owners", () => {
  test("have the names the system has for them", () => {
    const owners = new OwnerNames();
    expect(owners.of(0, 0)).toEqual({ uid: 0, gid: 0, userName: "root", groupName: "root" });
    expect(owners.of(0, 0)).toBe(owners.of(0, 0));
  });

  test("without names have empty ones", () => {
    expect(new OwnerNames().of(3_999_999_999, 3_999_999_998)).toEqual({
      uid: 3_999_999_999,
      gid: 3_999_999_998,
      userName: "",
      groupName: "",
    });
  });

  test("are found by name, if they are known here", () => {
    const owners = new OwnerNames();
    const { userName, groupName } = owners.of(1, 1);
    expect(owners.userId(userName)).toBe(1);
    expect(owners.groupId(groupName)).toBe(1);
    expect(owners.userId("nobody-of-this-name")).toBeUndefined();
    expect(owners.groupId("")).toBeUndefined();
  });
});

describe("the mount point", () => {
  test("is the topmost directory on the same device", () => {
    const mounts = new Mounts();
    const proc = entryAt("/proc/self/").device;
    expect(mounts.mountPointOf(filePath("/proc/sys/kernel"), proc)).toBe(filePath("/proc"));
    const root = entryAt("/").device;
    expect(mounts.mountPointOf(filePath("/etc"), root)).toBe(ROOT_PATH);
    expect(mounts.mountPointOf(filePath("/usr/lib"), root)).toBe(ROOT_PATH);
  });
});
