/** The record of a restore in place, made of its plan before anything is done. */
import {
  type FileName,
  type FilePath,
  ROOT_PATH,
  isWithin,
  joinPath,
} from "../core/byte-string.ts";
import { canMakeIn } from "../source/access.ts";
import type { KeepSettings } from "../source/displaced-entries.ts";
import { SourceFailed } from "../source/problem.ts";
import { statPath } from "../source/stat-path.ts";
import { folderState } from "./folder-states.ts";
import type { InPlaceChange, InPlacePlan } from "./in-place-plan.ts";
import { belowRoot, parentOf } from "./root-paths.ts";
import type { EntryBefore, UndoRecord } from "./undo-record.ts";

const AREA_PREFIX = ".tardis-undo-";
const RANDOM_BYTES = 3;

/** Throws SourceFailed where what is replaced could be kept nowhere. */
export function recordOf(plan: InPlacePlan, nowMs: number): UndoRecord {
  const id = newId(nowMs);
  const areas = areasOf(plan, `${AREA_PREFIX}${id}` as FileName);
  const folders = new Set<FilePath>([
    ...plan.changes.map(({ path }) => parentOf(belowRoot(path))),
    ...plan.folders.map(({ path }) => belowRoot(path)),
    ...areas.map(({ path }) => parentOf(path)),
  ]);
  return {
    id,
    keep: { mark: `.tardis-${id}-`, areas },
    folders: [...folders].map(folderState).filter((state) => state !== undefined),
    entries: plan.changes.map(entryBefore),
  };
}

/** The time first, to the millisecond: the newest is the last by name. */
function newId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:Z]/g, "");
  return `${time}-${crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)).toHex()}`;
}

/** One for each file system on which something is replaced or deleted. */
function areasOf(plan: InPlacePlan, name: FileName): KeepSettings["areas"] {
  const areas = new Map<number, FilePath>();
  for (const change of plan.changes) {
    const { there } = change;
    if (there === undefined || areas.has(there.device)) continue;
    const folder = folderFor(change, plan.tops, there.device);
    areas.set(there.device, folder === ROOT_PATH ? name : joinPath(belowRoot(folder), name));
  }
  return [...areas].map(([device, path]) => ({ device, path }));
}

/** As far up as it can be, so that it is not in what is restored: beside what was named. */
function folderFor({ path }: InPlaceChange, tops: readonly FilePath[], device: number): FilePath {
  const top = tops.find((each) => isWithin(path, each)) ?? path;
  const candidates: FilePath[] = [];
  for (let folder = parentOf(path); ; folder = parentOf(folder)) {
    candidates.unshift(folder);
    if (folder === ROOT_PATH || !isWithin(folder, top)) break;
  }
  const found = candidates.find((folder) => deviceOf(folder) === device && canMakeIn(folder));
  if (found !== undefined) return found;
  throw new SourceFailed(path, "could be kept nowhere on its file system", "EACCES");
}

function deviceOf(folder: FilePath): number | undefined {
  const found = statPath(folder);
  return "problem" in found ? undefined : found.device;
}

function entryBefore({ path, version, there }: InPlaceChange): EntryBefore {
  return {
    entry: belowRoot(path),
    old: there?.kind ?? null,
    new:
      version === undefined
        ? null
        : {
            kind: version.kind,
            sizeBytes: version.sizeBytes,
            mtimeNs: String(version.mtimeNs),
          },
  };
}
