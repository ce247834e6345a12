/** The row of a session's set: what it is called while it runs, and when it is complete. */
import type { Catalog } from "../catalog/catalog.ts";
import {
  type BackupCounts,
  type BackupSet,
  SET_KINDS,
  automaticName,
  formatTime,
  numberedName,
} from "../core/backup-set.ts";
import { RepositoryLocked, UsageError } from "../core/errors.ts";
import type { BackupRequest } from "../core/repository.ts";

/** A catalog in a transaction, and the time in milliseconds since 1970. */
type Target = { readonly catalog: Catalog; readonly now: () => number };

/** Throws UsageError on a name or tag that another set has. */
export function checkRequest(catalog: Catalog, request: BackupRequest): void {
  const { name, tags, takenTags } = request;
  if (name !== undefined && catalog.sets.isNameTaken(name)) {
    throw new UsageError(
      `there is a backup set named ${name} already`,
      "Give it another name, or none: then it is named by date.",
    );
  }
  if (takenTags === "move") return;
  for (const tag of tags) {
    const holder = catalog.sets.tagged(tag);
    if (holder === undefined) continue;
    throw new UsageError(
      `the tag ${tag} belongs to the backup set ${catalog.sets.get(holder).name}`,
      "Give --movetag to take it away from that one.",
    );
  }
}

/** Under a provisional name: only a set that is complete takes the name of its day or month. */
export function startSet({ catalog, now }: Target, request: BackupRequest): BackupSet {
  const { sets } = catalog;
  if (sets.running().length > 0) throw new RepositoryLocked("the repository", "another session");
  const startedMs = now();
  const provisional = formatTime(SET_KINDS.incomplete.format, startedMs);
  const name = numberedName(provisional, (wanted) => sets.isNameTaken(wanted));
  const { priority, roots, clientVersion, commandLine, configuration } = request;
  return sets.get(
    sets.start({
      name,
      priority: priority ?? SET_KINDS.incomplete.priority,
      roots,
      startedMs,
      clientVersion,
      commandLine,
      configuration,
    }),
  );
}

/** With its name, priority, tags and counts. */
export function completeSet(
  { catalog, now }: Target,
  request: BackupRequest,
  { id, startedMs }: BackupSet,
  counts: BackupCounts,
): void {
  const { sets } = catalog;
  const { name, schedule, priority, tags } = request;
  const automatic = automaticName(startedMs, schedule, (wanted) => sets.isNameTaken(wanted));
  const usual = name === undefined ? automatic.priority : 0;
  sets.entitle(id, name ?? automatic.name, priority ?? usual);
  for (const tag of tags) sets.tag(id, tag);
  sets.count(id, counts);
  sets.end(id, { state: "complete", endedMs: now(), error: undefined });
}
