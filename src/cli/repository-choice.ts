/** Which repository is meant: by --repository, --database and --client, or where it usually is. */
import { posix } from "node:path";
import { byteStringOfText } from "../core/byte-string.ts";
import { UsageError } from "../core/errors.ts";
import type { RepositoryOptions } from "../core/repository-options.ts";
import type { Host } from "./host.ts";
import { absoluteFolder, absolutePath, folderOfLocation } from "./paths.ts";

const SYSTEM_DATABASE = "/srv/tardis";
const CLIENT_BYTES_MAX = 255;
/** One of these in a folder: it is a repository. */
const REPOSITORY_MARKS = ["tardis.db", "packs"];

export type RepositoryNames = {
  readonly database: string | undefined;
  readonly repository: string | undefined;
  readonly client: string | undefined;
};

/**
 * write: the usual place is /srv/tardis if it can be written or made, else the user's data folder.
 * read: it is the first of the two that has this client's repository.
 * Throws UsageError.
 */
export function chooseRepository(
  names: RepositoryNames,
  purpose: "read" | "write",
  host: Host,
  env: Readonly<Record<string, string | undefined>>,
): RepositoryOptions {
  const clientName = checkedClient(names.client ?? shortName(host.hostName));
  const location = names.repository ?? names.database;
  if (location !== undefined) {
    const base = folderOfLocation(location, host);
    const folder = isRepository(base, host) ? base : posix.join(base, clientName);
    return { folder, clientName };
  }
  const candidates = [SYSTEM_DATABASE, userDatabase(host, env)];
  const suits = (base: string) =>
    purpose === "write"
      ? host.isWritableFolder(base)
      : isRepository(posix.join(base, clientName), host);
  const base = candidates.find(suits) ?? (candidates.at(-1) as string);
  return { folder: posix.join(base, clientName), clientName };
}

function userDatabase(host: Host, env: Readonly<Record<string, string | undefined>>): string {
  const data = env["XDG_DATA_HOME"];
  const isUsable = data !== undefined && posix.isAbsolute(data);
  const base = isUsable ? data : posix.join(host.homeDirectory, ".local/share");
  return absoluteFolder(posix.join(base, "tardis"), host);
}

function isRepository(folder: string, host: Host): boolean {
  return REPOSITORY_MARKS.some((mark) => host.exists(absolutePath(posix.join(folder, mark), host)));
}

function shortName(hostName: string): string {
  return hostName.split(".")[0] ?? hostName;
}

function checkedClient(name: string): string {
  const problem = problemOf(name);
  if (problem === undefined) return name;
  throw new UsageError(
    `the client name "${name}" ${problem}`,
    "It names the repository's folder: give --client NAME or set TARDIS_CLIENT.",
  );
}

function problemOf(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name === "." || name === "..") return "stands for another folder";
  if (/[/\0]/.test(name)) return "has a slash in it";
  const bytes = byteStringOfText(name).length;
  return bytes > CLIENT_BYTES_MAX
    ? `is ${bytes} bytes long, more than ${CLIENT_BYTES_MAX}`
    : undefined;
}
