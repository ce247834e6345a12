/**
 * Extended attributes and ACLs, read through xattr(7): an ACL is the attribute that holds it, in
 * the kernel's form. Where there is nothing to read it costs one call.
 */
import type { Pointer } from "bun:ffi";
import { type ByteString, type FilePath, byteString } from "../core/byte-string.ts";
import type { FileStat } from "../core/entry.ts";
import { type AttributeBundle, type ExtendedAttribute, encodeBundle } from "./attribute-bundle.ts";
import { dataExtents } from "./extents.ts";
import { ERRNO, errno, libc } from "./libc.ts";
import { NativeMemory } from "./native-memory.ts";
import { atWholePath } from "./path-buffer.ts";
import { type SourceProblem, problemOf } from "./problem.ts";
import type { ReadFile } from "./read-file.ts";

export type AttributePolicy = {
  readonly accessLists: "save" | "leave-out";
  readonly extendedAttributes: "save" | "leave-out";
};

/** XATTR_LIST_MAX and XATTR_SIZE_MAX: the kernel has no more. */
const LIST_BYTES_MAX = 65_536;
const VALUE_BYTES_MAX = 65_536;
/** Room for XATTR_NAME_MAX, 255. */
const NAME_BYTES_MAX = 256;

const list = new NativeMemory(LIST_BYTES_MAX);
const value = new NativeMemory(VALUE_BYTES_MAX);
const name = new NativeMemory(NAME_BYTES_MAX + 8);

/** An open file, or a path whose last symlink is not followed. As in C: negative is a failure. */
type Holder = {
  readonly list: () => number;
  readonly get: (attribute: Pointer) => number;
};

/** Whether the attribute is an ACL, of whichever kind the file system has. */
export function isAccessList(attribute: ByteString): boolean {
  return attribute.startsWith("system.");
}

/**
 * The bundle of a regular file that is open, holes included, as bytes to be stored; undefined when
 * there is nothing to keep.
 */
export function attributesOfFile(
  file: ReadFile,
  entry: Pick<FileStat, "isSparse" | "sizeBytes">,
  policy: AttributePolicy,
): Uint8Array | SourceProblem | undefined {
  const { descriptor } = file;
  const attributes = readAttributes(
    {
      list: () => Number(libc.flistxattr(descriptor, list.pointer, LIST_BYTES_MAX)),
      get: (attribute) =>
        Number(libc.fgetxattr(descriptor, attribute, value.pointer, VALUE_BYTES_MAX)),
    },
    policy,
  );
  if ("problem" in attributes) return attributes;
  return encoded({
    attributes,
    data: entry.isSparse ? dataExtents(descriptor, entry.sizeBytes) : undefined,
  });
}

/** The bundle of what is at `path`, of a symlink its own; else as attributesOfFile(). */
export function attributesOfPath(
  path: FilePath,
  policy: AttributePolicy,
): Uint8Array | SourceProblem | undefined {
  const attributes = readAttributes(
    {
      list: () =>
        atWholePath(path, (whole) => Number(libc.llistxattr(whole, list.pointer, LIST_BYTES_MAX))),
      get: (attribute) =>
        atWholePath(path, (whole) =>
          Number(libc.lgetxattr(whole, attribute, value.pointer, VALUE_BYTES_MAX)),
        ),
    },
    policy,
  );
  return "problem" in attributes ? attributes : encoded({ attributes, data: undefined });
}

function encoded(bundle: AttributeBundle): Uint8Array | undefined {
  const isEmpty = bundle.attributes.length === 0 && bundle.data === undefined;
  return isEmpty ? undefined : encodeBundle(bundle);
}

const NOTHING: readonly ExtendedAttribute[] = [];

function readAttributes(
  holder: Holder,
  policy: AttributePolicy,
): readonly ExtendedAttribute[] | SourceProblem {
  if (policy.accessLists === "leave-out" && policy.extendedAttributes === "leave-out") {
    return NOTHING;
  }
  const lengthBytes = holder.list();
  if (lengthBytes === 0) return NOTHING;
  if (lengthBytes < 0) {
    const number = errno();
    return number === ERRNO.notSupported ? NOTHING : problemOf(number);
  }
  const names = byteString(list.bytes.subarray(0, lengthBytes - 1)).split("\0") as ByteString[];
  const attributes: ExtendedAttribute[] = [];
  for (const wanted of names.filter((attribute) => isWanted(attribute, policy)).sort(byBytes)) {
    const length = holder.get(name.writeText(wanted, 0));
    if (length >= 0) {
      attributes.push({ name: wanted, value: new Uint8Array(value.bytes.subarray(0, length)) });
      continue;
    }
    const number = errno();
    // It may have been removed since the names were listed.
    if (number !== ERRNO.noData) return problemOf(number);
  }
  return attributes;
}

function isWanted(attribute: ByteString, policy: AttributePolicy): boolean {
  const wish = isAccessList(attribute) ? policy.accessLists : policy.extendedAttributes;
  return wish === "save";
}

function byBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : 1;
}
