/** The ending of a path's last name: what it says of its content. */
import type { FilePath } from "../core/byte-string.ts";

/** Lower case, without the dot; empty when there is none. */
export function endingOf(path: FilePath): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
}
