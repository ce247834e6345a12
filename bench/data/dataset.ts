/**
 * A data set is a folder made once and kept: it is built under a temporary name and renamed when it
 * is whole, so a generator that was stopped half-way leaves nothing that looks finished.
 */

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { say } from "../shell.ts";

/**
 * The folder, made by `make` if it is not there yet. `make` gets the folder to fill, which exists
 * and is empty.
 */
export async function ensureDataset(
  folder: string,
  make: (unfinished: string) => Promise<void>,
): Promise<string> {
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  mkdirSync(unfinished);
  say(`making ${folder}`);
  await make(unfinished);
  renameSync(unfinished, folder);
  return folder;
}
