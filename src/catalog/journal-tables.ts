/** Which tables the journal carries, which of their rows, and in which cells. */

/** What a row is made of in the journal. */
export type Cell = number | string | Uint8Array | null;

export type JournalTable = {
  readonly name: string;
  /**
   * whole: all rows, when the table is pending.
   * new: rows after the mark, and pending ones. Parameters of `select`: the mark, after which row
   * id, how many; the row id is the first cell.
   * directories: rows of pending directories. Parameters of `select`: one directory, the mark,
   * after which name and first set, how many; of `selectAll`, for a journal that has none yet,
   * after which directory, name and first set, how many.
   */
  readonly scope: "whole" | "new" | "directories";
  readonly select: string;
  readonly selectAll?: string;
  /** One parameter a cell. A row that is there already is replaced. */
  readonly insert: string;
  readonly cellCount: number;
  /** The largest of these is its mark. */
  readonly mark: { readonly table: string; readonly column: string };
};

/** Those of settings.ts LocalSetting say something of this copy of the catalog only. */
const IS_CARRIED = "key NOT LIKE 'local.%'";
/** Deletes what a whole table replaces. */
export const CLEAR: Readonly<Record<string, string>> = {
  setting: `DELETE FROM setting WHERE ${IS_CARRIED}`,
  tag: "DELETE FROM tag",
};

/**
 * Columns in the order of their cells. ":time": two cells, seconds and nanoseconds; ":wide": two
 * cells, high and low 32 bits. Of each pair both are negative, or the first is, or none.
 */
const COLUMNS = {
  setting: "key value",
  backup_set: `id name state priority locked started_ms ended_ms client_version command_line
               configuration cursor error counts seal`,
  backup_root: "backup_set path",
  tag: "name backup_set",
  device: "id mount_point",
  name: "id bytes",
  owner: "id uid gid user_name group_name",
  pack: "id name",
  parcel: "id pack position length",
  content: "id prefix hash size parcel member basis chain_length",
  directory: "id device inode:wide birth_ns:time digest seal",
  tree_seal: "directory first_set last_set seal",
  version: `directory name first_set last_set kind permissions owner size mtime_ns:time
            ctime_ns:time inode:wide links device_number content attributes child flags seal`,
} as const;
type TableName = keyof typeof COLUMNS;

/** In the order of their references. */
export const JOURNAL_TABLES: readonly JournalTable[] = [
  {
    ...shapeOf("setting", "key"),
    scope: "whole",
    select: `SELECT ${cellsOf("setting")} FROM setting WHERE ${IS_CARRIED}`,
  },
  rowTable("backup_set"),
  {
    ...shapeOf("backup_root", "backup_set, path"),
    scope: "new",
    // A few rows a set, so all at once; a page must not end within a set.
    select: `SELECT ${cellsOf("backup_root")} FROM backup_root
              WHERE backup_set > max(?1, ?2) AND ?3 > 0 ORDER BY backup_set, path`,
    mark: { table: "backup_root", column: "backup_set" },
  },
  { ...shapeOf("tag", "name"), scope: "whole", select: `SELECT ${cellsOf("tag")} FROM tag` },
  rowTable("device"),
  rowTable("name"),
  rowTable("owner"),
  rowTable("pack"),
  rowTable("parcel"),
  rowTable("content"),
  rowTable("directory"),
  {
    ...shapeOf("version", "directory, name, first_set"),
    scope: "directories",
    select: `SELECT ${cellsOf("version")} FROM version
              WHERE directory = ?1 AND (first_set > ?2 OR last_set >= ?2)
                    AND (name, first_set) > (?3, ?4)
              ORDER BY name, first_set LIMIT ?5`,
    selectAll: `SELECT ${cellsOf("version")} FROM version
                 WHERE (directory, name, first_set) > (?1, ?2, ?3)
                 ORDER BY directory, name, first_set LIMIT ?4`,
    mark: { table: "backup_set", column: "id" },
  },
  {
    ...shapeOf("tree_seal", "directory, first_set"),
    scope: "directories",
    // The second cell, where a page goes on, is the set; there is no third part of the key.
    select: `SELECT ${cellsOf("tree_seal")} FROM tree_seal
              WHERE directory = ?1 AND (first_set > ?2 OR last_set >= ?2)
                    AND first_set > ?3 AND ?4 IS NOT NULL
              ORDER BY first_set LIMIT ?5`,
    selectAll: `SELECT ${cellsOf("tree_seal")} FROM tree_seal
                 WHERE (directory, first_set) > (?1, ?2) AND ?3 IS NOT NULL
                 ORDER BY directory, first_set LIMIT ?4`,
    mark: { table: "backup_set", column: "id" },
  },
];

function rowTable(name: TableName): JournalTable {
  return {
    ...shapeOf(name, "id"),
    scope: "new",
    select: `SELECT ${cellsOf(name)} FROM (
               SELECT row_id AS wanted FROM pending
                WHERE table_name = '${name}' AND row_id <= ?1 AND row_id > ?2
               UNION ALL SELECT id FROM ${name} WHERE id > max(?1, ?2)
               ORDER BY 1 LIMIT ?3
             ) CROSS JOIN ${name} ON id = wanted ORDER BY wanted`,
  };
}

function shapeOf(
  name: TableName,
  key: string,
): Pick<JournalTable, "name" | "insert" | "cellCount" | "mark"> {
  const columns = columnsOf(name);
  const values: string[] = [];
  let cells = 0;
  const parameter = (): string => `?${(cells += 1)}`;
  for (const { as } of columns) {
    if (as === "plain") values.push(parameter());
    if (as === "time") values.push(`${parameter()} * 1000000000 + ${parameter()}`);
    if (as === "wide") values.push(`(${parameter()} << 32) | ${parameter()}`);
  }
  const names = columns.map((column) => column.name);
  const keys = key.split(", ");
  const updates = names
    .filter((column) => !keys.includes(column))
    .map((column) => `${column} = excluded.${column}`);
  const onConflict = updates.length === 0 ? "NOTHING" : `UPDATE SET ${updates.join(", ")}`;
  return {
    name,
    insert: `INSERT INTO ${name} (${names.join(", ")}) VALUES (${values.join(", ")})
             ON CONFLICT (${key}) DO ${onConflict}`,
    cellCount: cells,
    mark: { table: name, column: "rowid" },
  };
}

function cellsOf(name: TableName): string {
  return columnsOf(name)
    .map(({ name: column, as }) => {
      if (as === "time") return `${column} / 1000000000, ${column} % 1000000000`;
      if (as === "wide") return `${column} >> 32, ${column} & 4294967295`;
      return column;
    })
    .join(", ");
}

function columnsOf(name: TableName): { name: string; as: "plain" | "time" | "wide" }[] {
  return COLUMNS[name].split(/\s+/).map((column) => {
    const [plain = "", as] = column.split(":");
    return { name: plain, as: as === "time" || as === "wide" ? as : "plain" };
  });
}
