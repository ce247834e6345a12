/** Which repository a command works on. What the command line says becomes this; no I/O here. */

/** A repository in a folder of this machine. */
export type RepositoryOptions = {
  /** The repository itself, absolute, as text: BASEDIR/CLIENT, or the folder that was named. */
  readonly folder: string;
  readonly clientName: string;
};
