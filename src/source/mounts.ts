/**
 * File systems by the place they are mounted at. A device number changes with every boot; where a
 * disk is mounted hardly ever does, so that is what it is known by from one backup to the next.
 */
import { type FilePath, ROOT_PATH } from "../core/byte-string.ts";
import { statPath } from "./stat-path.ts";

export class Mounts {
  readonly #byDevice = new Map<number, FilePath>();

  /**
   * The topmost directory at or above `path` that is on `device`, on which `path` lies. Of a file
   * system that is mounted twice the place that was asked for first.
   */
  mountPointOf(path: FilePath, device: number): FilePath {
    const known = this.#byDevice.get(device);
    if (known !== undefined) return known;
    const found = climb(path, device);
    this.#byDevice.set(device, found);
    return found;
  }
}

function climb(path: FilePath, device: number): FilePath {
  let here = path;
  while (here !== ROOT_PATH) {
    const above = here.slice(0, here.lastIndexOf("/")) as FilePath;
    const found = statPath(above);
    if ("problem" in found || found.device !== device) return here;
    here = above;
  }
  return here;
}
