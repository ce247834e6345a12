/** What the process may do. */
import { accessSync, constants } from "node:fs";
import { type FilePath, ROOT_PATH, bytesOf } from "../core/byte-string.ts";

/** Whether entries can be made in a folder. */
export function canMakeIn(folder: FilePath): boolean {
  const path = folder === ROOT_PATH ? "/" : Buffer.from(bytesOf(folder));
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false; // Whatever the reason is, another folder is as good.
  }
}
