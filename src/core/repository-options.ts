/** Which repository a command works on. What the command line says becomes this; no I/O here. */

/** Where a password comes from. */
export type PasswordSource = {
  /** The user has said one, or where it is: a new repository then is encrypted. */
  readonly isGiven: boolean;
  /**
   * The password; "choose": of something new, so that it is asked for twice. Throws PasswordMissing
   * where nobody can be asked, and UsageError.
   */
  readonly ask: (purpose: "open" | "choose", repository: string) => Promise<string>;
};

/** How an encrypted repository is opened. Paths are absolute. */
export type UnlockOptions = {
  readonly password: PasswordSource;
  /** The user's own keys file, for keys that are not to lie in the repository. */
  readonly keysFile: string | undefined;
  /** Number in the registry of schemes, for what is new. */
  readonly scheme: number;
  /** Where it is remembered which sets were seen. */
  readonly stateFolder: string;
};

/** A repository in a folder of this machine. */
export type RepositoryOptions = {
  /** The repository itself, absolute, as text: BASEDIR/CLIENT, or the folder that was named. */
  readonly folder: string;
  readonly clientName: string;
  /** undefined: one that is encrypted cannot be opened. */
  readonly unlock?: UnlockOptions | undefined;
};
