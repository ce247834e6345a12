/** `tardis admin list`: the backup sets of a repository. */
import { Command } from "clipanion";
import type { BackupSet } from "../../core/backup-set.ts";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { displayPath } from "../../core/byte-string.ts";
import type { RepositoryOptions } from "../../core/repository-options.ts";
import { TardisCommand } from "../command.ts";
import { exitCodeHelp } from "../exit-codes.ts";
import { type Column, humanCount, humanDuration, humanSize, humanTime, table } from "../human.ts";
import type { Report } from "../report.ts";
import type { SettingValues } from "../setting-values.ts";

const COLUMNS: readonly Column[] = [
  { title: "Number", align: "right" },
  { title: "Name", align: "left" },
  { title: "State", align: "left" },
  { title: "Priority", align: "right" },
  { title: "Started", align: "left" },
  { title: "Duration", align: "right" },
  { title: "Files", align: "right" },
  { title: "Size", align: "right" },
  { title: "Stored", align: "right" },
  { title: "Tags", align: "left" },
];

export class AdminListCommand extends TardisCommand {
  static override paths = [["admin", "list"]];
  static override usage = Command.Usage({
    description: "List the backup sets of a repository, oldest first.",
    details: `
      Stored is what the set added to the repository. A set that is not complete holds what was
      saved before it stopped; the next backup goes on from it.

      ${exitCodeHelp(["ok", "failed", "usage", "noRepository", "badPassword", "corrupt"])}
    `,
    examples: [
      ["The sets of this machine", "$0 admin list"],
      ["For a script", "$0 admin list --json"],
    ],
  });

  protected override async run(settings: SettingValues, report: Report): Promise<ExitCode> {
    const options = this.chosenRepository(settings, "read");
    await using repository = await this.context.engine.openRepository(options, {
      now: this.context.host.now,
      reporter: report,
    });
    const sets = await repository.backupSets();
    report.text(sets.length === 0 ? ["There is no backup set yet."] : listLines(sets));
    report.json(listJson(sets, options));
    return EXIT.ok;
  }
}

function listLines(sets: readonly BackupSet[]): readonly string[] {
  return table(COLUMNS, sets.map(rowOf));
}

function rowOf(set: BackupSet): readonly string[] {
  const { counts, endedMs, startedMs } = set;
  return [
    String(set.id),
    set.name,
    set.isLocked ? `${set.state}, locked` : set.state,
    String(set.priority),
    humanTime(startedMs),
    endedMs === undefined ? "–" : humanDuration(endedMs - startedMs),
    humanCount(counts.files),
    humanSize(counts.bytes),
    humanSize(counts.bytesStored),
    set.tags.join(", "),
  ];
}

function listJson(sets: readonly BackupSet[], { folder, clientName }: RepositoryOptions): object {
  return {
    command: "admin list",
    repository: { folder, client: clientName },
    sets: sets.map((set) => ({
      number: set.id,
      name: set.name,
      state: set.state,
      priority: set.priority,
      locked: set.isLocked,
      tags: set.tags,
      paths: set.roots.map(displayPath),
      startedMs: set.startedMs,
      endedMs: set.endedMs ?? null,
      clientVersion: set.clientVersion,
      error: set.error ?? null,
      counts: set.counts,
    })),
    exitCode: EXIT.ok,
  };
}
