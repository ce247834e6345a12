/**
 * Failures the user can act on. Each carries what happened (message), what to do next (hint) and
 * the exit code that scripts see. Any other exception is a bug and is shown with its stack.
 */

/** Exit codes are API: never renumber, only add. docs/commands.md tells what each means. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  incomplete: 3,
  noRepository: 10,
  locked: 11,
  badPassword: 12,
  corrupt: 13,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

type Details = { readonly hint: string; readonly exitCode: ExitCode; readonly cause?: unknown };

export class TardisError extends Error {
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(message: string, { hint, exitCode, cause }: Details) {
    super(message, { cause });
    this.name = new.target.name;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** A command line or a file of options that cannot be carried out as written. */
export class UsageError extends TardisError {
  constructor(message: string, hint: string) {
    super(message, { hint, exitCode: EXIT.usage });
  }
}

export class NoRepository extends TardisError {
  constructor(path: string, hint: string) {
    super(`there is no repository in ${path}`, { hint, exitCode: EXIT.noRepository });
  }
}

/** `holder` names the process and machine that write to it now. */
export class RepositoryLocked extends TardisError {
  constructor(path: string, holder: string) {
    super(`${path} is in use by ${holder}`, {
      hint: "Wait for that run to finish. If it has died on another machine, use --force.",
      exitCode: EXIT.locked,
    });
  }
}

export class RepositoryTooNew extends TardisError {
  constructor(path: string, found: number, known: number) {
    super(`${path} was written by a newer tardis (format ${found}, this one knows ${known})`, {
      hint: "Use that version or a later one. Nothing was changed.",
      exitCode: EXIT.failed,
    });
  }
}

/** Stored bytes are not what was written. `thing` names the file or blob, `detail` what differs. */
export class RepositoryCorrupt extends TardisError {
  constructor(thing: string, detail: string, cause?: unknown) {
    super(`${thing} is damaged: ${detail}`, {
      hint:
        "What does not need it can still be restored. " +
        "Keep the disk as it is and restore to another.",
      exitCode: EXIT.corrupt,
      cause,
    });
  }
}

/** The operating system refused to write: no space, read-only, no permission, I/O error. */
export class StorageFailed extends TardisError {
  constructor(path: string, cause: unknown) {
    super(`${path} cannot be written: ${reasonOf(cause)}`, {
      hint:
        "Nothing that was saved before is lost. " +
        "Mend the cause and run the backup again: it goes on where it stopped.",
      exitCode: EXIT.failed,
      cause,
    });
  }
}

/** The operating system refused to read: no permission, I/O error. */
export class StorageUnreadable extends TardisError {
  constructor(path: string, cause: unknown) {
    super(`${path} cannot be read: ${reasonOf(cause)}`, {
      hint: "Run it as a user who may read that. If the disk fails, copy it first.",
      exitCode: EXIT.failed,
      cause,
    });
  }
}

/** The password, or what it protects, is not the right one: nobody can tell which. */
export class WrongPassword extends TardisError {
  constructor(repository: string) {
    super(`the password of ${repository} is wrong`, {
      hint: "Nothing was read or written. Without the password nothing can be restored.",
      exitCode: EXIT.badPassword,
    });
  }
}

export class PasswordMissing extends TardisError {
  constructor(repository: string) {
    super(`${repository} is encrypted, and no password was given`, {
      hint: "Give --password-file FILE, --password-prog COMMAND or --password; nothing was done.",
      exitCode: EXIT.badPassword,
    });
  }
}

/** It is encrypted, but the keys that its password protects are not where they were looked for. */
export class KeysMissing extends TardisError {
  constructor(repository: string, where: string) {
    super(`the keys of ${repository} are missing: they are not in ${where}`, {
      hint: "Name the file they were put into with --keys FILE; nothing was done.",
      exitCode: EXIT.badPassword,
    });
  }
}

/** A password was given for a repository that has none. */
export class NotEncrypted extends TardisError {
  constructor(repository: string) {
    super(`${repository} is not encrypted, and a password was given`, {
      hint:
        "Leave the password out to use it as it is, or encrypt it with tardis admin encrypt. " +
        "If it was encrypted before, somebody has exchanged it. Nothing was done.",
      exitCode: EXIT.usage,
    });
  }
}

/** Sets that were seen before are not there: somebody has put an older state in its place. */
export class RepositoryRolledBack extends TardisError {
  constructor(repository: string, about: { readonly lost: string; readonly memory: string }) {
    super(`${repository} is older than it was: it lacks ${about.lost}, which was seen before`, {
      hint:
        "Somebody may have put an old copy in its place; sets made since are lost. " +
        `If you did that yourself, remove ${about.memory} and run it again.`,
      exitCode: EXIT.corrupt,
    });
  }
}

/** The user or the system asked the process to stop. */
export class Interrupted extends TardisError {
  constructor(what: string) {
    super(`${what} was interrupted`, {
      hint: "Run it again: it goes on where it stopped.",
      exitCode: EXIT.interrupted,
    });
  }
}

/**
 * What went wrong first. Where closing things fails after that, the language puts the two together
 * as a SuppressedError: what came later is mostly a consequence.
 */
export function firstError(error: unknown): unknown {
  return error instanceof SuppressedError ? firstError(error.suppressed) : error;
}

/** The cause in one line, for a message. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
